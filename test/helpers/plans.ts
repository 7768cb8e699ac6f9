import {
  type AccessPlan,
  type AccessPolicy,
  compilePolicy,
  type MeshMember,
  type PlannedBorder,
} from '../../constructs/federation/plan';
import { consulMember, istioMember } from '../../support/policy/installed-meshes';

/** The weather application's policy: backend and info call each other. The borders are beside them. */
export const WEATHER: AccessPolicy = {
  meshes: {
    istio: {
      kind: 'istio',
      borderNamespace: 'default',
      services: { frontend: {}, backend: {} },
    },
    consul: {
      kind: 'consul',
      borderNamespace: 'default',
      services: { info: { intentionsName: 'allow-backend' } },
    },
  },
  rules: [
    { from: 'istio/frontend', to: 'istio/backend' },
    { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
    {
      from: 'consul/info',
      to: 'istio/backend',
      allow: [{ methods: ['GET'], pathExact: '/weather' }],
    },
  ],
};

export const ISTIO: MeshMember = istioMember();
export const CONSUL = consulMember();

/** The plan of a policy between one Istio mesh and one Consul mesh. */
export function planOf(policy: AccessPolicy): AccessPlan {
  return compilePolicy({ policy, meshes: { istio: ISTIO, consul: CONSUL } });
}

/** The one border of a mesh in a plan for calls in this direction. */
export function borderOf<Direction extends PlannedBorder['direction']>(
  plan: AccessPlan,
  mesh: string,
  direction: Direction,
): Extract<PlannedBorder, { direction: Direction }> {
  const found = plan.borders.filter(
    (candidate): candidate is Extract<PlannedBorder, { direction: Direction }> =>
      candidate.mesh === mesh && candidate.direction === direction,
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} borders ${direction} of ${mesh}`);
  }
  return only;
}
