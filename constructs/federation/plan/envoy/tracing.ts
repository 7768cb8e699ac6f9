import type { Limits } from '../border-limits';
import type { TracingOptions } from '../crossing';
import { endpoint, httpProtocol } from './clusters';
import { type } from './parts';
import type { Cluster, HttpTracing } from './types';

/** Name of the cluster in Envoy to which spans go. */
const TRACE_COLLECTOR = 'trace-collector';

export const DEFAULT_TRACING = { port: 4317, percent: 1 } as const;

/** The cluster of the collector; none where nothing is traced. */
export function traceCollector(tracing: TracingOptions | undefined, limits: Limits): Cluster[] {
  if (tracing === undefined) return [];
  const { host, port = DEFAULT_TRACING.port } = tracing;
  return [{ ...endpoint(TRACE_COLLECTOR, { host, port }), ...httpProtocol('grpc', limits) }];
}

/**
 * Spans of a border's requests, by OTLP. Without it `traceparent`, `tracestate`, `b3` and `baggage` pass as
 * they come.
 *
 * @param crossing whose requests these are, where there is only one
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/api-v3/config/trace/v3/opentelemetry.proto
 */
export function httpTracing(
  tracing: TracingOptions | undefined,
  border: string,
  crossing?: string,
): HttpTracing | undefined {
  if (tracing === undefined) return undefined;
  return {
    tracing: {
      provider: {
        name: 'envoy.tracers.opentelemetry',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
          grpc_service: { envoy_grpc: { cluster_name: TRACE_COLLECTOR }, timeout: '1s' },
          service_name: `border-${border}`,
        },
      },
      random_sampling: { value: tracing.percent ?? DEFAULT_TRACING.percent },
      // By a header of its own a client could have every request traced.
      client_sampling: { value: 0 },
      spawn_upstream_span: true,
      // A query may hold what does not belong into a trace, and the tag has it with the path.
      max_path_tag_length: 0,
      custom_tags: [
        { tag: 'mesh_federation.border', literal: { value: border } },
        ...(crossing === undefined
          ? []
          : [{ tag: 'mesh_federation.crossing', literal: { value: crossing } }]),
      ],
    },
    // Whether a request is traced is in its trace context; its id stays as it came.
    request_id_extension: {
      typed_config: {
        '@type': type('request_id.uuid.v3.UuidRequestIdConfig'),
        pack_trace_reason: false,
        use_request_id_for_trace_sampling: false,
      },
    },
  };
}
