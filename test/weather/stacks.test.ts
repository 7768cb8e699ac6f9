import { describe, expect, it } from '@jest/globals';
import { Testing, TerraformStack } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { ISTIO } from '../../versions';
import { testConnection } from '../helpers/cluster';
import { resource, resources, synthesise } from '../helpers/synth';
import { mistakesOf } from '../helpers/mistakes';

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
  return mistakesOf(() => given(input));
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
        namespace: 'weather',
      },
    });
    expect(JSON.stringify(spec)).toContain('sidecar.istio.io/userVolume');
  });

  it('tells how to see the page', () => {
    expect(synthesise(istio)).toMatchObject({
      output: {
        page_command: {
          value: expect.stringMatching(
            /^kubectl --(context|kubeconfig) .* -n weather port-forward service\/frontend 8080:80$/,
          ) as unknown,
        },
      },
    });
  });

  describe('has a namespace of its own', () => {
    const namespacesIn = (stack: TerraformStack) =>
      Object.values(resources(stack, 'kubernetes_namespace_v1')).map(({ metadata }) => metadata);
    const meshes = (all: Record<string, TerraformStack>) =>
      ['istio-mesh', 'consul-mesh'].map((id) => stackOf(all, id));
    const refusal = (stack: TerraformStack) =>
      JSON.stringify(synthesise(stack).data?.['kubernetes_resources'] ?? {});

    it('made by each mesh, whose pods join it, and not kept when it is no longer asked for', () => {
      const [inIstio, inConsul] = meshes(stacks).map(namespacesIn);
      // Without the label of those that no deploy deletes.
      expect(inIstio).toContainEqual({ name: 'weather', labels: { 'istio-injection': 'enabled' } });
      expect(inConsul).toContainEqual({ name: 'weather', labels: {} });
      const off = meshes(given({ weather: { enabled: false } })).map(namespacesIn);
      expect(JSON.stringify(off)).not.toContain('"weather"');
    });

    it('unless it is one of the mesh, which stays with that', () => {
      const namespaces = [{ name: 'weather' }];
      const listed = given({ meshes: { istio: { namespaces }, consul: { namespaces } } });
      expect(namespacesIn(stackOf(listed, 'istio-mesh'))).toContainEqual({
        name: 'weather',
        labels: { 'istio-injection': 'enabled', 'mesh-federation/made-for': 'istio' },
      });
      const existing = [{ name: 'weather', existing: true }];
      const there = given({ meshes: { istio: { namespaces: existing } } });
      expect(JSON.stringify(namespacesIn(stackOf(there, 'istio-mesh')))).not.toContain('"weather"');
    });

    it('and stays in default where it was deployed there, until it is said', () => {
      for (const [stack, services] of [
        [istio, 'frontend\\",\\"backend'],
        [consul, 'info'],
      ] as const) {
        expect(refusal(stack)).toContain(services);
        expect(refusal(stack)).toContain('set weather.namespace: default');
      }
      const stays = given({ weather: { namespace: 'default' } });
      for (const id of ['istio-workloads', 'consul-workloads']) {
        expect(refusal(stackOf(stays, id))).not.toContain('weather.namespace');
      }
      expect(JSON.stringify(meshes(stays).map(namespacesIn))).not.toContain('"weather"');
    });

    it('to which a second control plane may move', () => {
      const canary = { revision: 'next', version: ISTIO.version };
      const problems = (namespaces: string[]) =>
        problemsOf({ meshes: { istio: { canary: { ...canary, namespaces } } } });
      expect(problems(['weather', 'federation-borders', 'default'])).toEqual([]);
      expect(problems(['shop'])).toEqual([
        'meshes.istio.canary.namespaces[0]: is shop, which is none of the mesh; one of default, weather, federation-borders',
      ]);
    });
  });

  it('takes its policy with it, and leaves one of yours', () => {
    const policyOf = (input: ConfigInput) =>
      defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.0/24'] } }, ...input }).config
        .accessPolicy;
    expect(policyOf({ weather: { namespace: 'default' } }).meshes['consul']?.services).toEqual({
      info: { namespace: 'default', intentionsName: 'allow-backend' },
    });
    expect(policyOf({ weather: { enabled: false } })).toEqual({
      meshes: {},
      rules: [],
    });
    const own = { meshes: { istio: { services: { a: {} } }, consul: {} }, rules: [] };
    expect(policyOf({ weather: { enabled: false }, accessPolicy: own })).toMatchObject(own);
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
  it('take no namespace of others', () => {
    const taken = (namespace: string) => problemsOf({ weather: { namespace } });
    expect(taken('istio-system')).toEqual([
      'weather.namespace: is "istio-system"; must be one for applications, and istio-system is Istio\'s own',
    ]);
    expect(taken('federation-borders')).toEqual([
      "weather.namespace: is federation-borders, where the borders are, and whoever may run pods there can act as the other mesh's services; name another one",
    ]);
    expect(taken('default')).toEqual([]);
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
