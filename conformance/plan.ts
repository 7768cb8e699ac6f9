import { compilePolicy } from '../constructs/federation/plan';

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
  meshes: {
    istio: {
      kind: 'istio',
      mesh: {
        trustDomain: 'istio.example.com',
        rootNamespace: 'istio-system',
        gateway: {
          namespace: 'istio-ingress',
          serviceName: 'istio-ingressgateway',
          serviceAccount: 'istio-ingressgateway',
          selector: { istio: 'ingressgateway' },
          tlsPort: 8443,
        },
      },
    },
    consul: {
      kind: 'consul',
      mesh: {
        trustDomain: '11111111-2222-4333-8444-555555555555.consul',
        datacenter: 'dc1',
        namespace: 'consul',
        releaseName: 'consul',
        gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
        acls: true,
        tls: true,
      },
    },
  },
});
