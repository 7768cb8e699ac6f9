import type { BorderPlacement, SocketAddress } from '../crossing';
import { cluster } from './clusters';
import { BUFFER_BYTES } from './limits';
import { address, extension } from './parts';
import { secretsCheckTls } from './tls';
import type { Cluster, Listener } from './types';

/** Name of the cluster whose health says whether the secrets are loaded. */
export const SECRETS_CHECK = 'secrets-check';

/**
 * Envoy calls itself ready whatever it makes of its secrets, and refuses every handshake when they are
 * missing, empty or garbled. So it asks itself: a listener on loopback with the very secrets of the
 * crossings, which ends a handshake only when they are loaded, and a health check that tries it. It
 * leads nowhere, and verifies nobody, since nobody here could show a foreign certificate.
 */
export function secretsCheck(
  placement: BorderPlacement,
  check: SocketAddress,
): { readonly listener: Listener; readonly cluster: Cluster } {
  const { listening, asking } = secretsCheckTls(placement);
  return {
    listener: {
      name: SECRETS_CHECK,
      address: address(check),
      ignore_global_conn_limit: true,
      bypass_overload_manager: true,
      per_connection_buffer_limit_bytes: BUFFER_BYTES,
      filter_chains: [
        {
          name: SECRETS_CHECK,
          filters: [extension('envoy.filters.network.echo', 'filters.network.echo.v3.Echo', {})],
          transport_socket: listening,
          transport_socket_connect_timeout: '1s',
        },
      ],
    },
    cluster: {
      ...cluster(SECRETS_CHECK, address(check)),
      connect_timeout: '1s',
      health_checks: [
        {
          timeout: '1s',
          interval: '1s',
          // Nothing but the check itself uses this cluster.
          no_traffic_interval: '1s',
          no_traffic_healthy_interval: '10s',
          healthy_threshold: 1,
          // Secrets that were loaded stay. A machine that has no time for a handshake is no reason.
          unhealthy_threshold: 6,
          tcp_health_check: {},
        },
      ],
      transport_socket: asking,
    },
  };
}
