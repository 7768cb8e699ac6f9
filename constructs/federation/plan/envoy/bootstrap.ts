import type { Limits } from '../border-limits';
import type { InboundBorder, OutboundBorder } from '../crossing';
import { cluster, httpProtocol } from './clusters';
import { DRAIN_CONNECTIONS, METRICS_LIMITS, STATUS_LIMITS } from './limits';
import { address, extension } from './parts';
import { secretsCheck } from './secrets-check';
import { adminCluster, drainListener, metricsListener, statusListener } from './status';
import { statLabels } from './statistics';
import { SDS_AGENT, secretFiles } from './tls';
import { traceCollector } from './tracing';
import type { Bootstrap, Cluster, Listener, SecretFile } from './types';

/** A border's Envoy configuration: the bootstrap and the secret files that it refers to. */
export interface BorderConfiguration {
  readonly bootstrap: Bootstrap;
  /** By file name, to lie in the placement's `configDirectory`. */
  readonly secrets: Readonly<Record<string, SecretFile>>;
}

/** Port of Envoy's admin interface on loopback. */
export const ADMIN_PORT = 9901;

/** File name of the bootstrap in {@link configurationFiles}. */
export const BOOTSTRAP_FILE = 'envoy.json';

/** The files of a border's `configDirectory`, as the data of a ConfigMap. */
export function configurationFiles(configuration: BorderConfiguration): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ [BOOTSTRAP_FILE]: configuration.bootstrap, ...configuration.secrets }).map(
      ([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`],
    ),
  );
}

/**
 * SPIRE's agent gives the roots of all trust domains to the SPIFFE validator only, which its settings may
 * have turned off for Envoys that do not say otherwise.
 * @see https://github.com/spiffe/spire/blob/v1.13.3/doc/spire_agent.md#sds-configuration
 */
const FOR_ALL_ROOTS = { disable_spiffe_cert_validation: false };

const HEAP = 'envoy.resource_monitors.fixed_heap';

export function configuration(
  { name, placement, statLabels: labels, tracing }: InboundBorder | OutboundBorder,
  limits: Limits,
  own: {
    readonly direction: 'in' | 'out';
    readonly listener: Listener;
    readonly clusters: readonly Cluster[];
    /** Connections that it takes in all, but for probes and metrics. */
    readonly connections: number;
  },
): BorderConfiguration {
  const { admin, certificate, check, drain, foreignBundle } = placement;
  const self = check && secretsCheck(placement, check);
  const agent = [certificate, foreignBundle].find((one) => one.source === 'sds');
  return {
    bootstrap: {
      node: {
        id: `border-${name}`,
        cluster: `border-${name}`,
        ...(foreignBundle.source === 'sds' && { metadata: FOR_ALL_ROOTS }),
      },
      admin: { address: address(admin), ignore_global_conn_limit: true },
      static_resources: {
        listeners: [
          own.listener,
          statusListener(placement),
          metricsListener(placement.metrics),
          ...(drain === undefined ? [] : [drainListener(drain, limits)]),
          ...(self === undefined ? [] : [self.listener]),
        ],
        clusters: [
          ...own.clusters,
          adminCluster(placement),
          ...traceCollector(tracing, limits),
          ...(self === undefined ? [] : [self.cluster]),
          ...(agent === undefined
            ? []
            : [
                {
                  ...cluster(SDS_AGENT, { pipe: { path: agent.socketPath } }),
                  ...httpProtocol('grpc', limits),
                },
              ]),
        ],
      },
      stats_config: statLabels({ border: name, direction: own.direction, ...labels }),
      layered_runtime: {
        layers: [
          {
            name: 'limits',
            static_layer: {
              // The regular expressions are ours and not a user's, and matched in linear time.
              're2.max_program_size.error_level': 2000,
              'envoy.resource_limits.listener.status.connection_limit': STATUS_LIMITS.connections,
              'envoy.resource_limits.listener.metrics.connection_limit': METRICS_LIMITS.connections,
              'envoy.resource_limits.listener.drain.connection_limit': DRAIN_CONNECTIONS,
            },
          },
        ],
      },
      overload_manager: {
        refresh_interval: '0.25s',
        resource_monitors: [
          extension(HEAP, 'resource_monitors.fixed_heap.v3.FixedHeapConfig', {
            max_heap_size_bytes: limits.heapMebibytes * 1024 * 1024,
          }),
          extension(
            'envoy.resource_monitors.global_downstream_max_connections',
            'resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            { max_active_downstream_connections: own.connections },
          ),
        ],
        actions: [
          {
            // The fuller it is, the less time a handshake and a silent connection have.
            name: 'envoy.overload_actions.reduce_timeouts',
            triggers: [
              { name: HEAP, scaled: { scaling_threshold: 0.8, saturation_threshold: 0.95 } },
            ],
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig',
              timer_scale_factors: [
                { timer: 'TRANSPORT_SOCKET_CONNECT', min_timeout: '1s' },
                { timer: 'HTTP_DOWNSTREAM_CONNECTION_IDLE', min_timeout: '5s' },
              ],
            },
          },
          ...(
            [
              ['envoy.overload_actions.shrink_heap', 0.9],
              ['envoy.overload_actions.stop_accepting_requests', 0.95],
              ['envoy.overload_actions.stop_accepting_connections', 0.98],
            ] as const
          ).map(([name, value]) => ({ name, triggers: [{ name: HEAP, threshold: { value } }] })),
        ],
      },
    },
    secrets: secretFiles(placement),
  };
}
