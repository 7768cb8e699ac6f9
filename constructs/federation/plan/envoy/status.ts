import type { Limits } from '../border-limits';
import type { BorderPlacement, SocketAddress } from '../crossing';
import { cluster } from './clusters';
import type { HttpConnectionManager } from './http';
import { METRICS_LIMITS, PLAIN_LIMITS, STATUS_LIMITS } from './limits';
import { address, extension, listenAddress, seconds } from './parts';
import { SECRETS_CHECK } from './secrets-check';
import type { Cluster, HttpFilter, Listener, Route } from './types';

/** Pages of the status listener, by GET. */
export const STATUS_PAGES = {
  /** 200 when the border's own certificate and the foreign roots are loaded, else 503. */
  ready: '/ready',
  /** 200 as long as Envoy runs. */
  live: '/live',
} as const;

/** The page of the metrics listener, by GET: every counter, for Prometheus. */
export const METRICS_PAGE = '/stats/prometheus';

const ADMIN = 'admin';
const FAULT = 'envoy.filters.http.fault';
const HEALTH_CHECK = 'envoy.filters.http.health_check';

/**
 * For the kubelet, past the sidecar, so that any pod can call it which no network policy keeps away. A
 * caller costs little and for a short time only: see {@link PLAIN_LIMITS}. Nothing that happens here
 * counts against the border's own connections, and nothing there against these.
 */
export function statusListener(placement: BorderPlacement): Listener {
  return plainListener('status', placement.status, {
    answerSeconds: STATUS_LIMITS.answerSeconds,
    filters: [
      extension(HEALTH_CHECK, 'filters.http.health_check.v3.HealthCheck', {
        pass_through_mode: false,
        headers: [GET, { name: ':path', string_match: { exact: STATUS_PAGES.ready } }],
        ...(placement.check !== undefined && {
          cluster_min_healthy_percentages: { [SECRETS_CHECK]: { value: 100 } },
        }),
      }),
    ],
    routes: [{ name: 'live', match: page(STATUS_PAGES.live), direct_response: { status: 200 } }],
  });
}

/**
 * For Prometheus, past the sidecar too. It is apart from the probes because a page takes Envoy
 * milliseconds: whoever asks for many would keep the kubelet waiting, which then restarts the border.
 */
export function metricsListener(metrics: SocketAddress): Listener {
  return plainListener('metrics', metrics, {
    answerSeconds: METRICS_LIMITS.answerSeconds,
    filters: [],
    routes: [
      {
        name: 'metrics',
        match: page(METRICS_PAGE),
        route: { cluster: ADMIN, timeout: seconds(METRICS_LIMITS.answerSeconds) },
      },
    ],
  });
}

/**
 * Answers after `drainSeconds`, whatever it is asked. A pod's preStop hook asks, so that Envoy, which
 * ends at once when it is told to, is told late enough. It has a port of its own, so that whoever keeps
 * it busy keeps nothing else: a pod that goes away would only end faster.
 */
export function drainListener(drain: SocketAddress, { drainSeconds }: Limits): Listener {
  return plainListener('drain', drain, {
    answerSeconds: drainSeconds + 5,
    filters: [
      extension(FAULT, 'filters.http.fault.v3.HTTPFault', {
        delay: {
          fixed_delay: seconds(drainSeconds),
          percentage: { numerator: 100, denominator: 'HUNDRED' },
        },
      }),
    ],
    routes: [{ name: 'drain', match: { prefix: '/' }, direct_response: { status: 200 } }],
  });
}

/** Where the metrics come from. Few at a time, the others wait: a page is some hundred kilobytes. */
export function adminCluster({ admin }: BorderPlacement): Cluster {
  return {
    ...cluster(ADMIN, address(admin)),
    circuit_breakers: {
      thresholds: [
        {
          max_connections: METRICS_LIMITS.scrapes,
          max_pending_requests: METRICS_LIMITS.connections,
          max_requests: METRICS_LIMITS.connections,
          max_retries: 0,
        },
      ],
    },
  };
}

const GET = { name: ':method', string_match: { exact: 'GET' } } as const;

function page(path: string): Route['match'] {
  return { path, headers: [GET] };
}

/** HTTP/1.1 without TLS, one request for each connection. */
function plainListener(
  name: 'status' | 'metrics' | 'drain',
  where: SocketAddress,
  own: {
    /** Seconds until the answer has to be read. */
    readonly answerSeconds: number;
    readonly filters: readonly HttpFilter[];
    readonly routes: readonly Route[];
  },
): Listener {
  const answered = seconds(own.answerSeconds);
  const http: HttpConnectionManager = extension(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: name,
      codec_type: 'HTTP1',
      max_request_headers_kb: PLAIN_LIMITS.headerKibibytes,
      request_headers_timeout: seconds(PLAIN_LIMITS.silentSeconds),
      request_timeout: answered,
      stream_idle_timeout: answered,
      delayed_close_timeout: seconds(PLAIN_LIMITS.closingSeconds),
      drain_timeout: seconds(PLAIN_LIMITS.closingSeconds),
      common_http_protocol_options: {
        idle_timeout: seconds(PLAIN_LIMITS.silentSeconds),
        max_connection_duration: answered,
        max_stream_duration: answered,
        max_requests_per_connection: 1,
        max_headers_count: PLAIN_LIMITS.headers,
      },
      use_remote_address: true,
      access_log: [],
      route_config: { name, virtual_hosts: [{ name, domains: ['*'], routes: own.routes }] },
      http_filters: [
        ...own.filters,
        extension('envoy.filters.http.router', 'filters.http.router.v3.Router', {}),
      ],
    },
  );
  return {
    name,
    address: listenAddress(where),
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    per_connection_buffer_limit_bytes: PLAIN_LIMITS.bufferBytes,
    socket_options: [
      {
        description: 'SO_RCVBUF: what a caller may send before it is read counts as memory too',
        level: 1,
        name: 8,
        int_value: PLAIN_LIMITS.bufferBytes,
        state: 'STATE_PREBIND',
      },
    ],
    filter_chains: [{ name, filters: [http] }],
  };
}
