import { App, TerraformStack } from 'cdktf';
import { ConsulMesh } from 'cdktf-mesh-federation/consul';
import { Federation } from 'cdktf-mesh-federation/federation';
import { IstioMesh } from 'cdktf-mesh-federation/istio';
import { ClusterProviders } from 'cdktf-mesh-federation/kubernetes';

// Two meshes that somebody else installed, as they are.
const shop = IstioMesh.fromAttributes({
  trustDomain: 'shop.example.com',
  rootNamespace: 'istio-system',
  gateway: {
    namespace: 'istio-system',
    serviceName: 'istio-ingressgateway',
    serviceAccount: 'istio-ingressgateway-service-account',
    selector: { istio: 'ingressgateway' },
    tlsPort: 15443,
  },
});
const bank = ConsulMesh.fromAttributes({
  trustDomain: '0b9a5b1e-4f6d-4a4e-8a57-6d0b1f1a2c3d.consul',
  datacenter: 'dc1',
  namespace: 'consul',
  releaseName: 'consul',
  // The chart's value global.name.
  namePrefix: 'consul',
  gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
  acls: true,
  tls: true,
});

const app = new App();
const stack = new TerraformStack(app, 'federation');
const path = process.env['KUBECONFIG'] ?? '~/.kube/config';
const cluster = (context: string) =>
  new ClusterProviders(stack, `${context}-cluster`, {
    connection: { kind: 'kubeconfig', path, context },
    alias: context,
    charts: false,
  });
const shopCluster = cluster('shop');
const bankCluster = cluster('bank');

new Federation(stack, 'federation', {
  meshes: {
    shop: {
      kind: 'istio',
      mesh: shop,
      provider: shopCluster.kubernetes,
      apiServer: shopCluster.apiServer,
      // This mesh allows what nobody denies.
      defaultDeny: false,
    },
    bank: {
      kind: 'consul',
      mesh: bank,
      provider: bankCluster.kubernetes,
      apiServer: bankCluster.apiServer,
    },
  },
  policy: {
    meshes: {
      shop: { kind: 'istio', services: { checkout: { namespace: 'shop' } } },
      bank: { kind: 'consul', services: { payments: { port: 8080, serviceDefaults: 'existing' } } },
    },
    rules: [
      {
        from: 'shop/checkout',
        to: 'bank/payments',
        allow: [{ methods: ['POST'], pathExact: '/payments' }],
      },
    ],
  },
});

app.synth();
