import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { loadConfig } from '../../config';
import { ROOT } from '../../support/paths';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { releaseValues, resources, stackOf } from '../helpers/synth';

function stacksOf(FEDERATION_CONFIG: string) {
  const { config } = loadConfig({ env: { FEDERATION_CONFIG } });
  const app = Testing.app();
  addStacks(app, config);
  return app;
}

describe('Two meshes in one cluster', () => {
  const app = stacksOf(path.join(ROOT, 'examples/one-cluster-two-meshes/federation.yaml'));
  const named = (name: string) => stackOf(app, name);

  it('are made one after the other in the one cluster', () => {
    const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
    expect(stacks.map(({ node }) => node.id)).toEqual([
      'nat-addresses',
      'shared-cluster',
      'shop-mesh',
      'bank-mesh',
      'shop-workloads',
      'bank-workloads',
      'federation',
    ]);
    expect(named('bank-mesh').dependencies.map(({ node }) => node.id)).toEqual(
      expect.arrayContaining(['shop-mesh', 'shared-cluster']),
    );
  });

  it('have no load balancers, and borders apart', () => {
    expect(releaseValues(named('shop-mesh'), 'istio-ingressgateway')).toMatchObject({
      service: { type: 'ClusterIP' },
    });
    expect(releaseValues(named('bank-mesh'), 'consul')).toMatchObject({
      ingressGateways: { gateways: [{ service: { type: 'ClusterIP' } }] },
    });
    const deployments = Object.values(resources(named('federation'), 'kubernetes_deployment_v1'));
    expect(
      deployments.map(({ metadata }) => (metadata as { namespace: string }).namespace).sort(),
    ).toEqual([
      'federation-borders-bank',
      'federation-borders-bank',
      'federation-borders-shop',
      'federation-borders-shop',
    ]);
  });
});

describe('A mesh that others enter by its borders', () => {
  const folder = temporaryFolder();
  const app = stacksOf(
    writeFile(
      folder,
      'federation.yaml',
      [
        "aws: { region: eu-north-1, accountId: '111122223333' }",
        'eks: { endpoint: { publicCidrs: [203.0.113.7/32] } }',
        'weather: { enabled: false }',
        'accessPolicy:',
        '  meshes:',
        '    istio: { in: service, services: { backend: {} } }',
        '    consul: { services: { info: {} } }',
        '  rules: [{ from: consul/info, to: istio/backend }]',
        'meshes: { istio: { gateway: { annotations: { mine: here } } } }',
      ].join('\n'),
    ),
  );
  const [entrance] = Object.values(resources(stackOf(app, 'federation'), 'kubernetes_service_v1'))
    .map((block) => block as { metadata: { name: string }; spec: Record<string, unknown> })
    .filter(({ metadata }) => metadata.name === 'federation-entrance');

  it('has a load balancer like that of its gateway, for those who call', () => {
    expect(entrance).toMatchObject({
      metadata: {
        namespace: 'federation-borders',
        annotations: {
          'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
          'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
          mine: 'here',
        },
      },
      spec: { type: 'LoadBalancer' },
    });
    // The addresses of the NAT gateways of Consul's cluster, which another stack has.
    expect(JSON.stringify(entrance?.spec['load_balancer_source_ranges'])).toContain('aws_eip');
  });

  it('has none for the gateway itself', () => {
    expect(releaseValues(stackOf(app, 'istio-mesh'), 'istio-ingressgateway')).toMatchObject({
      service: { type: 'ClusterIP' },
    });
  });
});
