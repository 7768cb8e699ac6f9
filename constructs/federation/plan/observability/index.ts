export { dashboard, type GrafanaDashboard, type Panel, type Target } from './dashboard';
export { observabilityProblems, type ObservabilityOptions } from './options';
export {
  type DashboardConfigMap,
  type ObservabilityResources,
  observabilityResources,
  type PodMonitor,
  type PrometheusRule,
} from './resources';
export {
  type AlertingRule,
  type RecordingRule,
  type RuleGroup,
  ruleGroups,
  type Severity,
} from './rules';
