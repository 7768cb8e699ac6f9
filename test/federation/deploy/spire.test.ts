import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  Border,
  type FederatedMesh,
  Federation,
  type FederationProps,
} from '../../../constructs/federation';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { filesIn } from '../../helpers/border-files';
import { before, type Block, synthesise } from '../../helpers/synth';

const policy: AccessPolicy = {
  meshes: {
    istio: { kind: 'istio', out: 'border', services: { backend: {} } },
    consul: { kind: 'consul', services: { info: {} } },
    linkerd: { kind: 'linkerd', services: { orders: {} } },
  },
  rules: [
    { from: 'istio/backend', to: 'consul/info' },
    { from: 'consul/info', to: 'istio/backend' },
    { from: 'linkerd/orders', to: 'istio/backend' },
    { from: 'istio/backend', to: 'linkerd/orders' },
  ],
};

const apiServer = { address: 'https://api.example.com' };

interface Spires {
  readonly istio?: FederatedMesh['spire'];
  readonly consul?: FederatedMesh['spire'];
  readonly linkerd?: FederatedMesh['spire'];
}

function deployed(spires: Spires, trust: FederationProps['trust'] = {}) {
  const stack = new TerraformStack(Testing.app(), 'test');
  const common = (alias: keyof Spires) => ({
    apiServer,
    provider: new KubernetesProvider(stack, alias, { alias }),
    spire: spires[alias],
  });
  const federation = new Federation(stack, 'federation', {
    policy,
    trust,
    meshes: {
      istio: { ...istioMember(), ...common('istio') },
      consul: { ...consulMember(), serversCa: 'PEM', ...common('consul') },
      linkerd: { ...linkerdMember(), ...common('linkerd') },
    },
  });
  return { federation, output: synthesise(stack) };
}

interface Container {
  readonly name: string;
  readonly volume_mount?: readonly { readonly name: string; readonly mount_path: string }[];
}

interface PodSpec {
  readonly container: readonly Container[];
  readonly init_container?: readonly Container[];
  readonly volume: readonly Block[];
}

type Output = ReturnType<typeof synthesise>;

function found(output: Output, type: string, mesh: string, name: string): Block {
  const [only] = Object.values(output.resource?.[type] ?? {}).filter(
    ({ provider, metadata }) =>
      provider === `kubernetes.${mesh}` && (metadata as { name: string }).name === name,
  );
  if (only === undefined) throw new Error(`no ${type} ${name} in ${mesh}`);
  return only;
}

function podOf(output: Output, mesh: string, border: string): PodSpec {
  const { spec } = found(output, 'kubernetes_deployment_v1', mesh, border) as {
    readonly spec: { readonly template: { readonly spec: PodSpec } };
  };
  return spec.template.spec;
}

function envoyOf(output: Output, mesh: string, border: string): string {
  const configMap = found(output, 'kubernetes_config_map_v1', mesh, border);
  return filesIn(configMap, output)['envoy.json'] ?? '';
}

const names = (list: readonly (Block | Container)[] = []) => list.map(({ name }) => name).sort();

describe('a border with an identity of SPIRE', () => {
  const spire = { trustDomain: 'spire.example.org' };
  const { output } = deployed({
    istio: spire,
    consul: { ...spire, trustDomain: 'b.example.org' },
    linkerd: { ...spire, trustDomain: 'c.example.org' },
  });

  it.each([
    ['istio', 'info-outbound', []],
    // The injector takes the token of one of the pod's containers for its own.
    ['consul', 'backend-outbound', ['service-account']],
    ['linkerd', 'backend-outbound', []],
  ])('has no secret and no program that gets one, in %s', (mesh, border, others) => {
    const pod = podOf(output, mesh, border);
    expect(names(pod.volume)).toEqual(
      ['configuration', 'foreign-roots', ...others, 'spire-agent'].sort(),
    );
    expect(pod.volume.find(({ name }) => name === 'spire-agent')).toEqual({
      name: 'spire-agent',
      csi: { driver: 'csi.spiffe.io', read_only: true },
    });
    expect(names(pod.init_container)).toEqual([]);
    expect(names(pod.container)).toEqual(['drain', 'envoy']);
  });

  it('is alone with the socket of the agent', () => {
    for (const { name, volume_mount: mounts } of podOf(output, 'istio', 'info-border').container) {
      expect([name, names(mounts).includes('spire-agent')]).toEqual([name, name === 'envoy']);
    }
  });

  it('asks for its own SPIFFE ID, and waits for it', () => {
    const envoy = envoyOf(output, 'istio', 'info-outbound');
    const { static_resources: all } = JSON.parse(envoy) as {
      readonly static_resources: { readonly clusters: readonly Block[] };
    };
    expect(all.clusters.find(({ name }) => name === 'sds-agent')).toMatchObject({
      load_assignment: {
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { pipe: { path: '/var/run/spire/spire-agent.sock' } } } },
            ],
          },
        ],
      },
    });
    expect(envoy).toMatch(
      /"name": "spiffe:\/\/spire\.example\.org\/ns\/federation-borders\/sa\/info-outbound",\s+"sds_config"/,
    );
    expect(envoy).toContain('"initial_fetch_timeout": "0s"');
    expect(envoy).not.toContain('"name": "default"');
  });

  it('is registered before it is there', () => {
    const [entry] = Object.entries(output.resource?.['kubernetes_manifest'] ?? {}).filter(
      ([, { manifest, provider }]) =>
        (manifest as Block)['kind'] === 'ClusterSPIFFEID' && provider === 'kubernetes.istio',
    );
    const border = Object.keys(output.resource?.['kubernetes_deployment_v1'] ?? {}).find((id) =>
      id.includes('istio_borders-federation-borders_info-outbound'),
    );
    expect(before(output, `kubernetes_deployment_v1.${border ?? ''}`)).toContain(
      `kubernetes_manifest.${entry?.[0] ?? ''}`,
    );
  });

  it('has its roots published in place of those of the mesh', () => {
    const { spec } = found(output, 'kubernetes_cron_job_v1', 'istio', 'roots-istio');
    const text = JSON.stringify(spec);
    for (const [name, value] of [
      ['SPIRE_NAMESPACE', 'spire'],
      ['SPIRE_CONFIG_MAP', 'spire-bundle'],
      ['SPIRE_KEY', 'bundle.crt'],
      ['SPIRE_TRUST_DOMAIN', 'spire.example.org'],
      ['TRUST_DOMAIN', 'cluster.local'],
    ]) {
      expect(text).toContain(JSON.stringify({ name, value }));
    }
    const sync = JSON.stringify(
      found(output, 'kubernetes_cron_job_v1', 'consul', 'sync-istio').spec,
    );
    expect(sync).toContain('{"name":"FOREIGN_TRUST_DOMAIN","value":"spire.example.org"}');
    // What is foreign must be neither SPIRE's nor of the mesh itself.
    expect(sync).toContain('{"name":"OWN_MESH_ROOTS","value":"/own/mesh-roots.pem"}');
    const reads = Object.values(output.resource?.['kubernetes_role_v1'] ?? {}).filter(
      ({ provider, metadata }) =>
        provider === 'kubernetes.istio' && (metadata as Block)['namespace'] === 'spire',
    );
    expect(reads.map(({ rule }) => rule)).toEqual([
      [
        {
          api_groups: [''],
          resources: ['configmaps'],
          resource_names: ['spire-bundle'],
          verbs: ['get'],
        },
      ],
    ]);
  });
});

it('refuses a mesh with another SPIRE than the one that a border was planned for', () => {
  const { federation } = deployed({ istio: { trustDomain: 'spire.example.org' } });
  const border = federation.plan.borders.find(({ name }) => name === 'info-border');
  if (border === undefined) throw new Error('no border');
  const stack = new TerraformStack(Testing.app(), 'test');
  expect(() => new Border(stack, 'border', { border, mesh: istioMember() })).toThrow(
    /present spiffe:\/\/cluster\.local\/.* to other meshes, which was planned as spiffe:\/\/spire\.example\.org/,
  );
});

describe('a border with foreign roots of SPIRE', () => {
  const spire = { trustDomain: 'spire.example.org', foreignRoots: 'spire' } as const;
  const others = {
    consul: { trustDomain: 'b.example.org' },
    linkerd: { trustDomain: 'c.example.org' },
  };
  const { output } = deployed({ istio: spire, ...others });

  it('asks for them by the name of all, and has no file with any', () => {
    const envoy = envoyOf(output, 'istio', 'info-border');
    expect(envoy).toMatch(/"validation_context_sds_secret_config": \{\s+"name": "ALL"/);
    expect(envoy).toContain(
      '"exact": "spiffe://b.example.org/ns/federation-borders/sa/backend-outbound"',
    );
    expect(names(podOf(output, 'istio', 'info-border').volume)).toEqual([
      'configuration',
      'spire-agent',
    ]);
    expect(envoy).not.toContain('foreign-bundle');
  });

  it('needs no job that fetches them, while its own are fetched by others', () => {
    const jobs = (mesh: string) =>
      Object.values(output.resource?.['kubernetes_cron_job_v1'] ?? {})
        .filter(({ provider }) => provider === `kubernetes.${mesh}`)
        .map(({ metadata }) => (metadata as { name: string }).name);
    expect(jobs('istio').filter((name) => name.startsWith('sync-'))).toEqual([]);
    expect(jobs('consul')).toContain('sync-istio');
  });

  it('says that a list of distrusted roots does not reach it', () => {
    const { federation } = deployed({ istio: spire, ...others }, { distrusted: ['ab'.repeat(32)] });
    expect(federation.node.metadata.map(({ data }) => String(data))).toContainEqual(
      expect.stringMatching(/^The borders of istio have their roots from SPIRE/),
    );
  });
});
