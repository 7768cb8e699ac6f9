import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Testing, TerraformStack } from 'cdktf';
import { defineConfig, loadConfig } from '../../config';
import { deployedImages } from '../../config/deployed-images';
import { addStacks } from '../../stacks';
import { LINKERD } from '../../versions';
import { type Block, resources } from '../helpers/synth';

const FEDERATION_CONFIG = path.join(
  __dirname,
  '../../examples/linkerd-with-consul/federation.yaml',
);

describe('a federation with Linkerd, by settings', () => {
  const app = Testing.app();
  const { config } = loadConfig({ env: { FEDERATION_CONFIG } });
  const of = (stack: string, type: string): Block[] => {
    const found = app.node.tryFindChild(stack);
    if (!TerraformStack.isStack(found)) throw new Error(`no stack ${stack}`);
    return Object.values(resources(found, type));
  };

  beforeAll(() => {
    addStacks(app, config);
  });

  it('has the stacks of every mesh', () => {
    expect(app.node.children.map(({ node }) => node.id)).toEqual(
      expect.arrayContaining(['shop-cluster', 'shop-mesh', 'shop-workloads', 'federation']),
    );
  });

  it('opens the nodes to the webhooks of its control plane', () => {
    const ports = of('shop-cluster', 'aws_vpc_security_group_ingress_rule').map(
      ({ from_port: port }) => port,
    );
    expect(ports).toEqual(expect.arrayContaining([8443, 9443]));
  });

  it('has no Secret and no key in the state of the mesh', () => {
    expect(of('shop-mesh', 'kubernetes_secret_v1')).toEqual([]);
    expect(of('shop-mesh', 'tls_private_key')).toEqual([]);
  });

  it('has its control plane when trust anchor and issuer are there', () => {
    const releases = of('shop-mesh', 'helm_release');
    const control = releases.find(({ name }) => name === 'linkerd-control-plane');
    expect(control?.['depends_on']).toContainEqual(expect.stringContaining('authority'));
  });

  it('closes the services of the mesh with the mesh, and the borders with the federation', () => {
    const servers = (stack: string) =>
      of(stack, 'kubernetes_manifest').flatMap(({ manifest }) => {
        const { kind, metadata } = manifest as { kind: string; metadata: { name: string } };
        return kind === 'Server' ? [metadata.name] : [];
      });
    expect(servers('shop-workloads')).toEqual(['orders']);
    expect(servers('federation')).toEqual(['border.stock-outbound']);
  });

  it('lets others in by a load balancer of the cloud, from where they call', () => {
    const [entrance, ...others] = of('federation', 'kubernetes_service_v1').filter(
      ({ spec }) => (spec as { type?: string }).type === 'LoadBalancer',
    );
    expect(others).toEqual([]);
    expect(entrance).toMatchObject({
      metadata: {
        name: 'federation-entrance',
        annotations: { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' },
      },
      spec: { load_balancer_source_ranges: [expect.stringContaining('/32')] },
    });
  });

  it('pulls images of the pinned release', () => {
    const release = `edge-${LINKERD.version.slice(2)}`;
    expect(deployedImages(config).map(({ image }) => image)).toEqual(
      expect.arrayContaining([
        `${LINKERD.images}/controller:${release}`,
        `${LINKERD.images}/proxy:${release}`,
      ]),
    );
  });
});

describe('refused in the settings of a Linkerd mesh', () => {
  const mistakes = (meshes: object, federation: object = {}): string => {
    try {
      defineConfig({
        eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
        clusters: {
          shop: { kind: 'eks', name: 'shop', cidr: '10.1.0.0/16' },
          depot: { kind: 'eks', name: 'depot', cidr: '10.2.0.0/16' },
        },
        meshes: { shop: { kind: 'linkerd' }, depot: { kind: 'consul' }, ...meshes },
        accessPolicy: {
          meshes: { shop: { services: { orders: {} } }, depot: { services: { stock: {} } } },
          rules: [{ from: 'depot/stock', to: 'shop/orders' }],
        },
        federation,
      });
      return '';
    } catch (error) {
      return String(error);
    }
  };

  it.each([
    [
      'a way that leads to gateways',
      {},
      { crossing: 'peering' },
      /crossing: is peering.*shop, a Linkerd mesh/,
    ],
    [
      'an authority that Terraform makes',
      {},
      { trust: { authorities: 'generated' } },
      /authorities: is generated, but meshes\.shop is Linkerd/,
    ],
    [
      'the namespace of its control plane',
      { shop: { kind: 'linkerd', namespaces: [{ name: 'linkerd' }] } },
      {},
      /must be one for applications, and linkerd is Linkerd's own/,
    ],
    [
      'plaintext by default',
      { shop: { kind: 'linkerd', defaultInboundPolicy: 'all-unauthenticated' } },
      {},
      /defaultInboundPolicy/,
    ],
    [
      'a twin',
      { depot: { kind: 'linkerd' } },
      {},
      /trustDomain: is cluster\.local, and so is that of shop/,
    ],
  ])('%s', (_, meshes, federation, message) => {
    expect(mistakes(meshes, federation)).toMatch(message);
  });

  it('nothing of what is right', () => {
    expect(mistakes({})).toBe('');
  });
});
