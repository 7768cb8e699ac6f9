import { App, TerraformStack } from 'cdktf';
import { ConsulMesh } from 'cdktf-mesh-federation/consul';
import { FederationHalf } from 'cdktf-mesh-federation/federation';
import { IstioMesh } from 'cdktf-mesh-federation/istio';
import { ClusterProviders } from 'cdktf-mesh-federation/kubernetes';
import {
  type AccessPolicy,
  type MeshMember,
  offerOf,
  offerText,
  readOffer,
} from 'cdktf-mesh-federation/plan';

/*
 * Two companies, each with its half. They are in one program here so that it can be run; each company has
 * its own program, with its own kubeconfig and its own state, and the other's offer as a file.
 */

// What both agreed on, each in its own words but for what crosses.
const crossing: AccessPolicy = {
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
};

// ------------------------------------------------------------------------------------------ the shop

const shopMesh = IstioMesh.fromAttributes({
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
const shop: MeshMember = { kind: 'istio', mesh: shopMesh, defaultDeny: false };

// kubectl -n istio-system get configmap istio-ca-root-cert -o jsonpath='{.data.root-cert\\.pem}'
const shopRoots = `-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUY00Njw4oiFQHJNyHrYlE6XaCbJUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJc2hvcCByb290MCAXDTI2MTEyODEyMTUyM1oYDzIxMjYxMTA0
MTIxNTIzWjAUMRIwEAYDVQQDDAlzaG9wIHJvb3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARdtapOS9eKWIsfqnYNYoyho8RgM2SYTwK9KSiTFXhsXqn3YqXcuFIR
9OH+28lfJ4WwsLdWJQooQm2UJ3t8E/dZo2MwYTAdBgNVHQ4EFgQUOQRdIpAxQE0x
dgJ0V1AOkFmuILowHwYDVR0jBBgwFoAUOQRdIpAxQE0xdgJ0V1AOkFmuILowDwYD
VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIh
APZ5SCogdoknSW/40F5NitxSySUA0OwlYQ7R1t3Pqp8LAiB6vVidGtXqSMtIOy7P
eKHUPm9sF+NXWF0VHLIKivwKxw==
-----END CERTIFICATE-----`;

/** What the shop sends to the bank. */
const fromShop = offerText(
  offerOf({
    policy: crossing,
    mesh: 'shop',
    member: shop,
    gateway: 'mesh.shop.example.com',
    roots: shopRoots,
  }),
);

// ------------------------------------------------------------------------------------------ the bank

const bankMesh = ConsulMesh.fromAttributes({
  trustDomain: '0b9a5b1e-4f6d-4a4e-8a57-6d0b1f1a2c3d.consul',
  datacenter: 'dc1',
  namespace: 'consul',
  releaseName: 'consul',
  gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
  acls: true,
  tls: true,
});
const bank: MeshMember = { kind: 'consul', mesh: bankMesh };

// curl https://consul-server:8501/v1/connect/ca/roots?pem=true
const bankRoots = `-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUOlCddakpJVgf6vD1O4AzUTjeoBAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYmFuayByb290MCAXDTI2MTEyODEyMTUyM1oYDzIxMjYxMTA0
MTIxNTIzWjAUMRIwEAYDVQQDDAliYW5rIHJvb3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQEFxFWzBM+8noXKWSTMLQWXvxcDKVY/1ArGwBx3sasIzRAEYZ1ViRD
VuPZQDGGKXkHrJklLL8zrPdzTGuaHBd+o2MwYTAdBgNVHQ4EFgQUT/WEfa0vpfu/
2TLhLLumc2rhTTkwHwYDVR0jBBgwFoAUT/WEfa0vpfu/2TLhLLumc2rhTTkwDwYD
VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIh
AJ/FfOv4WhlEeUmTQsNCSvJIAJjoof2Ij0xpIsnG0x3NAiAKTO5NQcDkwIQEGz5C
ISMhRd4toCx2mDz0HapM+ITNdQ==
-----END CERTIFICATE-----`;

/** What the bank sends to the shop. It shows its roots at an address too. */
const fromBank = offerText(
  offerOf({
    policy: crossing,
    mesh: 'bank',
    member: bank,
    gateway: 'mesh.bank.example.com',
    roots: bankRoots,
    endpoint: { url: 'https://roots.bank.example.com/bundle' },
  }),
);

// ----------------------------------------------------------------------------------------- the halves

const app = new App();
const path = process.env['KUBECONFIG'] ?? '~/.kube/config';

function cluster(stack: TerraformStack, context: string): ClusterProviders {
  return new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'kubeconfig', path, context },
    alias: context,
    charts: false,
  });
}

const shopStack = new TerraformStack(app, 'shop-half');
new FederationHalf(shopStack, 'federation', {
  policy: crossing,
  own: { shop: { ...shop, provider: cluster(shopStack, 'shop').kubernetes } },
  partners: { bank: { offer: readOffer(fromBank, 'bank.offer.json') } },
});

const bankStack = new TerraformStack(app, 'bank-half');
new FederationHalf(bankStack, 'federation', {
  policy: {
    ...crossing,
    // What stays in the bank is in nobody else's policy.
    meshes: {
      ...crossing.meshes,
      bank: {
        kind: 'consul',
        services: { payments: { port: 8080, serviceDefaults: 'existing' }, ledger: {} },
      },
    },
    rules: [...crossing.rules, { from: 'bank/payments', to: 'bank/ledger' }],
  },
  own: { bank: { ...bank, provider: cluster(bankStack, 'bank').kubernetes } },
  partners: { shop: { offer: readOffer(fromShop, 'shop.offer.json') } },
});

app.synth();
