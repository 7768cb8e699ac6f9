import type { CallerHeader, UnderscoreHeaders } from '../crossing';
import { accessLog, CONNECTION_FIELDS, REQUEST_FIELDS } from './access-log';
import { CALLER_HEADER, headerFilter } from './headers';
import { HTTP2, type Limits } from './limits';
import { extension, seconds } from './parts';
import { statName } from './statistics';
import type {
  CommonHttpOptions,
  HttpConnectionManager,
  HttpFilter,
  HttpTracing,
  Route,
  TcpProxy,
} from './types';

const UNDERSCORES = { drop: 'DROP_HEADER', refuse: 'REJECT_REQUEST', pass: 'ALLOW' } as const;

export function httpConnectionManager(
  name: string,
  limits: Limits,
  own: {
    readonly forward_client_cert_details: 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY';
    /** Where the client's certificate carries its identity. */
    readonly identityIn: 'URI' | 'DNS';
    /** Header by which the sidecar says who calls, and that the routes look at and take away. */
    readonly callerHeader?: CallerHeader;
    readonly connections: CommonHttpOptions;
    readonly routes: readonly Route[];
    readonly filters: readonly HttpFilter[];
    readonly headersWithUnderscores?: UnderscoreHeaders;
    /** What some rule lets a request become. */
    readonly upgrades: readonly 'websocket'[];
    readonly tracing?: HttpTracing;
  },
): HttpConnectionManager {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: statName(name),
      codec_type: 'AUTO',
      // The rules look at the path that the callee will see: decoded, without dots and double slashes.
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
      // Treat the peer as a stranger whatever its address, so that Envoy's control headers
      // (x-envoy-upstream-rq-timeout-ms, x-envoy-retry-on, ...) are dropped. Its address is that of
      // a sidecar and says nothing, so x-forwarded-for is left alone.
      use_remote_address: true,
      internal_address_config: {
        cidr_ranges: [{ address_prefix: '255.255.255.255', prefix_len: 32 }],
      },
      skip_xff_append: true,
      preserve_external_request_id: true,
      forward_client_cert_details: own.forward_client_cert_details,
      set_current_client_cert_details: own.identityIn === 'URI' ? { uri: true } : { dns: true },
      common_http_protocol_options: {
        ...own.connections,
        // CGI-like frameworks read x_federation_caller as x-federation-caller.
        headers_with_underscores_action: UNDERSCORES[own.headersWithUnderscores ?? 'drop'],
      },
      http2_protocol_options: HTTP2,
      // HTTP/1.1 has no way to announce an end but in an answer: cut at once, a connection could take
      // a request that is on its way with it.
      http1_safe_max_connection_duration: true,
      request_headers_timeout: '10s',
      stream_idle_timeout: seconds(limits.idleSeconds),
      upgrade_configs: own.upgrades.map((upgrade_type) => ({ upgrade_type })),
      access_log: [accessLog('request', REQUEST_FIELDS, own.identityIn)],
      ...own.tracing,
      route_config: {
        name,
        virtual_hosts: [{ name, domains: ['*'], routes: own.routes }],
      },
      http_filters: [
        headerFilter(own.callerHeader),
        ...own.filters,
        // Tells the next hop nothing of retries and times.
        extension('envoy.filters.http.router', 'filters.http.router.v3.Router', {
          suppress_envoy_headers: true,
        }),
      ],
    },
  );
}

export function tcpProxy(id: string, limits: Limits, identityIn: 'URI' | 'DNS' = 'URI'): TcpProxy {
  return extension('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: statName(id),
    cluster: id,
    idle_timeout: seconds(limits.idleSeconds),
    max_downstream_connection_duration: seconds(limits.connectionSeconds),
    access_log: [accessLog('tcp', CONNECTION_FIELDS, identityIn)],
  });
}

export function forward(
  crossing: { readonly id: string; readonly caller: string },
  authority: string,
): Pick<Route, 'route' | 'request_headers_to_add'> {
  return {
    route: {
      cluster: crossing.id,
      host_rewrite_literal: authority,
      // Envoy's own default of 15 s would cut streams; idleSeconds bounds a callee that hangs.
      timeout: '0s',
      retry_policy: {
        // Only what certainly never reached the callee, so that a POST is not sent twice.
        retry_on: 'connect-failure,refused-stream,reset-before-request',
        num_retries: 2,
        retry_host_predicate: [
          extension(
            'envoy.retry_host_predicates.previous_hosts',
            'retry.host.previous_hosts.v3.PreviousHostsPredicate',
            {},
          ),
        ],
        host_selection_retry_max_attempts: 3,
      },
    },
    request_headers_to_add: [
      {
        header: { key: CALLER_HEADER, value: crossing.caller },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
  };
}
