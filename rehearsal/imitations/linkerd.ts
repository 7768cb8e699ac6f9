import type { Service } from '../../constructs/federation/plan';
import { OUTBOUND_PORT } from '../../constructs/federation/plan/meshes/linkerd/access';
import { linkerdIdentity } from '../../constructs/federation/plan/meshes/linkerd/identity';
import { own } from '../../constructs/federation/plan/meshes/kind';
import { MeshCa } from '../certificates';
import { type Opening, openingsOf } from '../policies';
import { type ImitatedMesh, type Imitation, isHttp2, type Sidecar, type Way } from './imitation';
import {
  cluster,
  downstreamTls,
  httpProxy,
  httpRbac,
  type Json,
  type JsonObject,
  listener,
  networkRbac,
  type Part,
  tcpProxy,
  upstreamTls,
} from './parts';

/*
 * What Linkerd's proxy does with the policies of a plan, by Envoys, written after its source. It answers 404
 * where no route is for a request; here that is 403, as where a route admits others.
 *
 * @see https://github.com/linkerd/linkerd2-proxy/tree/release/v2.366.0/linkerd/app/inbound/src
 */

export const LINKERD: Imitation = {
  newCa: (trustDomain) => MeshCa.linkerd(trustDomain),
  // There is no gateway; nobody sees this certificate.
  gatewayId: (member) => linkerdIdentity(own(member, 'linkerd').mesh, 'nowhere', 'gateway'),
  strangerId: (member) => linkerdIdentity(own(member, 'linkerd').mesh, 'default', 'stranger'),
  // Chain and key are one file.
  certificate: ({ whole }) => ({ certificateChain: whole, privateKey: whole }),
  service: (mesh, callee, sidecar) => {
    const { namespace, labels, podPort } = own(callee, 'linkerd');
    const openings = openingsOf(mesh.plan, mesh.name, { namespace, labels, port: podPort });
    return inbound(mesh, callee, sidecar, openings);
  },
  border: (mesh, border, sidecar) => {
    if (border.direction === 'in') throw new Error(`${border.name} is entered past its proxy`);
    const { namespace, podLabels: labels, foreign } = border;
    const openings = openingsOf(mesh.plan, mesh.name, { namespace, labels, port: OUTBOUND_PORT });
    return inbound(mesh, foreign, sidecar, openings);
  },
  toService(mesh, callee, way) {
    const { namespace, serviceAccount } = own(callee, 'linkerd');
    const { mesh: facts } = own(mesh.member, 'linkerd');
    return outbound(mesh, callee, way, linkerdIdentity(facts, namespace, serviceAccount));
  },
  toBorder: (mesh, border, way) => outbound(mesh, border.foreign, way, border.identity),
  toForeign(_, callee) {
    throw new Error(`a proxy of Linkerd has no way to ${callee.ref} of its own`);
  },
  gateway() {
    throw new Error('Linkerd has no gateway');
  },
};

function inbound(
  mesh: ImitatedMesh,
  service: Service,
  { port, application, identity }: Sidecar,
  openings: readonly Opening[],
): Part {
  const name = `${service.id} inbound ${port}`;
  const target = `application ${port}`;
  const policies = Object.fromEntries(
    openings.map((opening, index) => [
      `opening-${index}`,
      { permissions: permissions(opening), principals: principals(opening) },
    ]),
  );
  const filters =
    service.protocol === 'tcp'
      ? [networkRbac(policies), tcpProxy(name, target)]
      : [httpProxy(name, { cluster: target }, named(name, target), [httpRbac(policies)])];
  return {
    listeners: [
      listener(name, port, {
        filters,
        tls: downstreamTls({ identity, trust: mesh.roots, alpn: ['h2', 'http/1.1'] }),
      }),
    ],
    clusters: [cluster(target, [application], { http2: isHttp2(service) })],
  };
}

/** It writes the name of the client in place of what the client may have written. */
function named(name: string, target: string): JsonObject {
  return {
    route_config: {
      name,
      virtual_hosts: [
        {
          name,
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: target } }],
        },
      ],
      request_headers_to_add: [
        {
          header: { key: 'l5d-client-id', value: '%DOWNSTREAM_PEER_DNS_SAN%' },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      ],
    },
  };
}

function permissions({ matches }: Opening): Json {
  return matches === undefined
    ? [{ any: true }]
    : matches.map(({ path, method }) => ({
        and_rules: {
          rules: [
            { url_path: { path: pathMatcher(path) } },
            ...(method === undefined
              ? []
              : [{ header: { name: ':method', string_match: { exact: method } } }]),
          ],
        },
      }));
}

type Path = NonNullable<Opening['matches']>[number]['path'];

function pathMatcher({ type, value }: Path): JsonObject {
  switch (type) {
    case 'Exact':
      return { exact: value };
    case 'RegularExpression':
      return { safe_regex: { regex: value } };
    case 'PathPrefix':
      // By whole segments, but for the one that is before them all.
      return value === '/' ? { prefix: value } : { safe_regex: { regex: `${value}(/.*)?` } };
  }
}

function principals({ identities }: Opening): Json {
  return identities === undefined
    ? [{ any: true }]
    : identities.map((exact) => ({ authenticated: { principal_name: { exact } } }));
}

/** Its own application's calls, to a workload that it knows by name. */
function outbound(mesh: ImitatedMesh, service: Service, way: Way, peer: string): Part {
  const { from, port, identity, endpoints } = way;
  const name = `${from} outbound ${service.id} ${port}`;
  const http2 = isHttp2(service);
  return {
    listeners: [
      listener(name, port, {
        filters: [
          service.protocol === 'tcp' ? tcpProxy(name, name) : httpProxy(name, { cluster: name }),
        ],
      }),
    ],
    clusters: [
      cluster(name, endpoints, {
        http2,
        tls: upstreamTls(peer, {
          identity,
          trust: mesh.roots,
          san: 'DNS',
          peers: [{ exact: peer }],
          alpn: http2 ? ['h2'] : undefined,
        }),
      }),
    ],
  };
}
