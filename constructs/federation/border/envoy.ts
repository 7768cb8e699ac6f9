import { isIP } from 'node:net';
import { posix } from 'node:path';
import type {
  AccessLog,
  Address,
  Bootstrap,
  Cluster,
  CommonHttpOptions,
  CommonTlsContext,
  DownstreamTlsSocket,
  FilterChain,
  Http2Options,
  HttpConnectionManager,
  HttpFilter,
  HttpProtocolOptions,
  Listener,
  RbacPermission,
  RbacRules,
  Route,
  SdsSecretConfig,
  SecretFile,
  TcpProxy,
  UpstreamTlsSocket,
} from './envoy-types';
import type {
  BorderLimits,
  BorderPlacement,
  CrossingProtocol,
  HttpPermission,
  InboundBorder,
  InboundCrossing,
  OutboundBorder,
  OutboundCrossing,
  SocketAddress,
} from './model';

/**
 * The border's Envoy image: upstream's distroless build, by the digest of its multi-architecture
 * index. It is the version that the rehearsal and the tests run.
 * @see https://github.com/envoyproxy/gateway/blob/v1.9.1/api/v1alpha1/shared_types.go the same digest,
 * as Envoy Gateway's `DefaultEnvoyProxyImage`
 */
export const ENVOY_IMAGE =
  'docker.io/envoyproxy/envoy:distroless-v1.39.1@sha256:eb2c01c13125d1629637cb4e4cce7207009fb7cc2c8027f9742758549d15b6f4';

/**
 * Page of the status listener that answers after `drainSeconds`. A pod's preStop hook asks for it, so
 * that Envoy, which ends at once when it is told to, is told late enough. Nothing else happens by it,
 * so that it does no harm that anybody can call it.
 */
export const DRAINED_PATH = '/drained';

/** The request header in which a border tells the callee the verified caller's SPIFFE ID. */
export const CALLER_HEADER = 'x-federation-caller';

/** A border's Envoy configuration: the bootstrap and the secret files that it refers to. */
export interface BorderConfiguration {
  readonly bootstrap: Bootstrap;
  /** By file name, to lie in the placement's `configDirectory`. */
  readonly secrets: Readonly<Record<string, SecretFile>>;
}

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
 * Envoy for a border that ends foreign mTLS: one filter chain for each crossing, chosen by SNI, that
 * admits one SPIFFE ID and nobody else.
 *
 * @throws Error listing every mistake in the crossings.
 */
export function inboundBorderEnvoy(border: InboundBorder): BorderConfiguration {
  const { name, placement, crossings } = border;
  const limits = borderLimits(border.limits);
  check(name, [...commonMistakes(crossings), ...sameNameMistakes(crossings)]);
  return configuration(border, limits, {
    listener: {
      name: 'inbound',
      address: address(placement.listen),
      listener_filters: [
        extension(
          'envoy.filters.listener.tls_inspector',
          'filters.listener.tls_inspector.v3.TlsInspector',
          {},
        ),
      ],
      listener_filters_timeout: '5s',
      // No default chain: a connection without TLS or with another SNI is closed.
      filter_chains: crossings.map((crossing) => inboundChain(placement, limits, crossing)),
      per_connection_buffer_limit_bytes: BUFFER_BYTES,
      // A refused handshake never reaches a filter, so only the listener can log it.
      access_log: [accessLog('connection', CONNECTION_FIELDS)],
    },
    clusters: crossings.map(({ id, protocol, callee }) => ({
      ...endpoint(id, callee.address),
      ...httpProtocol(protocol, limits),
    })),
  });
}

/**
 * Envoy for a border that takes calls from its sidecar and starts foreign mTLS: one route for each
 * caller, chosen by the last element of the sidecar's `x-forwarded-client-cert`.
 *
 * @throws Error listing every mistake in the crossings.
 */
export function outboundBorderEnvoy(border: OutboundBorder): BorderConfiguration {
  const { name, placement, crossings } = border;
  const limits = borderLimits(border.limits);
  check(name, [...commonMistakes(crossings), ...callerMistakes(crossings)]);
  const [only] = crossings;
  return configuration(border, limits, {
    listener: {
      name: 'outbound',
      address: address(placement.listen),
      filter_chains: [
        {
          name: 'outbound',
          filters: [
            only?.protocol === 'tcp'
              ? tcpProxy(only.id, limits)
              : httpConnectionManager('outbound', limits, {
                  // Read by the routes, which then drop it.
                  forward_client_cert_details: 'ALWAYS_FORWARD_ONLY',
                  // The sidecar ends its connections itself. If both did, requests would get lost.
                  connections: { idle_timeout: '0s' },
                  routes: crossings.map(outboundRoute),
                  // Denies whatever no route with a rule of its own has matched.
                  filters: [rbacFilter({ action: 'ALLOW', policies: {} })],
                }),
          ],
        },
      ],
      per_connection_buffer_limit_bytes: BUFFER_BYTES,
    },
    clusters: crossings.map((crossing) => ({
      ...endpoint(crossing.id, crossing.gateway),
      // A load balancer forgets silent connections (AWS after 350 s) and resets their next byte.
      upstream_connection_options: { tcp_keepalive: { keepalive_time: 60 } },
      ...httpProtocol(crossing.protocol, limits),
      transport_socket: upstreamTls(placement, crossing),
    })),
  });
}

// ---------------------------------------------------------------------------------------------- limits

type Limits = Required<BorderLimits>;

const DEFAULT_LIMITS: Limits = {
  connections: 1000,
  connectionSeconds: 3600,
  idleSeconds: 300,
  heapMebibytes: 192,
  drainSeconds: 20,
};

/** Limits with every default filled in. */
export function borderLimits(limits: BorderLimits = {}): Required<BorderLimits> {
  return { ...DEFAULT_LIMITS, ...limits };
}

/**
 * Buffers and HTTP/2 windows that Envoy's maintainers advise for a proxy that strangers can reach.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/best_practices/edge
 */
const BUFFER_BYTES = 32 * 1024;
const HTTP2: Http2Options = {
  max_concurrent_streams: 100,
  initial_stream_window_size: 64 * 1024,
  initial_connection_window_size: 1024 * 1024,
};

/** HTTP connections to the next hop are given up before a load balancer (AWS: 350 s) forgets them. */
const UPSTREAM_IDLE_SECONDS = 240;

// -------------------------------------------------------------------------------------------- listeners

function inboundChain(
  placement: BorderPlacement,
  limits: Limits,
  crossing: InboundCrossing,
): FilterChain {
  return {
    name: crossing.id,
    filter_chain_match: { transport_protocol: 'tls', server_names: [crossing.serverName] },
    filters: [
      crossing.protocol === 'tcp'
        ? tcpProxy(crossing.id, limits)
        : httpConnectionManager(crossing.id, limits, {
            // What the client sent is replaced by the identity that this handshake verified.
            forward_client_cert_details: 'SANITIZE_SET',
            connections: {
              idle_timeout: seconds(limits.idleSeconds),
              max_connection_duration: seconds(limits.connectionSeconds),
              max_stream_duration: seconds(limits.connectionSeconds),
            },
            routes: [
              {
                name: crossing.id,
                match: { prefix: '/' },
                ...forward(crossing, crossing.callee.authority),
              },
            ],
            filters: [rbacFilter(rules(crossing.allow))],
          }),
    ],
    transport_socket: downstreamTls(placement, crossing),
    transport_socket_connect_timeout: '10s',
  };
}

function outboundRoute(crossing: OutboundCrossing): Route {
  return {
    name: crossing.id,
    match: {
      prefix: '/',
      headers: [
        {
          // The sidecar appends its element to what a client may have sent, and the certificate's
          // URI ends the element since mesh certificates carry no DNS names.
          name: XFCC,
          string_match: { suffix: `;URI=${crossing.caller}` },
        },
      ],
    },
    ...forward(crossing, crossing.authority),
    request_headers_to_remove: [XFCC],
    typed_per_filter_config: {
      [RBAC]: {
        '@type': type('filters.http.rbac.v3.RBACPerRoute'),
        rbac: { rules: rules(crossing.allow) },
      },
    },
  };
}

const XFCC = 'x-forwarded-client-cert';
const RBAC = 'envoy.filters.http.rbac';

function forward(
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

function httpConnectionManager(
  name: string,
  limits: Limits,
  own: {
    readonly forward_client_cert_details: 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY';
    readonly connections: CommonHttpOptions;
    readonly routes: readonly Route[];
    readonly filters: readonly HttpFilter[];
    readonly log?: false;
  },
): HttpConnectionManager {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: name,
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
      set_current_client_cert_details: { uri: true },
      common_http_protocol_options: {
        ...own.connections,
        // CGI-like frameworks read x_federation_caller as x-federation-caller.
        headers_with_underscores_action: 'DROP_HEADER',
      },
      http2_protocol_options: HTTP2,
      // HTTP/1.1 has no way to announce an end but in an answer: cut at once, a connection could take
      // a request that is on its way with it.
      http1_safe_max_connection_duration: true,
      request_headers_timeout: '10s',
      stream_idle_timeout: seconds(limits.idleSeconds),
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      access_log: own.log === false ? [] : [accessLog('request', REQUEST_FIELDS)],
      route_config: {
        name,
        virtual_hosts: [{ name, domains: ['*'], routes: own.routes }],
      },
      http_filters: [
        ...own.filters,
        extension('envoy.filters.http.router', 'filters.http.router.v3.Router', {}),
      ],
    },
  );
}

function tcpProxy(id: string, limits: Limits): TcpProxy {
  return extension('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: id,
    cluster: id,
    idle_timeout: seconds(limits.idleSeconds),
    max_downstream_connection_duration: seconds(limits.connectionSeconds),
    access_log: [accessLog('tcp', CONNECTION_FIELDS)],
  });
}

/** Only the pages that a kubelet and Prometheus need; admin itself can stop the process. */
function statusListener({ status }: BorderPlacement, limits: Limits): Listener {
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

const ADMIN = 'admin';
const FAULT = 'envoy.filters.http.fault';

// -------------------------------------------------------------------------------------------------- rules

function rbacFilter(rbacRules: RbacRules): HttpFilter {
  return extension(RBAC, 'filters.http.rbac.v3.RBAC', { rules: rbacRules });
}

function rules(allow: readonly HttpPermission[]): RbacRules {
  return {
    action: 'ALLOW',
    policies: {
      allow: {
        permissions: allow.length === 0 ? [{ any: true }] : allow.map(permission),
        // The handshake has settled who it is.
        principals: [{ any: true }],
      },
    },
  };
}

/** As Consul compiles an intention's permission (agent/xds/rbac.go), and stricter by one trick. */
function permission({ methods, pathExact, pathPrefix }: HttpPermission): RbacPermission {
  const parts: RbacPermission[] = [];
  if (pathExact !== undefined) {
    parts.push({ url_path: { path: { exact: pathExact } } });
  }
  if (pathPrefix !== undefined) {
    parts.push({ url_path: { path: { prefix: pathPrefix } } });
    // Envoy takes "/..;" for "/.." and "%2e%2e;" for "..;", but does not look again: a second Envoy
    // on the way, or a servlet container, would leave the prefix with what the first one let pass.
    parts.push({ not_rule: { url_path: { path: { contains: '/..;' } } } });
  }
  if (methods !== undefined && methods.length > 0) {
    parts.push({
      or_rules: {
        rules: methods.map((method) => ({
          header: { name: ':method', string_match: { exact: method } },
        })),
      },
    });
  }
  return parts.length === 0 ? { any: true } : { and_rules: { rules: parts } };
}

// ---------------------------------------------------------------------------------------------------- TLS

const CERTIFICATE_FILE = 'certificate.json';
const BUNDLE_FILE = 'foreign-bundle.json';
const OWN_CERTIFICATE = 'certificate';
const FOREIGN_BUNDLE = 'foreign-bundle';
const SDS_AGENT = 'sds-agent';

/** Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

function tls(
  placement: BorderPlacement,
  crossing: { readonly protocol: CrossingProtocol; readonly peer: string },
  alpn: readonly string[],
): CommonTlsContext {
  const { certificate } = placement;
  return {
    tls_params: {
      tls_minimum_protocol_version: 'TLSv1_2',
      // As a client Envoy would stop at 1.2.
      tls_maximum_protocol_version: 'TLSv1_3',
      cipher_suites: TLS12_CIPHERS,
    },
    ...(alpn.length > 0 && { alpn_protocols: alpn }),
    tls_certificate_sds_secret_configs: [
      certificate.source === 'files'
        ? fileSecret(placement, OWN_CERTIFICATE, CERTIFICATE_FILE, certificate.watchedDirectory)
        : {
            name: certificate.resourceName,
            sds_config: {
              api_config_source: {
                api_type: 'GRPC',
                transport_api_version: 'V3',
                grpc_services: [{ envoy_grpc: { cluster_name: SDS_AGENT } }],
              },
              resource_api_version: 'V3',
              // Not ready, and so not in any Service, until the agent has answered.
              initial_fetch_timeout: '0s',
            },
          },
    ],
    combined_validation_context: {
      default_validation_context: {
        match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: crossing.peer } }],
      },
      validation_context_sds_secret_config: fileSecret(
        placement,
        FOREIGN_BUNDLE,
        BUNDLE_FILE,
        placement.foreignBundle.watchedDirectory,
      ),
    },
  };
}

function fileSecret(
  placement: BorderPlacement,
  name: string,
  file: string,
  directory: string,
): SdsSecretConfig {
  return {
    name,
    sds_config: {
      path_config_source: {
        path: posix.join(placement.configDirectory, file),
        // Where the files named in it will appear. Envoy calls itself ready without them, refuses
        // every handshake, and looks for them again only when something moves here.
        watched_directory: { path: directory },
      },
      resource_api_version: 'V3',
    },
  };
}

function downstreamTls(placement: BorderPlacement, crossing: InboundCrossing): DownstreamTlsSocket {
  const alpn: Record<CrossingProtocol, readonly string[]> = {
    http: ['h2', 'http/1.1'],
    http2: ['h2'],
    grpc: ['h2'],
    tcp: [],
  };
  return extension('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    // A resumed session would pass on a certificate that has expired or lost its root since.
    disable_stateless_session_resumption: true,
    disable_stateful_session_resumption: true,
    common_tls_context: tls(placement, crossing, alpn[crossing.protocol]),
  });
}

function upstreamTls(placement: BorderPlacement, crossing: OutboundCrossing): UpstreamTlsSocket {
  const alpn: Record<CrossingProtocol, readonly string[]> = {
    http: ['http/1.1'],
    http2: ['h2'],
    grpc: ['h2'],
    tcp: [],
  };
  return extension('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: crossing.serverName,
    max_session_keys: 0,
    common_tls_context: tls(placement, crossing, alpn[crossing.protocol]),
  });
}

/**
 * Envoy watches and reloads certificate files only when a secret file names them, never when the
 * bootstrap does; and it keeps the last good pair when the new one does not parse or match.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/security/secret
 */
function secretFiles({ certificate, foreignBundle }: BorderPlacement): Record<string, SecretFile> {
  const secret = type('transport_sockets.tls.v3.Secret');
  return {
    [BUNDLE_FILE]: {
      resources: [
        {
          '@type': secret,
          name: FOREIGN_BUNDLE,
          validation_context: {
            trusted_ca: { filename: foreignBundle.path },
            watched_directory: { path: foreignBundle.watchedDirectory },
          },
        },
      ],
    },
    ...(certificate.source === 'files' && {
      [CERTIFICATE_FILE]: {
        resources: [
          {
            '@type': secret,
            name: OWN_CERTIFICATE,
            tls_certificate: {
              certificate_chain: { filename: certificate.certificateChain },
              private_key: { filename: certificate.privateKey },
              watched_directory: { path: certificate.watchedDirectory },
            },
          },
        ],
      },
    }),
  };
}

// ------------------------------------------------------------------------------------- clusters and whole

function endpoint(name: string, target: SocketAddress): Cluster {
  return {
    ...cluster(name, address(target)),
    ...(isIP(target.host) === 0 && {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_PREFERRED',
    }),
  };
}

function cluster(name: string, target: Address): Cluster {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: target } }] }],
    },
  };
}

function httpProtocol(
  protocol: CrossingProtocol,
  limits: Limits,
): Pick<Cluster, 'typed_extension_protocol_options'> {
  if (protocol === 'tcp') {
    return {};
  }
  const options: HttpProtocolOptions = {
    '@type': type('upstreams.http.v3.HttpProtocolOptions'),
    common_http_protocol_options: {
      idle_timeout: seconds(UPSTREAM_IDLE_SECONDS),
      max_connection_duration: seconds(limits.connectionSeconds),
    },
    explicit_http_config:
      protocol === 'http' ? { http_protocol_options: {} } : { http2_protocol_options: HTTP2 },
  };
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options,
    },
  };
}

function configuration(
  { name, placement }: InboundBorder | OutboundBorder,
  limits: Limits,
  own: { readonly listener: Listener; readonly clusters: readonly Cluster[] },
): BorderConfiguration {
  const { admin, certificate } = placement;
  const agent: Cluster[] =
    certificate.source === 'files'
      ? []
      : [
          {
            ...cluster(SDS_AGENT, { pipe: { path: certificate.socketPath } }),
            ...httpProtocol('grpc', limits),
          },
        ];
  return {
    bootstrap: {
      node: { id: `border-${name}`, cluster: `border-${name}` },
      admin: { address: address(admin), ignore_global_conn_limit: true },
      static_resources: {
        listeners: [own.listener, statusListener(placement, limits)],
        clusters: [...own.clusters, cluster(ADMIN, address(admin)), ...agent],
      },
      overload_manager: {
        refresh_interval: '0.25s',
        resource_monitors: [
          extension(
            'envoy.resource_monitors.fixed_heap',
            'resource_monitors.fixed_heap.v3.FixedHeapConfig',
            { max_heap_size_bytes: limits.heapMebibytes * 1024 * 1024 },
          ),
          extension(
            'envoy.resource_monitors.global_downstream_max_connections',
            'resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            { max_active_downstream_connections: limits.connections },
          ),
        ],
        actions: [
          ['envoy.overload_actions.shrink_heap', 0.9] as const,
          ['envoy.overload_actions.stop_accepting_requests', 0.95] as const,
        ].map(([action, value]) => ({
          name: action,
          triggers: [{ name: 'envoy.resource_monitors.fixed_heap', threshold: { value } }],
        })),
      },
    },
    secrets: secretFiles(placement),
  };
}

// ------------------------------------------------------------------------------------------------- logs

const CONNECTION_FIELDS = {
  sni: '%REQUESTED_SERVER_NAME%',
  crossing: '%FILTER_CHAIN_NAME%',
  peer: '%DOWNSTREAM_PEER_URI_SAN%',
  peer_issuer: '%DOWNSTREAM_PEER_ISSUER%',
  peer_serial: '%DOWNSTREAM_PEER_SERIAL%',
  tls: '%DOWNSTREAM_TLS_VERSION%',
  flags: '%RESPONSE_FLAGS%',
  termination: '%CONNECTION_TERMINATION_DETAILS%',
  refusal: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
  upstream_failure: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_in: '%BYTES_RECEIVED%',
  bytes_out: '%BYTES_SENT%',
  milliseconds: '%DURATION%',
};

const REQUEST_FIELDS = {
  ...CONNECTION_FIELDS,
  crossing: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  // Without the query, which may hold what does not belong into a log.
  path: '%PATH(NQ:PATH)%',
  protocol: '%PROTOCOL%',
  status: '%RESPONSE_CODE%',
  reason: '%RESPONSE_CODE_DETAILS%',
  upstream: '%UPSTREAM_HOST%',
  request_id: '%REQ(X-REQUEST-ID)%',
  // At an outbound border, of a refused request only: routes drop the header.
  client_cert: `%REQ(${XFCC.toUpperCase()})%`,
};

function accessLog(event: string, fields: Readonly<Record<string, string>>): AccessLog {
  return extension('envoy.access_loggers.stdout', 'access_loggers.stream.v3.StdoutAccessLog', {
    log_format: { json_format: { event, time: '%START_TIME%', ...fields } },
  });
}

// --------------------------------------------------------------------------------------------- mistakes

type AnyCrossing = InboundCrossing | OutboundCrossing;

function commonMistakes(crossings: readonly AnyCrossing[]): string[] {
  return [
    ...(crossings.length === 0 ? ['has no crossings'] : []),
    ...repeated(crossings.map(({ id }) => id)).map((id) => `two crossings are named ${id}`),
    ...crossings.flatMap(({ id, serverName, peer, caller, protocol, allow }) => [
      ...(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(serverName)
        ? []
        : [`${id}: serverName "${serverName}" is not a host name in lower case`]),
      ...Object.entries({ peer, caller })
        .filter(([, value]) => !/^spiffe:\/\/[-._a-z0-9]+(\/[-._a-zA-Z0-9]+)+$/.test(value))
        .map(([key, value]) => `${id}: ${key} "${value}" is not a SPIFFE ID`),
      ...(protocol === 'tcp' && allow.length > 0
        ? [`${id}: tcp has no methods and paths to allow`]
        : []),
      ...allow
        .filter(({ pathExact, pathPrefix }) => pathExact !== undefined && pathPrefix !== undefined)
        .map(() => `${id}: a permission has both pathExact and pathPrefix`),
    ]),
  ];
}

function sameNameMistakes(crossings: readonly InboundCrossing[]): string[] {
  return repeated(crossings.map(({ serverName }) => serverName)).map(
    (serverName) => `two crossings claim the SNI ${serverName}`,
  );
}

function callerMistakes(crossings: readonly OutboundCrossing[]): string[] {
  return [
    ...(crossings.length > 1 && crossings.some(({ protocol }) => protocol === 'tcp')
      ? ['a tcp crossing needs a border of its own: no header tells its callers apart']
      : []),
    ...repeated(crossings.map(({ caller }) => caller)).map(
      (caller) => `two crossings have the caller ${caller}`,
    ),
  ];
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function check(border: string, mistakes: readonly string[]): void {
  if (mistakes.length > 0) {
    throw new Error([`Border ${border}:`, ...mistakes].join('\n  '));
  }
}

// ------------------------------------------------------------------------------------------------ small

function extension<Config extends object>(
  name: string,
  message: string,
  config: Config,
): { name: string; typed_config: { '@type': string } & Config } {
  return { name, typed_config: { '@type': type(message), ...config } };
}

function type(message: string): string {
  return `type.googleapis.com/envoy.extensions.${message}`;
}

function address({ host, port }: SocketAddress): Address {
  return { socket_address: { address: host, port_value: port } };
}

function seconds(value: number): `${number}s` {
  return `${value}s`;
}
