import { describe, expect, it } from '@jest/globals';
import { Testing, TerraformStack } from 'cdktf';
import { type ConfigInput, ConfigError, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { testConnection } from '../support/cluster';
import { resource, resources, synthesise } from '../support/synth';

function given(input: ConfigInput = {}): Record<string, TerraformStack> {
  const { config } = defineConfig({
    clusters: { istio: testConnection, consul: { kind: 'eks', cidr: '10.20.0.0/16' } },
    eks: { endpoint: { publicCidrs: ['203.0.113.0/24'] } },
    ...input,
  });
  const app = Testing.app();
  addStacks(app, config);
  return Object.fromEntries(
    app.node.children
      .filter((child) => TerraformStack.isStack(child))
      .map((stack) => [stack.node.id, stack]),
  );
}

function stackOf(stacks: Record<string, TerraformStack>, id: string): TerraformStack {
  const stack = stacks[id];
  if (stack === undefined) throw new Error(`no stack ${id}`);
  return stack;
}

function deployed(stack: TerraformStack): string[] {
  return Object.values(resources(stack, 'kubernetes_deployment_v1'))
    .map(({ metadata }) => (metadata as { name: string }).name)
    .sort();
}

function problemsOf(input: ConfigInput): readonly string[] {
  try {
    given(input);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the weather application in the stacks', () => {
  const stacks = given();
  const istio = stackOf(stacks, 'istio-workloads');
  const consul = stackOf(stacks, 'consul-workloads');

  it('is frontend and backend in Istio, info in Consul', () => {
    expect(deployed(istio)).toEqual(['backend', 'frontend']);
    expect(deployed(consul)).toEqual(['info']);
  });

  it('runs neither before the meshes deny by default nor after it', () => {
    for (const stack of [istio, consul]) {
      for (const account of Object.values(resources(stack, 'kubernetes_service_account_v1'))) {
        expect(account.depends_on).toContainEqual(
          expect.stringMatching(/^kubernetes_manifest\.policy_default-deny/),
        );
      }
    }
  });

  it('lets the sidecar of backend prove to the other mesh who it is', () => {
    const { spec } = resource(istio, 'kubernetes_deployment_v1', {
      metadata: {
        labels: { app: 'backend', 'app.kubernetes.io/part-of': 'weather' },
        name: 'backend',
        namespace: 'default',
      },
    });
    expect(JSON.stringify(spec)).toContain('sidecar.istio.io/userVolume');
  });

  it('tells how to see the page', () => {
    expect(synthesise(istio)).toMatchObject({
      output: {
        page_command: {
          value: 'kubectl -n default port-forward service/frontend 8080:80',
        },
      },
    });
  });

  it('can be left out', () => {
    const without = given({ weather: { enabled: false } });
    for (const id of ['istio-workloads', 'consul-workloads']) {
      expect(deployed(stackOf(without, id))).toEqual([]);
    }
    expect(JSON.stringify(synthesise(stackOf(without, 'istio-workloads')))).not.toContain(
      'page_command',
    );
  });

  it('has no key in what is synthesised, whatever the environment has', () => {
    const before = process.env['TF_VAR_openweather_api_key'];
    process.env['TF_VAR_openweather_api_key'] = 'b7f04e9d';
    try {
      const all = Object.values(given({ weather: { data: 'openweather' } }));
      const text = all.map((stack) => JSON.stringify(synthesise(stack))).join();
      expect(text).toContain('openweather_api_key');
      expect(text).not.toContain('b7f04e9d');
    } finally {
      if (before === undefined) delete process.env['TF_VAR_openweather_api_key'];
      else process.env['TF_VAR_openweather_api_key'] = before;
    }
  });
});

describe('the settings of the weather application', () => {
  it('must name a namespace of both meshes', () => {
    expect(problemsOf({ weather: { namespace: 'shop' } })).toEqual([
      'weather.namespace: is shop, whose pods do not join the mesh; add it to meshes.istio.namespaces, or choose from there: default',
      'weather.namespace: is shop, whose pods do not join the mesh; add it to meshes.consul.namespaces, or choose from there: default',
    ]);
    expect(problemsOf({ weather: { namespace: 'shop', enabled: false } })).toEqual([]);
  });

  it('are checked', () => {
    expect(
      problemsOf({
        weather: { place: { latitude: 91 }, replicas: 0, image: 'node', keyRevision: 1.5 },
      }),
    ).toEqual([
      expect.stringMatching(/^weather\.place\.latitude: is 91; must be at most 90/),
      expect.stringMatching(/^weather\.keyRevision: is 1.5/),
      expect.stringMatching(/^weather\.replicas: is 0; must be at least 1/),
      expect.stringMatching(/^weather\.image: is "node"; must be a full reference/),
    ]);
  });
});
