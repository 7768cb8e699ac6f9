import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { defineConfig, type ConfigInput } from '../../config';
import { addStacks } from '../../stacks';
import { ConsulMeshStack } from '../../stacks/consul-mesh';
import { ConsulWorkloadsStack } from '../../stacks/consul-workloads';
import { IstioWorkloadsStack } from '../../stacks/istio-workloads';
import { customResources, releaseValues, synthesise } from '../helpers/synth';

/** The stacks of a configuration, as far as the access policy is concerned. */
function stacks(settings: ConfigInput = {}) {
  const app = Testing.app();
  addStacks(
    app,
    defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } }, ...settings }).config,
  );
  const { children } = app.node;
  const [istio] = children.filter((child) => child instanceof IstioWorkloadsStack);
  const [consul] = children.filter((child) => child instanceof ConsulWorkloadsStack);
  const [consulMesh] = children.filter((child) => child instanceof ConsulMeshStack);
  if (!istio || !consul || !consulMesh) throw new Error('a stack is missing');
  return { istio, consul, consulMesh };
}

const MADE_HERE = { 'app.kubernetes.io/managed-by': 'cdktf-mesh-federation' };

describe('the weather application', () => {
  const { istio, consul } = stacks({ profile: 'thesis' });

  it("has the thesis's AuthorizationPolicy allow-info", () => {
    expect(customResources(istio)).toContainEqual({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'allow-info', namespace: 'default', labels: MADE_HERE },
      spec: {
        selector: { matchLabels: { app: 'backend' } },
        action: 'ALLOW',
        rules: [
          {
            from: [{ source: { principals: ['cluster.local/ns/default/sa/info'] } }],
            to: [{ operation: { methods: ['GET'], paths: ['/weather'] } }],
          },
        ],
      },
    });
  });

  it("has the thesis's ServiceIntentions allow-backend", () => {
    expect(customResources(consul)).toContainEqual({
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ServiceIntentions',
      metadata: { name: 'allow-backend', namespace: 'default', labels: MADE_HERE },
      spec: {
        destination: { name: 'info' },
        sources: [
          {
            name: 'backend',
            permissions: [
              { action: 'allow', http: { pathPrefix: '/', methods: ['GET'] } },
              // What Consul would do by itself, unless its default_intention_policy is another one.
              { action: 'deny', http: { pathRegex: '.*' } },
            ],
          },
          { name: '*', action: 'deny' },
        ],
      },
    });
  });

  it('replaces the policy of a call by one of another name without a gap', () => {
    const created = Object.values(synthesise(istio).resource?.['kubernetes_manifest'] ?? {});
    expect(
      created.flatMap(({ manifest, lifecycle }) =>
        JSON.stringify(manifest).includes('"allow-') ? [lifecycle] : [],
      ),
    ).toEqual([
      expect.objectContaining({ create_before_destroy: true }),
      expect.objectContaining({ create_before_destroy: true }),
    ]);
  });

  it('lets frontend call backend, and nobody else', () => {
    expect(
      customResources(istio).flatMap(({ kind, metadata }) =>
        kind === 'AuthorizationPolicy' ? [(metadata as { name: string }).name] : [],
      ),
    ).toEqual(['allow-info', 'allow-frontend', 'default-deny']);
  });
});

describe('the access policy', () => {
  const policy: ConfigInput = {
    weather: { enabled: false },
    accessPolicy: {
      meshes: {
        istio: { services: { one: { gatewayPort: 9001 }, two: { gatewayPort: 9002 } } },
        consul: { services: { info: {} } },
      },
      rules: [
        { from: 'istio/two', to: 'consul/info' },
        { from: 'istio/one', to: 'consul/info' },
      ],
    },
  };

  it("opens a port of Consul's gateway for each service that calls, and no other", () => {
    expect(releaseValues(stacks(policy).consulMesh, 'consul')).toMatchObject({
      ingressGateways: {
        gateways: [
          {
            service: {
              ports: [9001, 9002].map((port) => ({ port })),
            },
          },
        ],
      },
    });
  });

  it('leaves the borders to the federation, so that the meshes stay when it goes', () => {
    const { istio, consul } = stacks(policy);
    const kinds = [istio, consul].map((stack) =>
      customResources(stack)
        .map(({ kind, metadata }) => `${String(kind)} ${(metadata as { name: string }).name}`)
        .sort(),
    );
    expect(kinds).toEqual([
      ['AuthorizationPolicy default-deny', 'PeerAuthentication default'],
      [
        'Mesh mesh',
        'ProxyDefaults global',
        'ServiceDefaults info',
        'ServiceIntentions callers-of-info',
        'ServiceIntentions default-deny',
      ],
    ]);
  });
});
