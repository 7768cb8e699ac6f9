import { METRICS_PATH } from '../../jobs/metrics';
import { METRICS_PAGE } from '../envoy/status';
import {
  type AccessPlan,
  allBordersOf,
  exchangesWith,
  jobsNamespaceOf,
  type LabelExpression,
  named,
  ofMesh,
  ownedBy,
} from '../plan';
import { dashboard } from './dashboard';
import { BORDER_COMPONENT, METRICS_COMPONENT, METRICS_PORT_NAME, PART_OF } from './labels';
import type { ObservabilityOptions } from './options';
import { type RuleGroup, ruleGroups } from './rules';

type Labels = Readonly<Record<string, string>>;

type Metadata = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
};

/** @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor */
export type PodMonitor = {
  readonly apiVersion: 'monitoring.coreos.com/v1';
  readonly kind: 'PodMonitor';
  readonly metadata: Metadata;
  readonly spec: {
    readonly namespaceSelector: { readonly matchNames: readonly string[] };
    readonly selector: {
      readonly matchLabels: Labels;
      readonly matchExpressions: readonly LabelExpression[];
    };
    readonly podMetricsEndpoints: readonly {
      readonly port: string;
      readonly path: string;
      readonly relabelings: readonly Relabeling[];
      readonly metricRelabelings?: readonly Relabeling[];
    }[];
  };
};

type Relabeling = {
  readonly sourceLabels: readonly string[];
  readonly regex: string;
  readonly action: 'keep' | 'drop';
};

/** @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule */
export type PrometheusRule = {
  readonly apiVersion: 'monitoring.coreos.com/v1';
  readonly kind: 'PrometheusRule';
  readonly metadata: Metadata;
  readonly spec: { readonly groups: readonly RuleGroup[] };
};

/** A ConfigMap that Grafana's sidecar finds by its label. */
export type DashboardConfigMap = {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: Metadata;
  readonly data: Labels;
};

/** What watches one mesh, as it would stand in YAML files. */
export interface ObservabilityResources {
  /** Which pods Prometheus scrapes, and how. */
  readonly podMonitor: PodMonitor;
  /** What it works out, and when it says so. */
  readonly prometheusRule: PrometheusRule;
  /** The dashboard, for Grafana. */
  readonly dashboard: DashboardConfigMap;
}

/**
 * Series of a border that neither an alert nor the dashboard uses, and that are many: histograms of what is
 * no call, and what each worker and the probes' listeners count.
 */
const NEEDLESS =
  'envoy_(cluster_upstream_cx_(connect|length)_ms|cluster_upstream_rq_per_cx|cluster_default_total_match_count|' +
  'cluster_circuit_breakers.*|cluster_lb_.*|cluster_internal_upstream.*|cluster_external_upstream.*|http_downstream_cx_length_ms|' +
  'http_tracing_.*|http1_.*|http2_.*|cluster_http[12]_.*|listener_(worker|admin)_.*|listener_connections_accepted_per_socket_event|' +
  'listener_downstream_cx_length_ms|listener_http_.*|runtime_.*|filesystem_.*|sds_update_duration|' +
  'overload_refresh_interval_delay|server_initialization_time_ms|tls_inspector_.*|workers_.*|main_thread_.*)(_bucket|_count|_sum)?';

/** Everything that watches the borders and jobs of a mesh. */
export function observabilityResources(
  plan: AccessPlan,
  mesh: string,
  options: ObservabilityOptions & { readonly namespace: string },
): ObservabilityResources {
  const name = named(`mesh-federation-${mesh}`, plan.name);
  const metadata = (labels: Labels = {}): Metadata => ({
    name,
    namespace: options.namespace,
    labels: { 'app.kubernetes.io/part-of': PART_OF, ...options.labels, ...labels },
  });
  return {
    podMonitor: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: metadata(),
      spec: podMonitorSpec(plan, mesh),
    },
    prometheusRule: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: metadata(),
      spec: { groups: ruleGroups(plan, mesh) },
    },
    dashboard: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...metadata({ grafana_dashboard: '1' }),
        // The same in every cluster: it shows all meshes that its Prometheus knows of.
        name: ofMesh(plan, mesh, named('mesh-federation-dashboard', plan.name)),
      },
      // Grafana's sidecar writes all into one folder.
      data: {
        [`${named('mesh-federation', plan.name)}.json`]: `${JSON.stringify(dashboard(plan.name), null, 2)}\n`,
      },
    },
  };
}

function podMonitorSpec(plan: AccessPlan, mesh: string): PodMonitor['spec'] {
  const namespaces = new Set([
    ...allBordersOf(plan, mesh).map(({ namespace }) => namespace),
    ...(exchangesWith(plan, mesh).length > 0 ? [jobsNamespaceOf(plan, mesh)] : []),
  ]);
  const only = (component: string): Relabeling => ({
    sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'],
    regex: component,
    action: 'keep',
  });
  return {
    namespaceSelector: { matchNames: [...namespaces] },
    selector: {
      matchLabels: { 'app.kubernetes.io/part-of': PART_OF },
      matchExpressions: [
        {
          key: 'app.kubernetes.io/component',
          operator: 'In',
          values: [BORDER_COMPONENT, METRICS_COMPONENT],
        },
        ...ownedBy(mesh, plan.name),
      ],
    },
    podMetricsEndpoints: [
      {
        port: METRICS_PORT_NAME,
        path: METRICS_PAGE,
        relabelings: [only(BORDER_COMPONENT)],
        metricRelabelings: [{ sourceLabels: ['__name__'], regex: NEEDLESS, action: 'drop' }],
      },
      { port: METRICS_PORT_NAME, path: METRICS_PATH, relabelings: [only(METRICS_COMPONENT)] },
    ],
  };
}
