import type { Limits } from '../border-limits';
import type { CallerHeader } from '../crossing';
import type { RequestOptions } from '../request-options';
import { accessLog, CONNECTION_FIELDS, REQUEST_FIELDS } from './access-log';
import { CALLER_HEADER, headerFilter } from './headers';
import { HTTP2 } from './limits';
import { extension, seconds } from './parts';
import { statName } from './statistics';
import type {
  AccessLog,
  CommonHttpOptions,
  Duration,
  Extension,
  Http2Options,
  HttpFilter,
  HttpTracing,
  Route,
  TcpProxy,
} from './types';

/** The part of Envoy's filter for HTTP that is used here, as in `types.ts`. */
export type HttpConnectionManager = Extension<{
  readonly tracing?: HttpTracing['tracing'];
  readonly request_id_extension?: HttpTracing['request_id_extension'];
  readonly stat_prefix: string;
  readonly codec_type: 'AUTO' | 'HTTP1';
  readonly max_request_headers_kb?: number;
  readonly request_timeout?: Duration;
  readonly delayed_close_timeout?: Duration;
  readonly drain_timeout?: Duration;
  readonly normalize_path?: true;
  readonly merge_slashes?: true;
  readonly path_with_escaped_slashes_action?: 'REJECT_REQUEST';
  readonly use_remote_address: true;
  readonly skip_xff_append?: true;
  readonly internal_address_config?: {
    readonly cidr_ranges: readonly {
      readonly address_prefix: string;
      readonly prefix_len: number;
    }[];
  };
  readonly preserve_external_request_id?: true;
  readonly forward_client_cert_details?: 'SANITIZE' | 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY';
  readonly set_current_client_cert_details?: { readonly uri?: true; readonly dns?: true };
  readonly common_http_protocol_options: CommonHttpOptions;
  readonly http2_protocol_options?: Http2Options;
  readonly http1_safe_max_connection_duration?: true;
  readonly request_headers_timeout: Duration;
  readonly stream_idle_timeout: Duration;
  readonly upgrade_configs?: readonly { readonly upgrade_type: 'websocket' }[];
  readonly access_log: readonly AccessLog[];
  readonly route_config: {
    readonly name: string;
    readonly virtual_hosts: readonly {
      readonly name: string;
      readonly domains: readonly string[];
      readonly routes: readonly Route[];
    }[];
  };
  readonly http_filters: readonly HttpFilter[];
}>;

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
    readonly requests?: RequestOptions;
    /** What some rule lets a request become. */
    readonly upgrades: readonly 'websocket'[];
    readonly tracing?: HttpTracing;
  },
): HttpConnectionManager {
  const { headersWithUnderscores = 'drop' } = own.requests ?? {};
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
        headers_with_underscores_action: UNDERSCORES[headersWithUnderscores],
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

/** Where clients come with TLS, `verifiedIn` says which name of their certificates the handshake verifies. */
export function tcpProxy(id: string, limits: Limits, verifiedIn?: 'URI' | 'DNS'): TcpProxy {
  return extension('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: statName(id),
    cluster: id,
    idle_timeout: seconds(limits.idleSeconds),
    max_downstream_connection_duration: seconds(limits.connectionSeconds),
    access_log: [accessLog('tcp', CONNECTION_FIELDS, verifiedIn ?? 'URI')],
    // By default Envoy connects to the callee before it knows who the client is, for anybody who
    // sends the right SNI.
    ...(verifiedIn !== undefined && {
      upstream_connect_mode: 'ON_DOWNSTREAM_TLS_HANDSHAKE',
      // Envoy wants it said. Nothing can be read before the handshake.
      max_early_data_bytes: 0,
    }),
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
