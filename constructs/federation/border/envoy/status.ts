import type { BorderPlacement } from '../model';
import { httpConnectionManager } from './http';
import { BUFFER_BYTES, type Limits } from './limits';
import { address, extension, seconds, type } from './parts';
import type { Listener, Route } from './types';

/**
 * Page of the status listener that answers after `drainSeconds`. A pod's preStop hook asks for it, so
 * that Envoy, which ends at once when it is told to, is told late enough. Nothing else happens by it,
 * so that it does no harm that anybody can call it.
 */
export const DRAINED_PATH = '/drained';

export const ADMIN = 'admin';

const FAULT = 'envoy.filters.http.fault';

/** Only the pages that a kubelet and Prometheus need; admin itself can stop the process. */
export function statusListener({ status }: BorderPlacement, limits: Limits): Listener {
  const page = (path: string): Route => ({
    name: path,
    match: { path, headers: [{ name: ':method', string_match: { exact: 'GET' } }] },
    route: { cluster: ADMIN, timeout: '5s' },
  });
  const drained: Route = {
    name: DRAINED_PATH,
    match: { path: DRAINED_PATH },
    direct_response: { status: 200 },
    typed_per_filter_config: {
      [FAULT]: {
        '@type': type('filters.http.fault.v3.HTTPFault'),
        delay: {
          fixed_delay: seconds(limits.drainSeconds),
          percentage: { numerator: 100, denominator: 'HUNDRED' },
        },
      },
    },
  };
  return {
    name: 'status',
    address: address(status),
    ignore_global_conn_limit: true,
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    filter_chains: [
      {
        name: 'status',
        filters: [
          {
            ...httpConnectionManager(
              'status',
              { ...limits, idleSeconds: limits.drainSeconds + 10 },
              {
                forward_client_cert_details: 'SANITIZE_SET',
                connections: { idle_timeout: '60s' },
                routes: [page('/ready'), page('/stats/prometheus'), drained],
                filters: [extension(FAULT, 'filters.http.fault.v3.HTTPFault', {})],
                log: false,
              },
            ),
          },
        ],
      },
    ],
  };
}
