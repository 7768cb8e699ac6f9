import { compilePolicy } from '../constructs/federation/plan';
import { consulMember, istioMember } from '../support/policy/installed-meshes';

export const ISTIO_TRUST_DOMAIN = 'istio.example.com';

export const meshes = { istio: istioMember(ISTIO_TRUST_DOMAIN), consul: consulMember() };

/** A plan with borders, readers and callers in both clusters, for the attempts against its admission policies. */
export const plan = compilePolicy({
  policy: {
    meshes: {
      istio: {
        kind: 'istio',
        borderNamespace: 'borders',
        services: { backend: { namespace: 'shop' }, other: { namespace: 'back-office' } },
      },
      consul: { kind: 'consul', services: { info: {} } },
    },
    rules: [
      { from: 'istio/backend', to: 'consul/info' },
      { from: 'istio/other', to: 'consul/info' },
      { from: 'consul/info', to: 'istio/backend' },
    ],
  },
  meshes,
});
