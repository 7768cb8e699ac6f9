/**
 * The part of Envoy's v3 API that a border uses, in the spelling of its JSON form. Field by field it
 * is the upstream API; what a border does not use is left out, so that a misspelt field is a type
 * error.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/api-v3/api
 */

/** Seconds as Envoy's JSON writes a duration: `5s`, `0.25s`. */
export type Duration = `${number}s`;

/** An extension: its registered name and its typed configuration. */
export interface Extension<Config> {
  readonly name: string;
  readonly typed_config: { readonly '@type': string } & Config;
}

export interface Address {
  readonly socket_address?: {
    readonly address: string;
    readonly port_value: number;
    readonly ipv4_compat?: true;
  };
  /** Path of a Unix socket. */
  readonly pipe?: { readonly path: string };
}

export interface DataSource {
  readonly filename: string;
}

export interface WatchedDirectory {
  readonly path: string;
}

// ------------------------------------------------------------------------------------------------ TLS

export interface SdsSecretConfig {
  readonly name: string;
  readonly sds_config: {
    readonly path_config_source?: {
      readonly path: string;
      readonly watched_directory: WatchedDirectory;
    };
    readonly api_config_source?: {
      readonly api_type: 'GRPC';
      readonly transport_api_version: 'V3';
      readonly grpc_services: readonly { readonly envoy_grpc: { readonly cluster_name: string } }[];
    };
    readonly resource_api_version: 'V3';
    readonly initial_fetch_timeout?: Duration;
  };
}

export type SubjectAltNameMatcher =
  | { readonly san_type: 'URI'; readonly matcher: { readonly exact: string } }
  | {
      readonly san_type: 'DNS';
      readonly matcher: { readonly safe_regex: { readonly regex: string } };
    };

export interface CommonTlsContext {
  readonly tls_params: {
    readonly tls_minimum_protocol_version: 'TLSv1_2' | 'TLSv1_3';
    readonly tls_maximum_protocol_version: 'TLSv1_3';
    readonly cipher_suites: readonly string[];
  };
  readonly alpn_protocols?: readonly string[];
  readonly tls_certificate_sds_secret_configs: readonly SdsSecretConfig[];
  readonly combined_validation_context: {
    readonly default_validation_context: {
      readonly match_typed_subject_alt_names?: readonly SubjectAltNameMatcher[];
      readonly trust_chain_verification?: 'ACCEPT_UNTRUSTED';
    };
    readonly validation_context_sds_secret_config: SdsSecretConfig;
  };
}

export type DownstreamTlsSocket = Extension<{
  readonly require_client_certificate: boolean;
  readonly disable_stateless_session_resumption: true;
  readonly disable_stateful_session_resumption: true;
  readonly common_tls_context: CommonTlsContext;
}>;

export type UpstreamTlsSocket = Extension<{
  readonly sni: string;
  readonly max_session_keys: 0;
  readonly common_tls_context: CommonTlsContext;
}>;

/** That believes any server: to ask oneself over loopback. */
export type UnverifiedTlsSocket = Extension<{
  readonly max_session_keys: 0;
  readonly common_tls_context: {
    readonly tls_certificate_sds_secret_configs?: readonly SdsSecretConfig[];
    readonly validation_context: { readonly trust_chain_verification: 'ACCEPT_UNTRUSTED' };
  };
}>;

/** A file that Envoy's file-based secret discovery reads. */
export interface SecretFile {
  readonly resources: readonly ({ readonly '@type': string; readonly name: string } & (
    | {
        readonly tls_certificate: {
          readonly certificate_chain: DataSource;
          readonly private_key: DataSource;
          readonly watched_directory: WatchedDirectory;
        };
      }
    | {
        readonly validation_context: {
          readonly trusted_ca: DataSource;
          readonly watched_directory: WatchedDirectory;
        };
      }
  ))[];
}

// --------------------------------------------------------------------------------------- HTTP and TCP

export interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly contains?: string;
  readonly safe_regex?: { readonly regex: string };
}

export interface HeaderMatcher {
  readonly name: string;
  readonly string_match?: StringMatcher;
  readonly present_match?: true;
}

/** Takes away every header whose name matches. */
export interface HeaderMutation {
  readonly remove_on_match: { readonly key_matcher: StringMatcher };
}

export interface HeaderToAdd {
  readonly header: { readonly key: string; readonly value: string };
  readonly append_action: 'OVERWRITE_IF_EXISTS_OR_ADD';
}

export interface RbacPermission {
  readonly any?: true;
  readonly header?: HeaderMatcher;
  readonly url_path?: { readonly path: StringMatcher };
  readonly and_rules?: { readonly rules: readonly RbacPermission[] };
  readonly not_rule?: RbacPermission;
  readonly or_rules?: { readonly rules: readonly RbacPermission[] };
}

export interface RbacRules {
  readonly action: 'ALLOW' | 'DENY';
  readonly policies: Readonly<
    Record<
      string,
      {
        readonly permissions: readonly RbacPermission[];
        readonly principals: readonly { readonly any: true }[];
      }
    >
  >;
}

/** What a route has of its own for one of the filters. */
export interface PerRoute {
  readonly '@type': string;
  readonly rbac?: {
    readonly rules: RbacRules;
    readonly shadow_rules?: RbacRules;
    readonly track_per_rule_stats?: true;
  };
  readonly delay?: {
    readonly fixed_delay: Duration;
    readonly percentage: { readonly numerator: number; readonly denominator: 'HUNDRED' };
  };
}

export interface Route {
  readonly name: string;
  readonly match: {
    readonly path?: string;
    readonly prefix?: string;
    readonly headers?: readonly HeaderMatcher[];
  };
  readonly route?: {
    readonly cluster: string;
    readonly host_rewrite_literal?: string;
    readonly timeout: Duration;
    readonly retry_policy?: {
      readonly retry_on: string;
      readonly num_retries: number;
      readonly retry_host_predicate: readonly Extension<object>[];
      readonly host_selection_retry_max_attempts: number;
    };
  };
  readonly direct_response?: { readonly status: number };
  readonly request_headers_to_remove?: readonly string[];
  readonly request_headers_to_add?: readonly HeaderToAdd[];
  readonly typed_per_filter_config?: Readonly<Record<string, PerRoute>>;
}

export type AccessLog = Extension<{
  readonly log_format: { readonly json_format: Readonly<Record<string, string>> };
}>;

export type HttpFilter = Extension<{
  readonly rules?: RbacRules;
  readonly shadow_rules?: RbacRules;
  readonly track_per_rule_stats?: true;
  readonly headers?: readonly HeaderMatcher[];
  readonly mutations?: Readonly<Record<string, readonly HeaderMutation[]>>;
  readonly suppress_envoy_headers?: true;
}>;

export interface Http2Options {
  readonly max_concurrent_streams?: number;
  readonly initial_stream_window_size?: number;
  readonly initial_connection_window_size?: number;
}

export interface CommonHttpOptions {
  readonly idle_timeout: Duration;
  readonly max_connection_duration?: Duration;
  readonly max_stream_duration?: Duration;
  readonly max_requests_per_connection?: number;
  readonly max_headers_count?: number;
  readonly headers_with_underscores_action?: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
}

/** Spans, and what becomes of a request's id meanwhile. */
export interface HttpTracing {
  readonly tracing: {
    readonly provider: {
      readonly name: 'envoy.tracers.opentelemetry';
      readonly typed_config: {
        readonly '@type': string;
        readonly grpc_service: {
          readonly envoy_grpc: { readonly cluster_name: string };
          readonly timeout: Duration;
        };
        readonly service_name: string;
      };
    };
    readonly random_sampling: { readonly value: number };
    readonly client_sampling: { readonly value: number };
    readonly spawn_upstream_span: true;
    readonly max_path_tag_length: number;
    readonly custom_tags: readonly {
      readonly tag: string;
      readonly literal: { readonly value: string };
    }[];
  };
  readonly request_id_extension: {
    readonly typed_config: {
      readonly '@type': string;
      readonly pack_trace_reason: false;
      readonly use_request_id_for_trace_sampling: false;
    };
  };
}

export type TcpProxy = Extension<{
  readonly stat_prefix: string;
  readonly cluster: string;
  readonly idle_timeout: Duration;
  readonly max_downstream_connection_duration: Duration;
  readonly access_log: readonly AccessLog[];
  readonly upstream_connect_mode?: 'ON_DOWNSTREAM_TLS_HANDSHAKE';
  readonly max_early_data_bytes?: number;
}>;

// ------------------------------------------------------------------------------ listeners and clusters

export interface FilterChain {
  readonly name: string;
  readonly filter_chain_match?: {
    readonly transport_protocol: 'tls';
    readonly server_names: readonly string[];
  };
  readonly filters: readonly Extension<object>[];
  readonly transport_socket?: DownstreamTlsSocket;
  readonly transport_socket_connect_timeout?: Duration;
}

/** Numbers as the kernel has them: the level 1 is `SOL_SOCKET`. */
export interface SocketOption {
  readonly description: string;
  readonly level: number;
  readonly name: number;
  readonly int_value: number;
  readonly state: 'STATE_PREBIND';
}

export interface Listener {
  readonly name: string;
  readonly address: Address;
  readonly listener_filters?: readonly Extension<object>[];
  readonly listener_filters_timeout?: Duration;
  readonly filter_chains: readonly FilterChain[];
  readonly per_connection_buffer_limit_bytes: number;
  readonly ignore_global_conn_limit?: boolean;
  readonly bypass_overload_manager?: true;
  readonly socket_options?: readonly SocketOption[];
  readonly access_log?: readonly AccessLog[];
}

export interface HttpProtocolOptions {
  readonly '@type': string;
  readonly common_http_protocol_options?: CommonHttpOptions;
  readonly explicit_http_config: {
    readonly http_protocol_options?: object;
    readonly http2_protocol_options?: Http2Options;
  };
}

export interface HealthCheck {
  readonly timeout: Duration;
  readonly interval: Duration;
  readonly no_traffic_interval: Duration;
  readonly no_traffic_healthy_interval: Duration;
  readonly healthy_threshold: number;
  readonly unhealthy_threshold: number;
  readonly tcp_health_check: object;
}

export interface CircuitBreakers {
  readonly thresholds: readonly {
    readonly max_connections: number;
    readonly max_pending_requests: number;
    readonly max_requests: number;
    readonly max_retries: number;
  }[];
}

export interface Cluster {
  readonly name: string;
  readonly alt_stat_name?: string;
  readonly type: 'STATIC' | 'STRICT_DNS';
  readonly connect_timeout: Duration;
  readonly circuit_breakers?: CircuitBreakers;
  readonly health_checks?: readonly HealthCheck[];
  readonly dns_lookup_family?: 'V4_PREFERRED';
  readonly per_connection_buffer_limit_bytes: number;
  readonly load_assignment: {
    readonly cluster_name: string;
    readonly endpoints: readonly {
      readonly lb_endpoints: readonly { readonly endpoint: { readonly address: Address } }[];
    }[];
  };
  readonly upstream_connection_options?: {
    readonly tcp_keepalive: { readonly keepalive_time: number };
  };
  readonly typed_extension_protocol_options?: {
    readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': HttpProtocolOptions;
  };
  readonly transport_socket?: UpstreamTlsSocket | UnverifiedTlsSocket;
}

export interface Bootstrap {
  readonly node: {
    readonly id: string;
    readonly cluster: string;
    readonly metadata?: Readonly<Record<string, boolean>>;
  };
  readonly admin: { readonly address: Address; readonly ignore_global_conn_limit: true };
  readonly static_resources: {
    readonly listeners: readonly Listener[];
    readonly clusters: readonly Cluster[];
  };
  readonly stats_config: {
    readonly stats_tags: readonly { readonly tag_name: string; readonly fixed_value: string }[];
  };
  readonly layered_runtime: {
    readonly layers: readonly {
      readonly name: string;
      readonly static_layer: Readonly<Record<string, number>>;
    }[];
  };
  readonly overload_manager: {
    readonly refresh_interval: Duration;
    readonly resource_monitors: readonly Extension<object>[];
    readonly actions: readonly {
      readonly name: string;
      readonly triggers: readonly {
        readonly name: string;
        readonly threshold?: { readonly value: number };
        readonly scaled?: {
          readonly scaling_threshold: number;
          readonly saturation_threshold: number;
        };
      }[];
      readonly typed_config?: {
        readonly '@type': string;
        readonly timer_scale_factors: readonly {
          readonly timer: 'TRANSPORT_SOCKET_CONNECT' | 'HTTP_DOWNSTREAM_CONNECTION_IDLE';
          readonly min_timeout: Duration;
        }[];
      };
    }[];
  };
}
