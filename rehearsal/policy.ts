import {
  type AccessPlan,
  type AccessPolicy,
  compilePolicy,
  type PlannedBorder,
} from '../constructs/federation/plan';
import { CONSUL_TRUST_DOMAIN, consulMember, istioMember } from '../support/policy/installed-meshes';

/*
 * What is rehearsed: a policy like any user's, and what the compiler of the deploy makes of it. Names on
 * the wire, identities, crossings, ports and the meshes' own policies all come from there.
 */

export { CONSUL_TRUST_DOMAIN };
export const ISTIO_TRUST_DOMAIN = 'cluster.local';

/** The two meshes, as the constructs install them. */
export const MESHES = { istio: istioMember(ISTIO_TRUST_DOMAIN), consul: consulMember() };

/** Services of every protocol, in both directions: the weather application's and some more. */
const POLICY: AccessPolicy = {
  meshes: {
    istio: {
      kind: 'istio',
      services: {
        backend: {},
        'backend-grpc': { protocol: 'http2' },
        queue: { protocol: 'tcp' },
      },
    },
    consul: {
      kind: 'consul',
      services: {
        info: { intentionsName: 'allow-backend' },
        maps: { protocol: 'http2' },
        stock: { protocol: 'tcp' },
      },
    },
  },
  rules: [
    // The thesis's rule: GET only.
    {
      from: 'istio/backend',
      to: 'consul/info',
      allow: [{ methods: ['GET'], pathPrefix: '/', upgrades: ['websocket'] }],
    },
    {
      from: 'istio/backend',
      to: 'consul/maps',
      allow: [{ pathPrefix: '/api' }, { pathPrefix: '/rehearsal.Echo/' }],
    },
    { from: 'istio/backend', to: 'consul/stock' },
    {
      from: 'consul/info',
      to: 'istio/backend',
      allow: [{ methods: ['GET'], pathExact: '/weather', upgrades: ['websocket'] }],
    },
    { from: 'consul/maps', to: 'istio/backend' },
    { from: 'consul/maps', to: 'istio/backend-grpc' },
    { from: 'consul/maps', to: 'istio/queue' },
    // Within one mesh, to compare with.
    { from: 'consul/maps', to: 'consul/info' },
  ],
};

/** What the rehearsal's own policy comes to. */
export const PLAN: AccessPlan = compilePolicy({ policy: POLICY, meshes: MESHES });

/** The same, entered by Services of the borders, past gateways and the borders' sidecars. */
export const SERVICE_PLAN: AccessPlan = compilePolicy({
  policy: {
    ...POLICY,
    meshes: Object.fromEntries(
      Object.entries(POLICY.meshes).map(([name, mesh]) => [
        name,
        mesh.kind === 'linkerd' ? mesh : { ...mesh, in: 'service' as const },
      ]),
    ),
  },
  meshes: MESHES,
});

/** The same, entered by gateways of the Kubernetes Gateway API. */
export const GATEWAY_API_PLAN: AccessPlan = compilePolicy({
  policy: POLICY,
  meshes: {
    istio: {
      ...MESHES.istio,
      mesh: {
        ...MESHES.istio.mesh,
        gateway: { ...MESHES.istio.mesh.gateway, kind: 'gateway-api' },
      },
    },
    consul: {
      ...MESHES.consul,
      mesh: {
        ...MESHES.consul.mesh,
        gateway: { kind: 'api', name: 'api-gateway', serviceName: 'consul-api-gateway' },
      },
    },
  },
});

/** The border of a mesh that represents a foreign service, for calls in or out. */
export function borderOf<Direction extends PlannedBorder['direction']>(
  plan: AccessPlan,
  mesh: string,
  direction: Direction,
  foreign: string,
): Extract<PlannedBorder, { direction: Direction }> {
  const found = plan.borders.find(
    (candidate): candidate is Extract<PlannedBorder, { direction: Direction }> =>
      candidate.mesh === mesh &&
      candidate.direction === direction &&
      candidate.foreign.ref === foreign,
  );
  if (found === undefined) throw new Error(`no border ${direction} of ${mesh} for ${foreign}`);
  return found;
}

/** The crossing of a call through a border. */
export function crossing<Border extends PlannedBorder>(
  border: Border,
  id: string,
): Border['crossings'][number] {
  const found = border.crossings.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no crossing ${id} in ${border.name}`);
  return found;
}
