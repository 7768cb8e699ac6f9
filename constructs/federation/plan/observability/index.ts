export { dashboard } from './dashboard';
export { observabilityProblems, type ObservabilityOptions } from './options';
export { type ObservabilityResources, observabilityResources } from './resources';
export { type AlertingRule, type RuleGroup, ruleGroups } from './rules';
