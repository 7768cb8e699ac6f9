import type { Service } from '../../constructs/federation/plan';
import type { HttpPermission } from '../../constructs/federation/plan/crossing';
import {
  borderProtocol,
  intentionSource,
} from '../../constructs/federation/plan/meshes/consul/access';
import { consulSpiffeId } from '../../constructs/federation/plan/meshes/consul/identity';
import { own } from '../../constructs/federation/plan/meshes/kind';
import { MeshCa } from '../certificates';
import { type Admission, intentionsOf } from '../policies';
import { portsTo } from '../routes';
import { type ImitatedMesh, type Imitation, isHttp2 } from './imitation';
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

/**
 * What Consul's xDS server gives its proxies, written after the configuration that Consul 1.22.7
 * gave to real Envoys (`/config_dump`) for these very services and intentions.
 * @see https://github.com/hashicorp/consul/tree/v1.22.7/agent/xds
 */

export interface ConsulMesh {
  readonly trustDomain: string;
  /** @default dc1 */
  readonly datacenter?: string;
  readonly roots: Trust;
}

function consulId({ trustDomain, datacenter = 'dc1' }: ConsulMesh, service: string): string {
  return consulSpiffeId({ trustDomain, datacenter }, service);
}

function sni({ trustDomain, datacenter = 'dc1' }: ConsulMesh, service: string): string {
  return `${service}.default.${datacenter}.internal.${trustDomain}`;
}

function principal({ trustDomain }: ConsulMesh, service: string): Json {
  // Intentions hold for a service of any datacenter (agent/xds/rbac.go).
  const name = service === '*' ? '[^/]+' : service;
  return {
    authenticated: {
      principal_name: {
        safe_regex: { regex: `^spiffe://${trustDomain}/ns/default/dc/[^/]+/svc/${name}$` },
      },
    },
  };
}

/** A source of higher precedence is none of `*`. */
function principals(mesh: ConsulMesh, { source, except }: Admission): Json {
  return except.length === 0
    ? principal(mesh, source)
    : {
        and_ids: {
          ids: [
            principal(mesh, source),
            ...except.map((other) => ({ not_id: principal(mesh, other) })),
          ],
        },
      };
}

function permission({ methods, pathExact, pathPrefix }: HttpPermission): Json {
  return {
    and_rules: {
      rules: [
        ...(pathExact === undefined ? [] : [{ url_path: { path: { exact: pathExact } } }]),
        ...(pathPrefix === undefined ? [] : [{ url_path: { path: { prefix: pathPrefix } } }]),
        ...(methods === undefined
          ? []
          : [
              {
                header: {
                  name: ':method',
                  string_match: { safe_regex: { regex: methods.join('|') } },
                },
              },
            ]),
      ],
    },
  };
}

export interface PublicListener {
  readonly service: string;
  readonly port: number;
  /** Where the application listens. */
  readonly application: number;
  readonly protocol: 'http' | 'http2' | 'tcp';
  readonly identity: Identity;
  /** Who may call, and for HTTP what. */
  readonly intentions: readonly Admission[];
}

/** The sidecar's listener that other proxies call. */
export function publicListener(mesh: ConsulMesh, settings: PublicListener): Part {
  const { service, port, application, protocol, identity, intentions } = settings;
  const name = `${service} public_listener ${port}`;
  const target = `local_app ${port}`;
  const policies = Object.fromEntries(
    intentions.map((intention, index) => [
      `consul-intentions-layer7-${index}`,
      {
        permissions:
          intention.allow.length === 0 ? [{ any: true }] : intention.allow.map(permission),
        principals: [principals(mesh, intention)],
      },
    ]),
  );
  const filters =
    protocol === 'tcp'
      ? [networkRbac(policies), tcpProxy(name, target)]
      : [
          httpProxy(
            name,
            { cluster: target },
            {
              forward_client_cert_details: 'APPEND_FORWARD',
              set_current_client_cert_details: {
                subject: true,
                cert: true,
                chain: true,
                dns: true,
                uri: true,
              },
              normalize_path: true,
            },
            [httpRbac(policies)],
          ),
        ];
  const alpn = { http: ['http/1.1'], http2: ['h2', 'http/1.1'], tcp: undefined }[protocol];
  return {
    listeners: [
      listener(name, port, {
        filters,
        tls: downstreamTls({ identity, trust: mesh.roots, alpn }),
      }),
    ],
    clusters: [cluster(target, [application], { http2: protocol === 'http2' })],
  };
}

export interface Upstream {
  /** The service whose sidecar this is. */
  readonly from: string;
  readonly identity: Identity;
  readonly to: string;
  readonly protocol: 'http' | 'http2' | 'tcp';
  /** Where the application calls. */
  readonly port: number;
  /** The destination's sidecars. */
  readonly endpoints: readonly number[];
}

/** The sidecar's listener that its own application calls. */
export function upstreamListener(mesh: ConsulMesh, settings: Upstream): Part {
  const { from, to, port } = settings;
  const name = `${from} upstream ${to} ${port}`;
  return {
    listeners: [
      listener(name, port, {
        filters: [
          settings.protocol === 'tcp' ? tcpProxy(name, name) : httpProxy(name, { cluster: name }),
        ],
      }),
    ],
    clusters: [connectCluster(mesh, name, settings)],
  };
}

export interface GatewayListener {
  readonly identity: Identity;
  readonly to: string;
  readonly port: number;
  readonly endpoints: readonly number[];
}

/** An ingress gateway's tcp listener: whatever comes goes to one service inside Connect's mTLS. */
export function ingressListener(mesh: ConsulMesh, settings: GatewayListener): Part {
  return passingListener(mesh, `ingress ${settings.to}`, settings);
}

/**
 * An API gateway's tcp listener without TLS, with the one route that it may have: the same chain, written by
 * another part of the server.
 *
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/listeners_apigateway.go
 */
export function apiListener(mesh: ConsulMesh, settings: GatewayListener): Part {
  return passingListener(mesh, `api gateway ${settings.to}`, settings);
}

function passingListener(mesh: ConsulMesh, name: string, settings: GatewayListener): Part {
  return {
    listeners: [listener(name, settings.port, { filters: [tcpProxy(name, name)] })],
    clusters: [connectCluster(mesh, name, { ...settings, protocol: 'tcp' })],
  };
}

function connectCluster(
  mesh: ConsulMesh,
  name: string,
  to: {
    readonly to: string;
    readonly identity: Identity;
    readonly protocol: string;
    readonly endpoints: readonly number[];
  },
): JsonObject {
  return cluster(name, to.endpoints, {
    http2: to.protocol === 'http2',
    tls: upstreamTls(sni(mesh, to.to), {
      identity: to.identity,
      trust: mesh.roots,
      peers: [{ exact: consulId(mesh, to.to) }],
      alpn: to.protocol === 'http2' ? ['h2'] : undefined,
    }),
    more: { outlier_detection: {}, common_lb_config: { healthy_panic_threshold: {} } },
  });
}

// ------------------------------------------------------------------------------------------- of a plan

/** Consul's proxies, as a plan has them. */
export const CONSUL: Imitation = {
  newCa: (trustDomain) => MeshCa.consul(trustDomain),
  gatewayId: (member) => {
    const { mesh } = own(member, 'consul');
    return consulSpiffeId(mesh, mesh.gateway.name);
  },
  strangerId: (member) => consulSpiffeId(own(member, 'consul').mesh, 'stranger'),
  // Chain and key are one file.
  certificate: ({ whole }) => ({ certificateChain: whole, privateKey: whole }),
  service: (mesh, callee, sidecar) =>
    publicListener(proxied(mesh), {
      ...sidecar,
      service: callee.name,
      protocol: spoken(callee),
      intentions: intentionsAbout(mesh, callee),
    }),
  border: (mesh, border, sidecar) =>
    publicListener(proxied(mesh), {
      ...sidecar,
      service: border.serviceAccount,
      protocol: border.direction === 'in' ? 'tcp' : borderProtocol(border),
      intentions: intentionsOf(mesh.plan, mesh.name, border.serviceAccount),
    }),
  toService: (mesh, callee, way) =>
    upstreamListener(proxied(mesh), { ...way, to: callee.name, protocol: spoken(callee) }),
  toBorder: (mesh, border, way) =>
    upstreamListener(proxied(mesh), {
      ...way,
      to: border.serviceAccount,
      protocol: borderProtocol(border),
    }),
  toForeign(_, callee) {
    throw new Error(`a Consul sidecar has no way to ${callee.ref} of its own`);
  },
  gateway: (mesh, identity, borders) => {
    const { kind, name } = own(mesh.member, 'consul').mesh.gateway;
    return {
      parts: borders
        .filter(
          ({ border }) =>
            kind !== 'api' || portsTo(mesh.plan, mesh.name, name, border.serviceAccount).length > 0,
        )
        .map(({ border, port, sidecar }) =>
          (kind === 'api' ? apiListener : ingressListener)(proxied(mesh), {
            identity,
            to: border.serviceAccount,
            port,
            endpoints: [sidecar],
          }),
        ),
      doorOf: ({ port }) => port,
    };
  },
};

function proxied({ member, roots }: ImitatedMesh): ConsulMesh {
  const { trustDomain, datacenter } = own(member, 'consul').mesh;
  return { trustDomain, datacenter, roots };
}

/** An owner's own intentions are taken to admit what the policy says. */
function intentionsAbout({ plan, name }: ImitatedMesh, callee: Service): Admission[] {
  if (own(callee, 'consul').intentions === 'create') return intentionsOf(plan, name, callee.name);
  return plan.calls
    .filter((call) => call.callee === callee)
    .map((call) => ({ source: intentionSource(name, call).name, except: [], allow: call.allow }));
}

function spoken(service: Service): 'http' | 'http2' | 'tcp' {
  return isHttp2(service) ? 'http2' : service.protocol === 'tcp' ? 'tcp' : 'http';
}
