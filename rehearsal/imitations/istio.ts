import {
  cluster,
  downstreamTls,
  httpProxy,
  httpRbac,
  listener,
  networkRbac,
  tcpProxy,
  upstreamTls,
  type Identity,
  type Json,
  type JsonObject,
  type Part,
  type Trust,
} from './parts';
import type { HttpPermission } from '../../constructs/federation/plan/crossing';
import { kindOf } from '../../constructs/federation/plan/meshes';
import { istioSpiffeId } from '../../constructs/federation/plan/meshes/istio/identity';
import { sanOf } from '../../constructs/federation/plan/identity';
import { own } from '../../constructs/federation/plan/meshes/kind';
import { MeshCa } from '../certificates';
import { type Admission, authorizationOf } from '../policies';
import { serverNamesTo } from '../routes';
import { type ImitatedMesh, type Imitation, isHttp2 } from './imitation';

/**
 * What istiod gives its proxies, written after the generator's source, Istio 1.30.3.
 * @see https://github.com/istio/istio/tree/1.30.3/pilot/pkg/networking/core
 */

export interface IstioMesh {
  readonly trustDomain: string;
  readonly roots: Trust;
}

/** pilot/pkg/security/authz/model, of a rule's source and operation. */
function policies(admissions: readonly Admission[]): JsonObject {
  const principal = (name: string): Json => ({
    authenticated: {
      principal_name: name.endsWith('*') ? { prefix: name.slice(0, -1) } : { exact: name },
    },
  });
  const permission = ({ methods, pathExact, pathPrefix }: HttpPermission): Json => ({
    and_rules: {
      rules: [
        ...(methods === undefined
          ? []
          : [
              {
                or_rules: {
                  rules: methods.map((method) => ({
                    header: { name: ':method', string_match: { exact: method } },
                  })),
                },
              },
            ]),
        ...(pathExact === undefined ? [] : [{ url_path: { path: { exact: pathExact } } }]),
        ...(pathPrefix === undefined ? [] : [{ url_path: { path: { prefix: pathPrefix } } }]),
      ],
    },
  });
  return Object.fromEntries(
    admissions.map(({ source, except, allow }, index) => [
      `ns[default]-policy[allow]-rule[${index}]`,
      {
        permissions: allow.length === 0 ? [{ any: true }] : allow.map(permission),
        principals: [
          {
            and_ids: {
              ids: [principal(source), ...except.map((other) => ({ not_id: principal(other) }))],
            },
          },
        ],
      },
    ]),
  );
}

/** listener_builder.go, buildHTTPConnectionManager */
const HTTP: JsonObject = {
  normalize_path: true,
  path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
  stream_idle_timeout: '0s',
};

/** route/retry/retry.go, cachedDefaultPolicy */
const RETRIES: JsonObject = {
  num_retries: 2,
  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
  host_selection_retry_max_attempts: 5,
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
      },
    },
  ],
};

/** cluster_traffic_policy.go, getDefaultCircuitBreakerThresholds: no limits. */
const NO_LIMITS: JsonObject = {
  circuit_breakers: {
    thresholds: [
      {
        max_connections: 4294967295,
        max_pending_requests: 4294967295,
        max_requests: 4294967295,
        max_retries: 4294967295,
      },
    ],
  },
};

function outbound(name: string, port: number, target: JsonObject, tcp = false): Part {
  return {
    listeners: [
      listener(name, port, {
        filters: [
          tcp
            ? tcpProxy(name, name)
            : httpProxy(name, { cluster: name, timeout: '0s', retry_policy: RETRIES }, HTTP),
        ],
      }),
    ],
    clusters: [target],
  };
}

export interface ForeignDestination {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly endpoints: readonly number[];
  /** The sidecar's own certificate, from the files of `OUTPUT_CERTS`. */
  readonly identity: Identity;
  /** The foreign bundle, `caCertificates`. */
  readonly trust: Trust;
  readonly sni: string;
  readonly peer: string;
  readonly http2?: boolean;
  readonly tcp?: boolean;
  /** `connectionPool.http.maxRequestsPerConnection` */
  readonly requestsPerConnection?: number;
}

/**
 * A sidecar's way to a ServiceEntry whose DestinationRule has `tls.mode: MUTUAL` with file paths
 * (cluster_tls.go, constructUpstreamTLS). ALPN is set for HTTP/2 only.
 */
export function foreignDestination(settings: ForeignDestination): Part {
  const { from, to, port, endpoints, identity, trust, sni, peer } = settings;
  const name = `${from} outbound ${to} ${port}`;
  return outbound(
    name,
    port,
    cluster(name, endpoints, {
      http2: settings.http2,
      requestsPerConnection: settings.requestsPerConnection,
      more: NO_LIMITS,
      tls: upstreamTls(sni, {
        identity,
        trust,
        // Istio compares names of every kind.
        san: sanOf(peer),
        peers: [{ exact: peer }],
        alpn: settings.http2 ? ['h2'] : undefined,
      }),
    }),
    settings.tcp,
  );
}

export interface MeshDestination {
  readonly from: string;
  readonly identity: Identity;
  readonly to: string;
  /** SPIFFE ID of the destination. */
  readonly peer: string;
  readonly port: number;
  readonly endpoints: readonly number[];
  readonly http2?: boolean;
  readonly tcp?: boolean;
}

/** A sidecar's way to a service of its own mesh: ISTIO_MUTUAL. */
export function meshDestination(mesh: IstioMesh, settings: MeshDestination): Part {
  const { from, to, port } = settings;
  const name = `${from} outbound ${to} ${port}`;
  return outbound(name, port, meshCluster(mesh, name, settings), settings.tcp);
}

function meshCluster(
  mesh: IstioMesh,
  name: string,
  settings: Pick<MeshDestination, 'identity' | 'to' | 'peer' | 'endpoints' | 'http2'>,
): JsonObject {
  return cluster(name, settings.endpoints, {
    http2: settings.http2,
    more: NO_LIMITS,
    tls: upstreamTls(`outbound_.80_._.${settings.to}.default.svc.cluster.local`, {
      identity: settings.identity,
      trust: mesh.roots,
      peers: [{ exact: settings.peer }],
      alpn: settings.http2 ? ['istio', 'h2'] : ['istio'],
    }),
  });
}

export interface InboundListener {
  readonly workload: string;
  readonly port: number;
  readonly application: number;
  readonly identity: Identity;
  readonly http2?: boolean;
  /** What AuthorizationPolicies admit. */
  readonly admissions: readonly Admission[];
}

/** A sidecar's inbound chain under STRICT PeerAuthentication, for HTTP. */
export function inboundListener(mesh: IstioMesh, settings: InboundListener): Part {
  const { workload, port, application, admissions, http2 } = settings;
  const name = `${workload} inbound ${port}`;
  return {
    listeners: [
      listener(name, port, {
        tls: inboundTls(mesh, settings.identity),
        filters: [
          httpProxy(
            name,
            { cluster: name, timeout: '0s' },
            {
              ...HTTP,
              forward_client_cert_details: 'APPEND_FORWARD',
              set_current_client_cert_details: { subject: true, dns: true, uri: true },
            },
            [httpRbac(policies(admissions))],
          ),
        ],
      }),
    ],
    clusters: [cluster(name, [application], { http2 })],
  };
}

/** The same for opaque TCP, which a border's TLS is to its sidecar. */
export function inboundTcpListener(
  mesh: IstioMesh,
  { workload, port, application, identity, admissions }: InboundListener,
): Part {
  const name = `${workload} inbound ${port}`;
  return {
    listeners: [
      listener(name, port, {
        tls: inboundTls(mesh, identity),
        filters: [networkRbac(policies(admissions)), tcpProxy(name, name)],
      }),
    ],
    clusters: [cluster(name, [application])],
  };
}

/** pilot/pkg/security/authn/utils/utils.go, BuildInboundTLS */
function inboundTls(mesh: IstioMesh, identity: Identity): JsonObject {
  return downstreamTls({
    identity,
    trust: mesh.roots,
    peers: [{ prefix: `spiffe://${mesh.trustDomain}/` }],
    alpn: ['h2', 'http/1.1'],
  });
}

export interface Passthrough {
  readonly sni: string;
  readonly to: string;
  /** SPIFFE ID of the border. */
  readonly peer: string;
  readonly endpoints: readonly number[];
}

/** An ingress gateway with TLS PASSTHROUGH: routed by SNI, with the mesh's mTLS around it. */
export function gatewayListener(
  mesh: IstioMesh,
  port: number,
  identity: Identity,
  routes: readonly Passthrough[],
): Part {
  return {
    listeners: [
      listener(
        `gateway ${port}`,
        port,
        ...routes.map(({ sni, to }) => ({
          serverName: sni,
          filters: [tcpProxy(`passthrough ${to}`, `passthrough ${to}`)],
        })),
      ),
    ],
    clusters: routes.map((route) =>
      meshCluster(mesh, `passthrough ${route.to}`, { ...route, identity }),
    ),
  };
}

// ------------------------------------------------------------------------------------------- of a plan

/** Istio's proxies, as a plan has them. */
export const ISTIO: Imitation = {
  newCa: (trustDomain) => MeshCa.istio(trustDomain),
  gatewayId: (member) => {
    const { mesh } = own(member, 'istio');
    return istioSpiffeId(mesh, mesh.gateway.namespace, mesh.gateway.serviceAccount);
  },
  strangerId: (member) => istioSpiffeId(own(member, 'istio').mesh, 'default', 'stranger'),
  certificate: ({ chain, key }) => ({ certificateChain: chain, privateKey: key }),
  service: (mesh, callee, sidecar) => {
    const inbound = {
      ...sidecar,
      workload: callee.id,
      http2: isHttp2(callee),
      admissions: authorizationOf(mesh.plan, mesh.name, own(callee, 'istio')),
    };
    return callee.protocol === 'tcp'
      ? inboundTcpListener(proxied(mesh), inbound)
      : inboundListener(proxied(mesh), inbound);
  },
  border: (mesh, border, sidecar) => {
    const { name, namespace, podLabels: labels, foreign } = border;
    const inbound = {
      ...sidecar,
      workload: name,
      http2: isHttp2(foreign),
      admissions: authorizationOf(mesh.plan, mesh.name, { namespace, labels }),
    };
    return border.direction === 'in' || foreign.protocol === 'tcp'
      ? inboundTcpListener(proxied(mesh), inbound)
      : inboundListener(proxied(mesh), inbound);
  },
  toService: (mesh, callee, way) =>
    meshDestination(proxied(mesh), {
      ...way,
      to: callee.id,
      peer: kindOf(callee).identity(mesh.member, callee),
      http2: isHttp2(callee),
      tcp: callee.protocol === 'tcp',
    }),
  toBorder: (mesh, { kubernetesService, identity: peer, foreign }, way) =>
    meshDestination(proxied(mesh), {
      ...way,
      to: kubernetesService,
      peer,
      http2: isHttp2(foreign),
      tcp: foreign.protocol === 'tcp',
    }),
  toForeign: (_, callee, { serverName: sni, ...way }) =>
    foreignDestination({
      ...way,
      sni,
      to: callee.id,
      http2: isHttp2(callee),
      tcp: callee.protocol === 'tcp',
    }),
  gateway(mesh, identity, borders) {
    // By SNI, whatever the port.
    const port = borders[0]?.port ?? 0;
    const byRoutes = own(mesh.member, 'istio').mesh.gateway.kind === 'gateway-api';
    const routes = borders.flatMap(({ border, sidecar }) =>
      (byRoutes
        ? serverNamesTo(mesh.plan, mesh.name, border)
        : border.crossings.map(({ serverName }) => serverName)
      ).map((sni) => ({
        sni,
        to: sni,
        peer: border.identity,
        endpoints: [sidecar],
      })),
    );
    const parts =
      routes.length === 0 ? [] : [gatewayListener(proxied(mesh), port, identity, routes)];
    return { parts, doorOf: () => port };
  },
};

function proxied({ member, roots }: ImitatedMesh): IstioMesh {
  return { trustDomain: member.mesh.trustDomain, roots };
}
