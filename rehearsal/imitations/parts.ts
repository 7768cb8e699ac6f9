import { readFileSync } from 'node:fs';
import type { BundleFile, CertificateFiles } from '../files';

/**
 * Pieces of Envoy configuration that the imitations of both meshes are made of. They are JSON as
 * Envoy reads it, without the borders' types: what matters here is that they resemble upstream's.
 */
export type Json =
  string | number | boolean | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

const TYPE = 'type.googleapis.com/envoy.extensions.';
const TLS = 'transport_sockets.tls.v3.';

/** A workload's identity: where its certificate lies, as file-based secret discovery. */
export interface Identity {
  /** Path of the secret file that has the certificate. */
  readonly secretFile: string;
}

/** Roots to trust, in the same way. */
export type Trust = Identity;

/**
 * A certificate as a control plane hands it to a sidecar: in the answer, not as files. Envoy reloads it when
 * the file of this content is replaced, for which it needs one watch and not two.
 */
export function certificateSecret(files: CertificateFiles): JsonObject {
  return secret({
    tls_certificate: {
      certificate_chain: { inline_string: readFileSync(files.chain, 'utf8') },
      private_key: { inline_string: readFileSync(files.key, 'utf8') },
    },
  });
}

/** Roots in the same way. */
export function trustSecret(bundle: BundleFile): JsonObject {
  return secret({
    validation_context: { trusted_ca: { inline_string: readFileSync(bundle.path, 'utf8') } },
  });
}

function secret(content: JsonObject): JsonObject {
  return { resources: [{ '@type': `${TYPE}${TLS}Secret`, name: 'secret', ...content }] };
}

function sds({ secretFile }: Identity): Json {
  return {
    name: 'secret',
    sds_config: { path_config_source: { path: secretFile }, resource_api_version: 'V3' },
  };
}

export interface TlsSettings {
  readonly identity: Identity;
  readonly trust: Trust;
  /** Where the peer's certificate has its name. @default 'URI' */
  readonly san?: 'URI' | 'DNS';
  /** Names of the peer that will do; any name that the roots vouch for when left out. */
  readonly peers?: readonly { readonly exact: string }[] | readonly { readonly prefix: string }[];
  readonly alpn?: readonly string[];
}

function tls({ identity, trust, san = 'URI', peers = [], alpn }: TlsSettings): JsonObject {
  return {
    tls_params: {
      tls_minimum_protocol_version: 'TLSv1_2',
      tls_maximum_protocol_version: 'TLSv1_3',
    },
    alpn_protocols: alpn,
    tls_certificate_sds_secret_configs: [sds(identity)],
    combined_validation_context: {
      default_validation_context: {
        match_typed_subject_alt_names: peers.map((matcher) => ({
          san_type: san,
          matcher: { ...matcher },
        })),
      },
      validation_context_sds_secret_config: sds(trust),
    },
  };
}

function extension(name: string, type: string, config: JsonObject): JsonObject {
  return { name, typed_config: { '@type': `${TYPE}${type}`, ...config } };
}

function address(port: number): Json {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** A server that asks for the client's certificate. */
export function downstreamTls(settings: TlsSettings): JsonObject {
  return extension('envoy.transport_sockets.tls', `${TLS}DownstreamTlsContext`, {
    require_client_certificate: true,
    common_tls_context: tls(settings),
  });
}

export function upstreamTls(sni: string, settings: TlsSettings): JsonObject {
  return extension('envoy.transport_sockets.tls', `${TLS}UpstreamTlsContext`, {
    sni,
    common_tls_context: tls(settings),
  });
}

export interface Chain {
  readonly filters: readonly JsonObject[];
  readonly tls?: JsonObject;
  /** SNI that selects this chain. */
  readonly serverName?: string;
}

export function listener(name: string, port: number, ...chains: Chain[]): JsonObject {
  return {
    name,
    address: address(port),
    listener_filters: chains.some(({ serverName }) => serverName !== undefined)
      ? [
          extension(
            'envoy.filters.listener.tls_inspector',
            'filters.listener.tls_inspector.v3.TlsInspector',
            {},
          ),
        ]
      : [],
    filter_chains: chains.map(({ filters, tls: socket, serverName }) => ({
      filter_chain_match: serverName === undefined ? undefined : { server_names: [serverName] },
      filters,
      transport_socket: socket,
    })),
  };
}

/** HTTP to one cluster. Errors are logged, to explain a failed case. */
export function httpProxy(
  name: string,
  route: JsonObject,
  settings: JsonObject = {},
  filters: readonly JsonObject[] = [],
): JsonObject {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: name,
      route_config: {
        name,
        virtual_hosts: [{ name, domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
      },
      http_filters: [
        ...filters,
        extension('envoy.filters.http.router', 'filters.http.router.v3.Router', {}),
      ],
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      access_log: [
        {
          ...extension('envoy.access_loggers.stdout', 'access_loggers.stream.v3.StdoutAccessLog', {
            log_format: {
              json_format: {
                event: 'error',
                time: '%START_TIME%',
                listener: name,
                path: '%PATH(NQ:PATH)%',
                status: '%RESPONSE_CODE%',
                flags: '%RESPONSE_FLAGS%',
                reason: '%RESPONSE_CODE_DETAILS%',
                upstream_failure: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
              },
            },
          }),
          filter: {
            status_code_filter: {
              comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'errors' } },
            },
          },
        },
      ],
      ...settings,
    },
  );
}

export function tcpProxy(name: string, cluster: string): JsonObject {
  return extension('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: name,
    cluster,
  });
}

export function httpRbac(policies: JsonObject): JsonObject {
  return extension('envoy.filters.http.rbac', 'filters.http.rbac.v3.RBAC', { rules: { policies } });
}

export function networkRbac(policies: JsonObject): JsonObject {
  return extension('envoy.filters.network.rbac', 'filters.network.rbac.v3.RBAC', {
    stat_prefix: 'rbac',
    rules: { policies },
  });
}

export interface ClusterSettings {
  readonly tls?: JsonObject;
  readonly http2?: boolean;
  /** A new connection for each so many requests. */
  readonly requestsPerConnection?: number;
  readonly more?: JsonObject;
}

export function cluster(
  name: string,
  ports: readonly number[],
  { tls: socket, http2, requestsPerConnection, more }: ClusterSettings = {},
): JsonObject {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPE}upstreams.http.v3.HttpProtocolOptions`,
        common_http_protocol_options: { max_requests_per_connection: requestsPerConnection },
        explicit_http_config: http2
          ? { http2_protocol_options: {} }
          : { http_protocol_options: {} },
      },
    },
    transport_socket: socket,
    ...more,
  };
}

/** A whole Envoy. */
export function bootstrap(
  name: string,
  adminPort: number,
  parts: readonly {
    readonly listeners: readonly JsonObject[];
    readonly clusters: readonly JsonObject[];
  }[],
): JsonObject {
  return {
    node: { id: name, cluster: name },
    admin: { address: address(adminPort) },
    static_resources: {
      listeners: parts.flatMap(({ listeners }) => listeners),
      clusters: parts.flatMap(({ clusters }) => clusters),
    },
  };
}

/** Some listeners with the clusters that they lead to. */
export interface Part {
  readonly listeners: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
}
