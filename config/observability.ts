import { z } from 'zod';
import { QUALIFIED_NAME } from '../constructs/dns-names';
import { whenChanged } from './change';
import { dnsLabel } from './formats';

const label = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, {
  error: 'must be the value of a label: at most 63 letters, digits, "-", "_" and "."',
});

const labelKey = z
  .string()
  .regex(QUALIFIED_NAME, 'must be the name of a label, such as release or example.com/release');

const host = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$/, {
  error: 'must be a host name or an IP address, such as otel-collector.monitoring.svc',
});

/** Settings of what watches the federation. */
export const observabilitySettings = z
  .strictObject({
    namespace: dnsLabel
      .optional()
      .describe(
        'Namespace, in every cluster, whose pods may read the metrics of borders and jobs: that of ' +
          'Prometheus, which must be there. Default: none, nobody may.',
      )
      .meta(whenChanged('in-place', 'taken out, it removes what shows and reads the metrics')),
    podMonitor: z
      .boolean()
      .default(false)
      .describe(
        'Whether a PodMonitor is made there, for the Prometheus Operator. Its CRDs must be in the clusters.',
      )
      .meta(whenChanged('in-place')),
    rules: z
      .boolean()
      .default(false)
      .describe(
        'Whether a PrometheusRule with the alerts is made there, for the Prometheus Operator.',
      )
      .meta(whenChanged('in-place')),
    dashboard: z
      .boolean()
      .default(false)
      .describe("Whether a ConfigMap with the dashboard is made there, for Grafana's sidecar.")
      .meta(whenChanged('in-place')),
    labels: z
      .record(labelKey, label)
      .default({})
      .describe(
        'Labels of these three, by which Prometheus and Grafana choose them, such as ' +
          '`release: kube-prometheus-stack`.',
      )
      .meta(whenChanged('in-place')),
    tracing: z
      .strictObject({
        host: host
          .describe(
            'Host name of the OpenTelemetry collector, in each cluster. Spans go there without TLS.',
          )
          .meta(whenChanged('restarts-pods', 'the borders')),
        port: z
          .int()
          .min(1)
          .max(65_535)
          .optional()
          .describe('Its port for OTLP over gRPC. Default: 4317.')
          .meta(whenChanged('restarts-pods', 'the borders')),
        namespace: dnsLabel
          .optional()
          .describe(
            'Its namespace, to which alone borders may connect for that. Default: none, any address.',
          )
          .meta(whenChanged('in-place')),
        percent: z
          .number()
          .min(0)
          .max(100)
          .optional()
          .describe('Of the requests that begin a trace at a border. Default: 1.')
          .meta(whenChanged('restarts-pods', 'the borders')),
      })
      .optional()
      .describe('Spans of the borders. Default: none; trace context passes through all the same.'),
  })
  .prefault({});
