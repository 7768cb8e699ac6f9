import {
  type AccessPlan,
  type AccessPolicy,
  compilePolicy,
  type MeshMember,
  type StandIn,
} from '../../constructs/federation/plan';
import { consulMember, istioMember } from '../../scripts/support/installed-meshes';

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

/** The one stand-in of a kind in a plan. */
export function standIn<Kind extends StandIn['kind']>(
  plan: AccessPlan,
  kind: Kind,
): Extract<StandIn, { kind: Kind }> {
  const found = plan.standIns.filter(
    (candidate): candidate is Extract<StandIn, { kind: Kind }> => candidate.kind === kind,
  );
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${kind}`);
  return only;
}
