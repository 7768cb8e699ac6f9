import type { AccessPlan } from '../../constructs/federation/plan';
import { CONSUL, ISTIO, LINKERD } from '../../versions';

/** The meshes of the world, by kind. Two of them are a pair at a time. */
export type Mesh = 'istio' | 'consul' | 'linkerd';

/** The pair that the world begins with. */
export type Paired = Exclude<Mesh, 'linkerd'>;

/** The API servers. Linkerd is where Istio was: nobody looks at what is left of that then. */
export type Place = Paired;
export const PLACES: readonly Place[] = ['istio', 'consul'];
/** Where each mesh is. */
export const PLACE: Readonly<Record<Mesh, Place>> = {
  istio: 'istio',
  consul: 'consul',
  linkerd: 'istio',
};

/** The other mesh of the pair that the world begins with. */
export function otherThan(mesh: Paired): Paired {
  return mesh === 'istio' ? 'consul' : 'istio';
}

export function isMesh(name: string): name is Mesh {
  return name in PLACE;
}

/** Of the Linkerd mesh, in the settings too. */
export const LINKERD_TRUST_DOMAIN = 'shop.example.com';

/** Where the gateways' names lead. */
export const LOOPBACK: Readonly<Record<Mesh, string>> = {
  istio: '127.0.0.21',
  consul: '127.0.0.22',
  linkerd: '127.0.0.23',
};

/** Name of a gateway's load balancer. */
export function gatewayName(mesh: string): string {
  return `${mesh}-gateway.example.com`;
}

/** Port by which the first crossing enters. */
export function gatewayPort(plan: AccessPlan, mesh: Mesh): number {
  const member = plan.meshes[mesh];
  if (member?.kind === 'istio') return member.mesh.gateway.tlsPort;
  const border = plan.borders.find((one) => one.mesh === mesh && one.direction === 'in');
  return border?.direction === 'in' ? border.gatewayPorts[0] : 0;
}

/** Services of the control planes, as the charts of the meshes label them. */
export const CONTROL_PLANES: Readonly<
  Record<Mesh, readonly { namespace: string; name: string; labels: Record<string, string> }[]>
> = {
  istio: [{ namespace: 'istio-system', name: 'istiod', labels: { app: 'istiod', istio: 'pilot' } }],
  consul: ['server', 'connect-injector'].map((component) => ({
    namespace: 'consul',
    name: `consul-${component}`,
    labels: { app: 'consul', component },
  })),
  linkerd: [
    ['linkerd-identity', 'identity'],
    ['linkerd-dst', 'destination'],
    ['linkerd-policy', 'destination'],
    ['linkerd-proxy-injector', 'proxy-injector'],
  ].map(([name = '', component = '']) => ({
    namespace: 'linkerd',
    name,
    labels: { 'linkerd.io/control-plane-component': component },
  })),
};

/** The proxies that the meshes' injectors add to pods. */
export const SIDECARS: Readonly<Record<Mesh, { readonly name: string; readonly image: string }>> = {
  istio: { name: 'istio-proxy', image: `docker.io/istio/proxyv2:${ISTIO.version}` },
  consul: { name: 'consul-dataplane', image: `hashicorp/consul-dataplane:${CONSUL.version}` },
  linkerd: { name: 'linkerd-proxy', image: `cr.l5d.io/linkerd/proxy:edge-${LINKERD.version}` },
};
