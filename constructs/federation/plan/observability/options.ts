import type { Problem } from '../../../problems';
import type { TracingOptions } from '../crossing';

/** What watches a federation: all of it is off unless it is turned on. */
export interface ObservabilityOptions {
  /**
   * Namespace, in every cluster, whose pods may read the metrics of borders and jobs: that of Prometheus.
   * What is made for the Prometheus Operator and for Grafana is made there too.
   * @default none: nobody may
   */
  readonly namespace?: string;
  /**
   * Whether a PodMonitor tells the Prometheus Operator what to scrape. Needs its CRDs in every cluster, and
   * `namespace`.
   * @default false
   */
  readonly podMonitor?: boolean;
  /**
   * Whether a PrometheusRule has the alerts. Needs the Prometheus Operator's CRDs, and `namespace`.
   * @default false
   */
  readonly rules?: boolean;
  /**
   * Whether a ConfigMap has the dashboard, with the label by which Grafana's sidecar finds it. Needs
   * `namespace`.
   * @default false
   */
  readonly dashboard?: boolean;
  /**
   * Labels of these three, by which the Prometheus and Grafana of the cluster choose them, such as
   * `release: kube-prometheus-stack`.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Whether borders add spans to traces, and where these go.
   * @default none: trace context passes through, nothing is added
   */
  readonly tracing?: TracingOptions;
}

/** What does not fit together. */
export function observabilityProblems(options: ObservabilityOptions): Problem[] {
  const { namespace, podMonitor, rules, dashboard, tracing } = options;
  const needing = Object.entries({ podMonitor, rules, dashboard })
    .filter(([, wanted]) => wanted === true)
    .map(([name]) => name);
  return [
    ...(namespace === undefined
      ? needing.map((name) => ({
          path: [name],
          message:
            'needs a namespace to be made in; set namespace to that of Prometheus, whose pods may then ' +
            'read the metrics',
          comparedWith: [['namespace']],
        }))
      : []),
    ...(dashboard === true && rules !== true
      ? [
          {
            path: ['dashboard'],
            message: 'shows series that Prometheus computes by the rules; set rules: true',
            comparedWith: [['rules']],
          },
        ]
      : []),
    ...(tracing === undefined || (tracing.percent ?? 1) <= 100
      ? []
      : [{ path: ['tracing', 'percent'], message: `is ${tracing.percent}; must be 100 at most` }]),
  ];
}
