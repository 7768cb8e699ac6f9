import { isIP } from 'node:net';
import { SUBDOMAIN } from '../../../dns-names';
import { labelProblems, portProblems } from '../../../kubernetes/name-problems';
import { type Problem, within } from '../../../problems';
import { isUnresolved } from '../../../unresolved';
import type { TracingOptions } from '../crossing';

/** How to watch a federation. Everything is off unless it is turned on. */
export interface ObservabilityOptions {
  /**
   * Namespace of Prometheus in every cluster, whose pods may read the metrics of borders and jobs. The resources
   * for the Prometheus Operator and for Grafana are made there too.
   * @default none: nobody may read them
   */
  readonly namespace?: string;
  /**
   * Whether to make a PodMonitor, which tells the Prometheus Operator what to scrape. Needs the operator's CRDs
   * in every cluster, and `namespace`.
   * @default false
   */
  readonly podMonitor?: boolean;
  /**
   * Whether to make a PrometheusRule with the alerts. Needs the Prometheus Operator's CRDs, and `namespace`.
   * @default false
   */
  readonly rules?: boolean;
  /**
   * Whether to make a ConfigMap with the dashboard, labelled so that Grafana's sidecar finds it. Needs
   * `namespace`.
   * @default false
   */
  readonly dashboard?: boolean;
  /**
   * Labels of these three, with which Prometheus and Grafana in the cluster select them, such as
   * `release: kube-prometheus-stack`.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Where borders send spans of their own.
   * @default nowhere: trace context passes through, and borders add no spans
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
    ...namespaceProblems(namespace),
    ...(tracing === undefined ? [] : tracingProblems(tracing)).map((problem) =>
      within(['tracing'], problem),
    ),
  ];
}

function namespaceProblems(namespace: string | undefined): Problem[] {
  return namespace === undefined || isUnresolved(namespace)
    ? []
    : labelProblems(['namespace'], namespace);
}

function tracingProblems({ host, port, namespace, percent = 0 }: TracingOptions): Problem[] {
  const isHost = isUnresolved(host) || isIP(host) !== 0 || SUBDOMAIN.test(host.toLowerCase());
  return [
    ...(isHost
      ? []
      : [
          {
            path: ['host'],
            message: `is "${host}"; must be a host name or an IP address, such as otel-collector.monitoring.svc`,
          },
        ]),
    ...(port === undefined ? [] : portProblems(['port'], port)),
    ...namespaceProblems(namespace),
    ...(percent >= 0 && percent <= 100
      ? []
      : [{ path: ['percent'], message: `is ${percent}; must be from 0 to 100` }]),
  ];
}
