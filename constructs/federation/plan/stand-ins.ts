import { serviceHost } from '../../kubernetes/cluster-domain';
import type { CrossingProtocol } from './crossing';
import { consulSpiffeId, istioSpiffeId, serverNameOf } from './identity';
import type { ConsulMember, IstioMember } from './model';
import {
  BORDER_LABEL,
  BORDER_PORT,
  type ConsulInboundStandIn,
  type ConsulOutboundStandIn,
  type IstioInboundStandIn,
  type PlannedMesh,
  type StandIn,
} from './plan';
import {
  type ConsulServiceFacts,
  type CrossCall,
  gatewayPortsOf,
  type IstioServiceFacts,
  type Service,
} from './resolve';

/** A border's sidecar offers the services that it calls from this port of loopback on. */
const FIRST_UPSTREAM_PORT = 9191;

type Meshes = Readonly<Record<string, PlannedMesh>>;

/**
 * The borders that these calls need: one in the callee's mesh for each calling service, and for calls
 * out of Consul also one in the caller's mesh for each service called. Istio's sidecars speak to the
 * foreign gateway themselves.
 */
export function standInsFor(meshes: Meshes, calls: readonly CrossCall[]): StandIn[] {
  const fromIstio = calls.flatMap((call) => toConsul(call));
  const fromConsul = calls.flatMap((call) => toIstio(call));
  return [
    ...grouped(fromIstio, ({ caller, callee }) => `${caller.ref} ${callee.mesh}`).map((group) =>
      consulInbound(meshes, group),
    ),
    ...grouped(fromConsul, ({ caller, callee }) => `${caller.mesh} ${callee.ref}`).map((group) =>
      consulOutbound(meshes, group),
    ),
    ...grouped(fromConsul, ({ caller, callee }) => `${caller.ref} ${callee.mesh}`).map((group) =>
      istioInbound(meshes, group),
    ),
  ];
}

type ToConsul = CrossCall & {
  readonly caller: IstioServiceFacts;
  readonly callee: ConsulServiceFacts;
};
type ToIstio = CrossCall & {
  readonly caller: ConsulServiceFacts;
  readonly callee: IstioServiceFacts;
};
type Group<Item> = readonly [Item, ...Item[]];

function toConsul(call: CrossCall): ToConsul[] {
  const { caller, callee } = call;
  return caller.kind === 'istio' && callee.kind === 'consul' ? [{ ...call, caller, callee }] : [];
}

function toIstio(call: CrossCall): ToIstio[] {
  const { caller, callee } = call;
  return caller.kind === 'consul' && callee.kind === 'istio' ? [{ ...call, caller, callee }] : [];
}

function consulInbound(meshes: Meshes, calls: Group<ToConsul>): ConsulInboundStandIn {
  const { caller: foreign, callee } = calls[0];
  const { mesh, borderNamespace: namespace } = consulMesh(meshes, callee.mesh);
  const name = `${foreign.standIn}-inbound`;
  const peer = callerId(meshes, foreign);
  const upstreams = calls.map((call, index) => ({
    call,
    service: call.callee.name,
    port: FIRST_UPSTREAM_PORT + index,
  }));
  return {
    kind: 'consul-inbound',
    mesh: callee.mesh,
    namespace,
    name,
    serviceAccount: foreign.standIn,
    spiffeId: consulSpiffeId(mesh, foreign.standIn),
    consulService: foreign.standIn,
    kubernetesService: name,
    port: BORDER_PORT,
    gatewayPorts: gatewayPortsOf(foreign),
    podLabels: { [BORDER_LABEL]: name },
    foreignMesh: foreign.mesh,
    foreign,
    upstreams: upstreams.map(({ service, port }) => ({ service, port })),
    calls,
    crossings: upstreams.map(({ call, service, port }) => ({
      ...crossing(call, peer),
      peer,
      callee: { authority: service, address: { host: '127.0.0.1', port } },
    })),
  };
}

function consulOutbound(meshes: Meshes, calls: Group<ToIstio>): ConsulOutboundStandIn {
  const { caller, callee: foreign } = calls[0];
  const { mesh, borderNamespace: namespace, bordersMovedFrom } = consulMesh(meshes, caller.mesh);
  const far = istioMesh(meshes, foreign.mesh);
  const name = outboundName(foreign);
  const namespaces = calls.map((call) => call.caller.namespace);
  return {
    kind: 'consul-outbound',
    mesh: caller.mesh,
    namespace,
    name,
    serviceAccount: name,
    spiffeId: consulSpiffeId(mesh, name),
    consulService: name,
    consulProtocol: CONSUL_PROTOCOL[foreign.protocol],
    // The application calls this name; transparent proxy takes it for the Consul service.
    kubernetesService: foreign.standIn,
    port: foreign.port,
    // Where the former ones are, their Service has the name until they go.
    aliasNamespaces: [...new Set(namespaces)].filter(
      (other) => other !== namespace && other !== bordersMovedFrom,
    ),
    gatewayPort: far.mesh.gateway.tlsPort,
    podLabels: { [BORDER_LABEL]: name },
    foreignMesh: foreign.mesh,
    foreign,
    calls,
    crossings: calls.map((call) => ({
      ...crossing(call, callerId(meshes, call.caller)),
      peer: istioSpiffeId(far.mesh, far.borderNamespace, call.caller.standIn),
      ...(far.bordersMovedFrom !== undefined && {
        formerPeer: istioSpiffeId(far.mesh, far.bordersMovedFrom, call.caller.standIn),
      }),
      authority: hostOf(meshes, foreign),
    })),
  };
}

function istioInbound(meshes: Meshes, calls: Group<ToIstio>): IstioInboundStandIn {
  const { caller: foreign, callee } = calls[0];
  const { mesh, borderNamespace: namespace } = istioMesh(meshes, callee.mesh);
  const far = consulMesh(meshes, foreign.mesh);
  const name = `${foreign.standIn}-border`;
  return {
    kind: 'istio-inbound',
    mesh: callee.mesh,
    namespace,
    name,
    serviceAccount: foreign.standIn,
    spiffeId: istioSpiffeId(mesh, namespace, foreign.standIn),
    kubernetesService: name,
    port: BORDER_PORT,
    podLabels: { [BORDER_LABEL]: name },
    foreignMesh: foreign.mesh,
    foreign,
    calls,
    crossings: calls.map((call) => ({
      ...crossing(call, callerId(meshes, foreign)),
      peer: consulSpiffeId(far.mesh, outboundName(call.callee)),
      callee: {
        authority: hostOf(meshes, call.callee),
        address: { host: hostOf(meshes, call.callee), port: call.callee.port },
      },
    })),
  };
}

/**
 * A Consul sidecar tells the border who calls for `http` and `http2`, not for `grpc`, which is HTTP/2.
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/listeners.go `includeXFCC && notGRPC`
 */
const CONSUL_PROTOCOL: Readonly<Record<CrossingProtocol, ConsulOutboundStandIn['consulProtocol']>> =
  {
    tcp: 'tcp',
    http: 'http',
    http2: 'http2',
    grpc: 'http2',
  };

function crossing(call: CrossCall, caller: string) {
  return {
    id: `${call.caller.id}-to-${call.callee.id}`,
    serverName: serverNameOf(call.caller, call.callee),
    caller,
    protocol: call.callee.protocol,
    allow: call.allow,
  };
}

function callerId(meshes: Meshes, caller: IstioServiceFacts | ConsulServiceFacts): string {
  return caller.kind === 'istio'
    ? istioSpiffeId(istioMesh(meshes, caller.mesh).mesh, caller.namespace, caller.serviceAccount)
    : consulSpiffeId(consulMesh(meshes, caller.mesh).mesh, caller.name);
}

/** Name of the border by which a Consul mesh calls a foreign service. */
export function outboundName(service: Pick<Service, 'standIn'>): string {
  return `${service.standIn}-outbound`;
}

/** Full name of a service in its own cluster. */
function hostOf(meshes: Meshes, { mesh, name, namespace }: IstioServiceFacts): string {
  return serviceHost(name, namespace, istioMesh(meshes, mesh).mesh.clusterDomain);
}

function istioMesh(meshes: Meshes, name: string): IstioMember & PlannedMesh {
  const mesh = meshes[name];
  if (mesh?.kind !== 'istio') {
    throw new Error(`${name} is not an Istio mesh`);
  }
  return mesh;
}

function consulMesh(meshes: Meshes, name: string): ConsulMember & PlannedMesh {
  const mesh = meshes[name];
  if (mesh?.kind !== 'consul') {
    throw new Error(`${name} is not a Consul mesh`);
  }
  return mesh;
}

function grouped<Item>(items: readonly Item[], key: (item: Item) => string): Group<Item>[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) {
      groups.set(key(item), [item]);
    } else {
      group.push(item);
    }
  }
  return [...groups.values()];
}
