import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Testing, type TerraformStack } from 'cdktf';
import { NODE_IMAGE } from '../../constructs/kubernetes';
import {
  WeatherBackend,
  WeatherFrontend,
  WeatherInfo,
  type WeatherServiceProps,
} from '../../constructs/weather';
import { ROOT } from '../../support/paths';
import { clusterStack } from '../helpers/cluster';
import { customResourceErrors } from '../../support/upstream/custom-resources';
import { describeWithSchemas } from '../helpers/suites';
import { type Block, customResources, resource, resources, synthesise } from '../helpers/synth';

const SERVICES = ['frontend', 'backend', 'info'] as const;
type Name = (typeof SERVICES)[number];
const CLASSES = { frontend: WeatherFrontend, backend: WeatherBackend, info: WeatherInfo };

function given(name: Name, props: WeatherServiceProps = {}): TerraformStack {
  const stack = clusterStack();
  new CLASSES[name](stack, name, props);
  return stack;
}

interface Container extends Block {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Block & { readonly container: readonly [Container] };
}

function deployment(stack: TerraformStack) {
  return resource(stack, 'kubernetes_deployment_v1') as Block & {
    readonly depends_on: readonly string[];
    readonly spec: { readonly replicas: string; readonly template: PodTemplate };
  };
}

function pods(stack: TerraformStack): PodTemplate {
  return deployment(stack).spec.template;
}

function env(stack: TerraformStack): Record<string, string | undefined> {
  const [container] = pods(stack).spec.container;
  return Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
}

describe.each(SERVICES)('%s', (name) => {
  const stack = given(name);

  it('has its name as Service, service account and label, by which policies know it', () => {
    expect(resource(stack, 'kubernetes_service_v1')).toMatchObject({
      metadata: { name, namespace: 'default' },
      spec: { selector: { app: name }, port: [{ name: 'http', port: 80, target_port: 'http' }] },
    });
    expect(resource(stack, 'kubernetes_service_account_v1')).toMatchObject({ metadata: { name } });
    expect(pods(stack).metadata.labels).toMatchObject({ app: name });
    expect(pods(stack).spec.service_account_name).toMatch(
      /^\$\{kubernetes_service_account_v1\.\w+_service-account_\w+\.metadata\[0\]\.name\}$/,
    );
  });

  it('runs without root, with nothing writable and no capability, from a pinned image', () => {
    expect(NODE_IMAGE).toMatch(/@sha256:[0-9a-f]{64}$/);
    const { spec } = pods(stack);
    expect(spec.security_context).toEqual({ seccomp_profile: { type: 'RuntimeDefault' } });
    expect(spec.container).toMatchObject([
      {
        image: NODE_IMAGE,
        security_context: {
          run_as_non_root: true,
          run_as_user: '1000',
          read_only_root_filesystem: true,
          allow_privilege_escalation: false,
          capabilities: { drop: ['ALL'] },
        },
        volume_mount: [{ mount_path: '/app', read_only: true }],
      },
    ]);
  });

  it('is asked whether it is well, and limited', () => {
    const [container] = pods(stack).spec.container;
    for (const probe of ['startup_probe', 'readiness_probe', 'liveness_probe']) {
      expect(container[probe]).toMatchObject({ http_get: { path: '/healthz', port: 'http' } });
    }
    expect(container).toMatchObject({
      resources: { requests: { cpu: '25m', memory: '96Mi' }, limits: { memory: '192Mi' } },
    });
  });

  it('keeps one of two pods through a disruption and an update', () => {
    expect(deployment(stack).spec).toMatchObject({
      replicas: '2',
      strategy: { rolling_update: { max_unavailable: '0' } },
    });
    expect(resource(stack, 'kubernetes_pod_disruption_budget_v1')).toMatchObject({
      spec: { min_available: '1', selector: { match_labels: { app: name } } },
    });
    // With one pod a budget would keep its node from ever being drained.
    expect(resources(given(name, { replicas: 1 }), 'kubernetes_pod_disruption_budget_v1')).toEqual(
      {},
    );
  });

  it('finds the files of the repository at their paths', () => {
    const { data } = resource(stack, 'kubernetes_config_map_v1') as {
      data: Record<string, string>;
    };
    const volumes = pods(stack).spec.volume as {
      config_map: { items: { key: string; path: string }[] };
    }[];
    const items = volumes.flatMap(({ config_map }) => config_map.items);
    expect(items.map(({ key }) => key).sort()).toEqual(Object.keys(data).sort());
    const paths = items.map((item) => item.path);
    const root = path.join(Testing.fullSynth(stack), 'stacks', 'test');
    for (const { key, path: file } of items.filter((item) => item.path !== 'package.json')) {
      const copy = /^\$\{sensitive\(file\("\$\{path\.module\}\/([^"]+)"\)\)\}$/.exec(
        data[key] ?? '',
      )?.[1];
      const source = readFileSync(path.join(ROOT, 'weather', file), 'utf8');
      expect(readFileSync(path.join(root, copy ?? ''), 'utf8')).toBe(source);
      // What it imports is there too.
      for (const [, imported = ''] of source.matchAll(/from '(\.[^']+)'/g)) {
        expect(paths).toContain(path.join(path.dirname(file), imported));
      }
    }
    expect(paths).toContain(`${name}/main.ts`);
    expect(pods(stack).spec.container).toMatchObject([{ command: ['node', `${name}/main.ts`] }]);
  });

  it('takes other settings', () => {
    const other = given(name, {
      namespace: 'shop',
      image: 'registry.example.com/node:24',
      replicas: 3,
      podAnnotations: { a: 'b' },
    });
    expect(deployment(other)).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: {
        replicas: '3',
        template: {
          metadata: { annotations: { a: 'b' } },
          spec: { container: [{ image: 'registry.example.com/node:24' }] },
        },
      },
    });
    for (const kind of ['service', 'service_account', 'config_map', 'pod_disruption_budget']) {
      expect(resource(other, `kubernetes_${kind}_v1`)).toMatchObject({
        metadata: { namespace: 'shop' },
      });
    }
  });
});

describe('in the Istio mesh', () => {
  it.each(['frontend', 'backend'] as const)('%s has no token of the API server', (name) => {
    const stack = given(name);
    expect(pods(stack).spec.automount_service_account_token).toBe(false);
    expect(resource(stack, 'kubernetes_service_account_v1')).toMatchObject({
      automount_service_account_token: false,
    });
    expect(env(stack)).toMatchObject({ HOST: '0.0.0.0', MESH: 'Istio' });
  });
});

describe('in the Consul mesh', () => {
  const stack = given('info');

  it('info joins by its annotation, with the token that the sidecar logs in with', () => {
    expect(pods(stack).metadata.annotations).toMatchObject({
      'consul.hashicorp.com/connect-inject': 'true',
    });
    expect(pods(stack).spec.automount_service_account_token).toBe(true);
  });

  it('info is reached through its sidecar only', () => {
    expect(env(stack)).toMatchObject({ HOST: '127.0.0.1', MESH: 'Consul' });
  });
});

describe('a new version of the files', () => {
  it('is what the pods are started anew for', () => {
    const { annotations } = pods(given('info')).metadata;
    expect(annotations['mesh-federation/sources']).toMatch(/^\w{8}-\w{8}$/i);
    expect(annotations['mesh-federation/sources']).not.toBe(
      pods(given('backend')).metadata.annotations['mesh-federation/sources'],
    );
  });
});

describe('backend without a key', () => {
  const stack = given('backend');

  it('has neither a Secret nor a way out of the mesh', () => {
    expect(resources(stack, 'kubernetes_secret_v1')).toEqual({});
    expect(customResources(stack)).toEqual([]);
    expect(env(stack)).not.toHaveProperty('OPENWEATHER_API_KEY');
  });
});

describe('backend with a key', () => {
  const stack = clusterStack();
  new WeatherBackend(stack, 'backend', {
    namespace: 'shop',
    place: { name: 'Espoo', latitude: 60.2, longitude: 24.65 },
    openWeather: { keyRevision: 3 },
  });

  it('takes it from a variable that Terraform keeps nowhere', () => {
    expect(synthesise(stack)).toMatchObject({
      variable: { openweather_api_key: { type: 'string', sensitive: true, ephemeral: true } },
    });
    const secret = resource(stack, 'kubernetes_secret_v1');
    expect(secret).toMatchObject({
      metadata: { name: 'openweather', namespace: 'shop' },
      data_wo: { 'api-key': '${var.openweather_api_key}' },
      data_wo_revision: 3,
    });
    expect(secret).not.toHaveProperty('data');
  });

  it('does not start a deploy without one, and says where it belongs', () => {
    expect(resource(stack, 'kubernetes_secret_v1').lifecycle).toEqual({
      precondition: [
        {
          condition: '${length(var.openweather_api_key) > 0}',
          error_message: expect.stringContaining('TF_VAR_openweather_api_key') as unknown,
        },
      ],
    });
  });

  it('reads it in the pod, and starts anew for another one', () => {
    expect(pods(stack).spec.container[0].env).toContainEqual({
      name: 'OPENWEATHER_API_KEY',
      value_from: { secret_key_ref: { name: 'openweather', key: 'api-key' } },
    });
    expect(pods(stack).metadata.annotations['mesh-federation/key-revision']).toBe('3');
    expect(env(stack)).toMatchObject({ PLACE: 'Espoo', LATITUDE: '60.2', LONGITUDE: '24.65' });
  });

  it('lets its own namespace out to OpenWeather, and nobody else to anything', () => {
    expect(customResources(stack)).toEqual([
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'ServiceEntry',
        metadata: {
          name: 'openweather',
          namespace: 'shop',
          labels: { 'app.kubernetes.io/managed-by': 'cdktf-mesh-federation' },
        },
        spec: {
          hosts: ['api.openweathermap.org'],
          exportTo: ['.'],
          location: 'MESH_EXTERNAL',
          resolution: 'DNS',
          ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        },
      },
    ]);
  });

  it('has key and way out before the pods start', () => {
    expect(deployment(stack).depends_on).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^kubernetes_secret_v1\./),
        expect.stringMatching(/^kubernetes_manifest\./),
      ]),
    );
  });

  describeWithSchemas('against the CRD', () => {
    it('is valid', () => {
      expect(customResources(stack).flatMap(customResourceErrors)).toEqual([]);
    });
  });
});
