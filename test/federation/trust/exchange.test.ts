import { describe, expect, it } from '@jest/globals';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TerraformStack, Testing } from 'cdktf';
import { type AccessPolicy, compilePolicy, type MeshMember } from '../../../constructs/federation';
import {
  bundleNeeds,
  type ExchangingMesh,
  TrustBundleExchange,
  type TrustBundleExchangeProps,
} from '../../../constructs/federation/trust';
import { type Block, resource, resources, synthesise } from '../../support/synth';

const meshes: Readonly<Record<'istio' | 'consul', MeshMember>> = {
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
      trustDomain: '11111111-2222-3333-4444-555555555555.consul',
      datacenter: 'dc1',
      namespace: 'consul',
      releaseName: 'consul',
      gateway: { name: 'ingress-gateway', serviceName: 'consul-ingress-gateway' },
      acls: true,
      tls: true,
    },
  },
};

const policy: AccessPolicy = {
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
};
const plan = compilePolicy({ policy, meshes });

const apiServer = (name: string) => ({
  address: `https://${name}.example.com`,
  certificateAuthority: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
});

function given(
  props: Partial<TrustBundleExchangeProps> = {},
  own: Readonly<Record<string, ExchangingMesh>> = {},
) {
  const stack = new TerraformStack(Testing.app(), 'federation');
  const provider = (alias: string) => new KubernetesProvider(stack, alias, { alias });
  const exchange = new TrustBundleExchange(stack, 'trust', {
    plan,
    meshes: {
      istio: { provider: provider('istio'), apiServer: apiServer('istio'), ...own['istio'] },
      consul: { provider: provider('consul'), apiServer: apiServer('consul'), ...own['consul'] },
    },
    ...props,
  });
  return { stack, exchange };
}

const at = (namespace: string, name: string) => ({ namespace, name });

function inCluster(stack: TerraformStack, type: string, mesh: string): Block[] {
  return Object.values(resources(stack, type)).filter(
    ({ provider }) => provider === `kubernetes.${mesh}`,
  );
}

describe('where roots are needed', () => {
  it('is each border, and each calling workload of Istio', () => {
    expect(bundleNeeds(plan)).toEqual([
      { mesh: 'consul', foreignMesh: 'istio', namespaces: ['default'] },
      { mesh: 'istio', foreignMesh: 'consul', namespaces: ['shop', 'back-office', 'borders'] },
    ]);
  });
});

describe('foreign roots', () => {
  const { stack } = given();

  it('are in each of these namespaces', () => {
    const names = (mesh: string) =>
      inCluster(stack, 'kubernetes_config_map_v1', mesh).map(({ metadata }) => metadata);
    expect(names('consul')).toContainEqual(at('default', 'federation-roots-istio'));
    for (const namespace of ['shop', 'back-office', 'borders']) {
      expect(names('istio')).toContainEqual(at(namespace, 'federation-roots-consul'));
    }
  });

  it('are carried over once, and then left to the job', () => {
    const bundle = resource(stack, 'kubernetes_config_map_v1', {
      metadata: { name: 'federation-roots-istio', namespace: 'default' },
    });
    expect(bundle).toMatchObject({
      data: {
        'roots.pem': expect.stringMatching(
          /^\$\{data\.kubernetes_config_map_v1\.[\w-]*publish-istio[\w-]*\.data\["roots\.pem"\]\}$/,
        ),
      },
      lifecycle: { ignore_changes: ['data'] },
    });
  });
});

describe('no secret', () => {
  it('is in the output, and none gets into the state', () => {
    const { stack } = given();
    for (const secret of Object.values(resources(stack, 'kubernetes_secret_v1'))) {
      expect(secret).not.toHaveProperty('data');
      expect(secret).toMatchObject({
        data_wo: {
          token: expect.stringMatching(
            /^\$\{ephemeral\.kubernetes_token_request_v1\.[\w-]+\.token\}$/,
          ),
        },
        data_wo_revision: 1,
      });
    }
    expect(synthesise(stack)).toMatchObject({ terraform: { required_version: '>= 1.11.0' } });
    expect(synthesise(stack).data).not.toHaveProperty('kubernetes_secret_v1');
  });
});
