import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { loadConfig } from '../../config';
import { addStacks } from '../../stacks';
import { ROOT } from '../../support/paths';
import { type Block, resources, stackOf } from '../helpers/synth';

describe('Meshes that are entered by gateways of the Gateway API', () => {
  const { config } = loadConfig({
    env: { FEDERATION_CONFIG: path.join(ROOT, 'examples/gateway-api.yaml') },
  });
  const app = Testing.app();
  addStacks(app, config);
  const made = resources(stackOf(app, 'federation'), 'kubernetes_manifest');
  const manifests = Object.entries(made).map(([name, one]) => ({
    name,
    dependsOn: one.depends_on as readonly string[],
    ...(one.manifest as {
      readonly kind: string;
      readonly apiVersion: string;
      readonly spec: Block;
    }),
  }));
  const kinds = manifests.map(({ kind, apiVersion }) => `${kind} ${apiVersion.split('/')[0]}`);

  it('have its Gateways and routes, and none of the mesh’s own', () => {
    expect(kinds.filter((kind) => kind.endsWith('gateway.networking.k8s.io')).sort()).toEqual(
      ['Gateway', 'Gateway', 'GatewayClass', 'TCPRoute', 'TLSRoute'].map(
        (kind) => `${kind} gateway.networking.k8s.io`,
      ),
    );
    expect(kinds).not.toContain('Gateway networking.istio.io');
    expect(kinds).not.toContain('IngressGateway consul.hashicorp.com');
  });

  it('let no caller in before their gateways are taken up', () => {
    const route = manifests.find(({ kind }) => kind === 'TCPRoute');
    expect(route?.dependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/^terraform_data\..*api-gateway.*_verdict_/)]),
    );
  });
});
