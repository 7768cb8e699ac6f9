import { beforeAll, describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { CONSUL } from '../../versions';
import { CONSUL_TEMPLATE_IMAGE, ENVOY_IMAGE } from '../../constructs/federation';
import { addStacks } from '../../stacks';
import { FederationStack } from '../../stacks/federation';
import { temporaryFolder, writeFile } from '../helpers/files';
import { type Certificate, certificate } from '../helpers/roots';
import { before, type Block, customResources, resources, synthesise } from '../helpers/synth';

function stack(settings: ConfigInput = {}): FederationStack {
  const app = Testing.app();
  addStacks(
    app,
    defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } }, ...settings }).config,
  );
  const [found] = app.node.children.filter((child) => child instanceof FederationStack);
  if (found === undefined) throw new Error('no federation');
  return found;
}

/** Every resource, data source and ephemeral resource, as `type.id`. */
function blocks(of: FederationStack): [string, Block][] {
  const { resource, data, ephemeral } = synthesise(of) as Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Block>>>> | undefined>
  >;
  return [resource, data, ephemeral].flatMap((kinds) =>
    Object.entries(kinds ?? {}).flatMap(([type, all]) =>
      Object.entries(all).map(([id, block]): [string, Block] => [`${type}.${id}`, block]),
    ),
  );
}

const federation = stack();

describe('the federation', () => {
  it('comes after everything else in both meshes', () => {
    expect(federation.dependencies.map(({ node }) => node.id).sort()).toEqual([
      'consul-workloads',
      'istio-workloads',
    ]);
  });

  it('has a provider for each cluster, and none that something could take by mistake', () => {
    const { provider } = synthesise(federation);
    const aliases = Object.entries(provider ?? {}).flatMap(([name, all]) =>
      all.map(({ alias }) => `${name}.${String(alias)}`),
    );
    expect(aliases.sort()).toEqual([
      'aws.consul',
      'aws.consul-caller',
      'aws.istio',
      'aws.istio-caller',
      'kubernetes.consul',
      'kubernetes.istio',
    ]);
    // Without a provider of its own, a resource would go to localhost.
    expect(
      blocks(federation).filter(
        ([address, block]) => block.provider === undefined && !address.includes('terraform_data.'),
      ),
    ).toEqual([]);
  });

  it('puts each thing into the cluster of its mesh', () => {
    for (const [address, block] of blocks(federation)) {
      const { apiVersion } = (block.manifest ?? {}) as { readonly apiVersion?: string };
      if (apiVersion === undefined) continue;
      expect([address, block.provider]).toEqual([
        address,
        apiVersion.includes('istio.io') || address.includes('federation_istio_')
          ? 'kubernetes.istio'
          : 'kubernetes.consul',
      ]);
    }
    const deployments = Object.values(resources(federation, 'kubernetes_deployment_v1')).map(
      ({ metadata, provider }) => [(metadata as Block).name, provider],
    );
    expect(deployments.sort()).toEqual([
      ['backend-inbound', 'kubernetes.consul'],
      ['backend-outbound', 'kubernetes.consul'],
      ['info-border', 'kubernetes.istio'],
    ]);
  });

  it('leaves the policies on the meshes’ own services where they stay when it goes', () => {
    const about = (kind: string) =>
      customResources(federation)
        .filter((resource) => resource.kind === kind)
        .map(({ metadata }) => (metadata as { readonly name: string }).name)
        .sort();
    expect(about('AuthorizationPolicy')).toEqual(['border.info', 'federation']);
    expect(about('ServiceIntentions')).toEqual(['border.backend', 'border.backend-outbound']);
    expect(about('ServiceDefaults')).toEqual(['backend', 'backend-outbound']);
  });

  it('has no secret in it', () => {
    const text = JSON.stringify(synthesise(federation));
    expect(text).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----\\n|"(password|token)":"[^$]/);
    // Of secrets it writes tokens that no state keeps, and reads one that holds a certificate.
    for (const secret of Object.values(resources(federation, 'kubernetes_secret_v1'))) {
      expect(secret).not.toHaveProperty('data');
    }
    const read = Object.values(synthesise(federation).data?.kubernetes_secret_v1 ?? {});
    expect(read.map(({ metadata }) => metadata)).toEqual([
      { namespace: 'consul', name: 'consul-ca-cert' },
    ]);
  });

  it('is the same each time', () => {
    expect(Testing.synth(stack())).toBe(Testing.synth(stack()));
  });
});

describe('what the federation relies on in each cluster', () => {
  const policies = (made: ReturnType<typeof stack>) =>
    Object.values(resources(made, 'kubernetes_manifest')).flatMap(({ manifest, provider }) =>
      /"kind":"ValidatingAdmissionPolicy(Binding)?"/.test(JSON.stringify(manifest))
        ? [{ ...(manifest as { kind: string; metadata: { name: string }; spec: Block }), provider }]
        : [],
    );

  it('is guarded by its API server, which denies and does not only warn', () => {
    const made = policies(stack());
    for (const provider of ['kubernetes.istio', 'kubernetes.consul']) {
      const here = made.filter((policy) => policy.provider === provider);
      const names = (kind: string) =>
        here.filter((policy) => policy.kind === kind).map(({ metadata }) => metadata.name);
      expect(names('ValidatingAdmissionPolicy')).toEqual([
        'mesh-federation-audiences',
        'mesh-federation-objects',
        'mesh-federation-sessions',
        'mesh-federation-token-secrets',
        'mesh-federation-tokens',
        'mesh-federation-workloads',
      ]);
      expect(names('ValidatingAdmissionPolicyBinding')).toEqual(names('ValidatingAdmissionPolicy'));
      for (const { kind, spec } of here) {
        expect(spec).toMatchObject(
          kind === 'ValidatingAdmissionPolicy'
            ? { failurePolicy: 'Fail', validations: [{ reason: 'Forbidden' }] }
            : { validationActions: ['Deny'] },
        );
      }
    }
  });

  // https://github.com/kubernetes/kubernetes/issues/130887: an API server that had such parameters once, and
  // has none left, denies whatever they are needed for until it restarts.
  it('is told what tokens may be for, and looks it up nowhere', () => {
    const made = policies(stack());
    expect(JSON.stringify(made)).not.toMatch(/param/i);
    for (const provider of ['kubernetes.istio', 'kubernetes.consul']) {
      const [audiences] = made.filter(
        ({ provider: of, metadata, kind }) =>
          of === provider &&
          kind === 'ValidatingAdmissionPolicy' &&
          metadata.name.endsWith('audiences'),
      );
      expect(JSON.stringify(audiences?.spec)).toMatch(
        /object\.spec\.audiences\.all\(audience, audience in \$\{jsonencode\(split\(.*published.*data\[.*audiences/,
      );
    }
  });

  it('is left open where a user says so, and that is said aloud', () => {
    const open = { federation: { admission: false } };
    expect(policies(stack(open))).toEqual([]);
    expect(defineConfig({ profile: 'emulated', ...open }).notices).toContainEqual(
      expect.stringMatching(/^federation.admission is false: whoever may run pods/),
    );
  });
});

describe('settings of the federation', () => {
  it('reach every border', () => {
    const set = stack({
      federation: {
        borders: {
          replicas: 3,
          images: { envoy: 'registry.example.com/envoy:v1.39.1' },
          limits: { drainSeconds: 45 },
        },
        observability: { namespace: 'monitoring' },
        trust: { schedule: '0 * * * *', image: 'registry.example.com/node:24' },
      },
    });
    const all = Object.values(resources(set, 'kubernetes_deployment_v1'));
    const shows = ({ metadata }: Block) => JSON.stringify(metadata).includes('job-metrics');
    expect(all.filter(shows)).toHaveLength(2);
    const deployments = all.filter((one) => !shows(one));
    expect(deployments).toHaveLength(3);
    for (const deployment of deployments) {
      expect(deployment.spec).toMatchObject({ replicas: '3' });
      expect(JSON.stringify(deployment)).toContain('"--drain-time-s","45"');
      expect(JSON.stringify(deployment)).toContain('registry.example.com/envoy:v1.39.1');
    }
    expect(JSON.stringify(deployments)).toContain('registry.example.com/node:24');
    const jobs = Object.values(resources(set, 'kubernetes_cron_job_v1'));
    const ofRoots = jobs.filter(({ metadata }) => /"(roots|sync)-/.test(JSON.stringify(metadata)));
    expect(ofRoots.map(({ spec }) => (spec as Block).schedule)).toEqual(Array(4).fill('0 * * * *'));
  });

  it('a distrusted root rolls every border, after the run that takes it out', () => {
    const list = (...distrusted: string[]) =>
      Object.values(
        resources(stack({ federation: { trust: { distrusted } } }), 'kubernetes_deployment_v1'),
      );
    const revisions = (deployments: readonly Block[]) =>
      deployments.map(
        (deployment) =>
          /"mesh-federation\/distrusted":"(\w+)"/.exec(JSON.stringify(deployment))?.[1],
      );
    const [one, other] = ['A1', 'B2'].map((byte) => Array(32).fill(byte).join(':'));
    const [none, first, both] = [list(), list(one ?? ''), list(one ?? '', other ?? '')].map(
      revisions,
    );
    expect(none).toEqual([undefined, undefined, undefined]);
    expect(new Set(first).size).toBe(1);
    expect(both).not.toEqual(first);
    const output = synthesise(stack({ federation: { trust: { distrusted: [one ?? ''] } } }));
    for (const id of Object.keys(output.resource?.['kubernetes_deployment_v1'] ?? {})) {
      expect([...before(output, `kubernetes_deployment_v1.${id}`)]).toContainEqual(
        expect.stringMatching(/^kubernetes_job_v1\.[\w-]*_sync_first/),
      );
    }
  });

  it("take Consul's image from where the mesh has it", () => {
    const images = (settings: ConfigInput) =>
      new Set(
        JSON.stringify(resources(stack(settings), 'kubernetes_deployment_v1')).match(
          /(?<="image":")[^"]+/g,
        ),
      );
    const standard = images({});
    expect([...standard]).toEqual(
      expect.arrayContaining([
        ENVOY_IMAGE,
        CONSUL_TEMPLATE_IMAGE,
        `docker.io/hashicorp/consul:${CONSUL.version}`,
      ]),
    );
    expect(
      images({ meshes: { consul: { images: { registry: 'registry.example.com/mirror' } } } }),
    ).toContain(`registry.example.com/mirror/consul:${CONSUL.version}`);
    const digest = `registry.example.com/consul@sha256:${'0'.repeat(64)}`;
    expect(images({ meshes: { consul: { images: { consul: digest } } } })).toContain(digest);
  });

  it('are refused with what would be right, all at once', () => {
    expect(() =>
      defineConfig({
        profile: 'emulated',
        federation: {
          borders: { replicas: 0, limits: { idleSeconds: 400 } },
          trust: { schedule: 'hourly', keepWithdrawnDays: 1 },
        },
      }),
    ).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /replicas: is 0[^]*idleSeconds: is 400; must be less than 350[^]*schedule: is "hourly"; must be five fields[^]*keepWithdrawnDays: is 1; must be 3/,
        ),
      }),
    );
  });
});

describe('clusters by kubeconfig', () => {
  const folder = temporaryFolder();
  let authority: Certificate;
  beforeAll(async () => {
    authority = await certificate();
  });
  const file = (name: string, server: string) =>
    writeFile(
      folder,
      name,
      `clusters: [{name: c, cluster: {server: '${server}', certificate-authority-data: ${Buffer.from(authority.pem).toString('base64')}}}]
contexts: [{name: istio, context: {cluster: c}}, {name: consul, context: {cluster: c}}]
`,
    );
  const clusters = (
    path: string,
    own: { readonly apiServer?: string; readonly apiServerCa?: string } = {},
  ): ConfigInput => ({
    clusters: {
      istio: { kind: 'kubeconfig', path, context: 'istio', ...own },
      consul: { kind: 'kubeconfig', path, context: 'consul', ...own },
    },
  });

  it('need no AWS', () => {
    const set = stack(clusters(file('remote', 'https://192.0.2.1:6443')));
    expect(JSON.stringify(synthesise(set))).not.toMatch(/aws_|"aws"/);
    expect(synthesise(set).provider?.kubernetes).toMatchObject([
      { alias: 'istio', config_context: 'istio' },
      { alias: 'consul', config_context: 'consul' },
    ]);
  });

  it('may have another authority, of which nothing but the certificates is passed on', async () => {
    const other = await certificate({ name: 'other' });
    const with_ = (apiServerCa: string) =>
      clusters(file('remote', 'https://192.0.2.1:6443'), {
        apiServer: 'https://api.example.com',
        apiServerCa,
      });
    const named = writeFile(folder, 'ca.pem', `CN=other\r\n${other.pem.trim()}${authority.pem}`);
    const jobs = JSON.stringify(resources(stack(with_(named)), 'kubernetes_cron_job_v1'));
    expect(jobs).toContain(JSON.stringify(other.pem + authority.pem).slice(1, -1));
    expect(jobs).not.toContain('CN=other');

    const keyed = writeFile(folder, 'keyed.pem', other.pem + other.key);
    expect(() => defineConfig(with_(keyed))).toThrow(
      `apiServerCa: ${keyed} is refused: a private key is in it: whoever could read it can sign identities`,
    );
    const leaf = await certificate({ authority: false });
    expect(() => defineConfig(with_(writeFile(folder, 'leaf.pem', leaf.pem)))).toThrow(
      'has no certificate of an authority',
    );
  });

  it('on loopback need an address that pods of the other cluster can call', () => {
    const local = file('local', 'https://127.0.0.1:34567');
    expect(() => defineConfig(clusters(local))).toThrow(
      'clusters.istio.apiServer: is https://127.0.0.1:34567, which leads a pod of another cluster to ' +
        'itself; name the address by which it reaches the API of this one',
    );
    const set = stack(clusters(local, { apiServer: 'https://mesh-istio-control-plane:6443' }));
    expect(JSON.stringify(resources(set, 'kubernetes_cron_job_v1'))).toContain(
      'https://mesh-istio-control-plane:6443',
    );
    // Where nothing crosses, nothing is fetched.
    expect(() =>
      defineConfig({
        ...clusters(local),
        weather: { enabled: false },
        accessPolicy: { meshes: { istio: {}, consul: {} }, rules: [] },
      }),
    ).not.toThrow();
  });
});
