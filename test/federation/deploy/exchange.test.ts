import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformElement } from 'cdktf';
import { compilePolicy, type MeshMember } from '../../../constructs/federation';
import { bundleNeeds } from '../../../constructs/federation';
import { certificate } from '../../helpers/roots';
import { type Block, resources, synthesise } from '../../helpers/synth';
import {
  cronJobPod,
  envOf,
  given,
  inCluster,
  meshes,
  metadataOf,
  plan,
  rulesOf,
} from './trust-fixture';
import type { PodSpec } from '../../helpers/pods';

const { stack, exchange } = given();

function configMap(mesh: string, namespace: string, name: string): Block | undefined {
  return inCluster(stack, mesh, 'kubernetes_config_map_v1').find((block) => {
    const metadata = metadataOf(block);
    return metadata.namespace === namespace && metadata.name === name;
  });
}

describe('where roots are needed', () => {
  it('is each border, and each calling workload of Istio', () => {
    expect(bundleNeeds(plan)).toEqual([
      { mesh: 'consul', foreignMesh: 'istio', namespaces: ['federation-borders'] },
      { mesh: 'istio', foreignMesh: 'consul', namespaces: ['shop', 'back-office', 'borders'] },
    ]);
  });

  it('is nowhere where no rule crosses', () => {
    const { stack: idle } = given(
      {},
      {
        plan: compilePolicy({
          meshes,
          policy: {
            meshes: {
              istio: { kind: 'istio', services: { one: {}, two: {} } },
              consul: { kind: 'consul', services: {} },
            },
            rules: [{ from: 'istio/one', to: 'istio/two' }],
          },
        }),
      },
    );
    expect(synthesise(idle).resource).toBeUndefined();
  });
});

it('Everything that exchanges roots is reached, by mesh', () => {
  expect([...exchange.homes.keys()].sort()).toEqual(['consul', 'istio']);
  expect([...exchange.publishers.keys()].sort()).toEqual(['consul', 'istio']);
  expect([...exchange.subscribers.keys()].sort()).toEqual(['consul-in-istio', 'istio-in-consul']);
  expect([...exchange.callersLooks.keys()]).toEqual(['istio']);
  const { cronJob, tokens } = exchange.subscribers.get('consul-in-istio') ?? {};
  const names = [cronJob, tokens?.renew, tokens?.issue].map((job) => job?.metadataInput?.name);
  expect(names).toEqual(['sync-consul', 'renew-consul', 'issue-istio']);
});

describe('foreign roots', () => {
  it('are in each of these namespaces', () => {
    expect(configMap('consul', 'federation-borders', 'federation-roots-istio')).toBeDefined();
    for (const namespace of ['shop', 'back-office', 'borders']) {
      expect(configMap('istio', namespace, 'federation-roots-consul')).toBeDefined();
    }
  });

  it('are carried over once, and then left to the job', () => {
    expect(configMap('consul', 'federation-borders', 'federation-roots-istio')).toMatchObject({
      data: {
        'roots.pem': expect.stringMatching(
          /^\$\{data\.kubernetes_config_map_v1\.[\w-]*publish-istio[\w-]*\.data\["roots\.pem"\]\}$/,
        ),
      },
      lifecycle: { ignore_changes: ['data'] },
    });
  });

  it('are read after the first run of the publishing job, which Terraform waits for', () => {
    const [published] = Object.values(
      synthesise(stack).data?.['kubernetes_config_map_v1'] ?? {},
    ).filter(({ metadata }) => JSON.stringify(metadata).includes('"roots-istio"'));
    expect(published?.['depends_on']).toEqual([
      expect.stringMatching(/^kubernetes_job_v1\.[\w-]*publish-istio_first/),
    ]);
    expect(inCluster(stack, 'istio', 'kubernetes_job_v1')[0]).toMatchObject({
      wait_for_completion: true,
    });
  });

  it('are read by a new job wherever its pod would be another one, since Kubernetes keeps the old one', () => {
    const names = (of: ReturnType<typeof given>['stack'], mesh: string) =>
      inCluster(of, mesh, 'kubernetes_job_v1').map((job) => metadataOf(job).name);
    const { stack: again } = given();
    const { stack: otherImage } = given({}, { image: 'registry.example.com/node:24' });
    const { stack: otherDays } = given({}, { keepWithdrawnDays: 9 });
    for (const mesh of ['istio', 'consul']) {
      const now = names(stack, mesh);
      expect(names(again, mesh)).toEqual(now);
      expect(names(otherImage, mesh).filter((name) => now.includes(name))).toEqual([]);
      // What keeps roots is a setting of the fetching jobs alone.
      expect(names(otherDays, mesh).filter((name) => !now.includes(name))).toEqual([
        expect.stringMatching(/^sync-/),
      ]);
    }
  });

  describe('that are not what they should be are warned of, since that shows years later only', () => {
    const { check } = synthesise(stack) as Block;
    const asserts = Object.entries(check as Record<string, { assert: Record<string, string> }>)
      .filter(([id]) => id.includes('consul-in-istio'))
      .map(([, { assert }]) => assert);
    const status = String.raw`data\.kubernetes_config_map_v1\.[\w-]*consul-in-istio[\w-]*\.data`;
    const conditioned = (condition: RegExp) =>
      asserts.filter((assert) => condition.test(assert['condition'] ?? ''));

    it('that they get old, or the token does', () => {
      const [found, ...others] = conditioned(
        new RegExp(
          String.raw`^\$\{!can\(${status}\["problem"\]\) && !can\(${status}\["renewal"\]\)\}$`,
        ),
      );
      expect(others).toEqual([]);
      expect(found?.['error_message']).toMatch(
        /^The roots of consul are not kept up to date in the cluster of istio: \$\{try\(/,
      );
    });

    it('that their CronJob does not run: two runs missed, and a quarter of an hour', () => {
      const last = String.raw`try\(${status}\["success"\], ${status}\["first"\], plantimestamp\(\)\)`;
      const [found] = conditioned(
        new RegExp(
          String.raw`^\$\{timecmp\(timeadd\(${last}, "1500s"\), plantimestamp\(\)\) >= 0\}$`,
        ),
      );
      expect(found?.['error_message']).toContain(
        'its CronJob sync-consul last succeeded or was made on',
      );
    });

    it('that they hold what will break something', () => {
      expect(
        conditioned(new RegExp(String.raw`^\$\{!can\(${status}\["warning"\]\)\}$`)),
      ).toHaveLength(1);
    });

    it('by what the job said, after the run that a deploy waits for', () => {
      const reads = Object.entries(synthesise(stack).data?.['kubernetes_config_map_v1'] ?? {});
      const [, last] = reads.find(([id]) => id.includes('consul-in-istio')) ?? [];
      expect(last?.['depends_on']).toEqual([
        expect.stringMatching(/^kubernetes_job_v1\.[\w-]*consul-in-istio_sync_first/),
      ]);
    });
  });

  it('that are missing stop the deploy with what is missing and what to run', () => {
    const message = JSON.stringify(synthesise(stack).data?.['kubernetes_config_map_v1']);
    expect(message).toContain('The mesh istio has published no roots yet: ${try(self.data[');
    expect(message).toContain(
      'kubectl -n mesh-federation create job --from=cronjob/roots-istio roots-istio-now',
    );
  });

  it('are what borders wait for, with the run that looks at them', () => {
    const waits = (mesh: string) =>
      exchange
        .bundlesIn(mesh)
        .map(
          (before) =>
            before instanceof TerraformElement && before.node.path.split('/').slice(3).join('/'),
        );
    const bundles = ['shop', 'back-office', 'borders'].map((namespace) => `bundle-${namespace}`);
    expect(waits('istio')).toEqual([...bundles, 'sync/first', 'job']);
    expect(waits('consul')).toEqual(['bundle-federation-borders', 'sync/first']);
    expect(exchange.bundlesIn('nowhere')).toEqual([]);
  });
});

describe('secrets', () => {
  it('are neither in the output nor in the state', () => {
    const secrets = Object.values(resources(stack, 'kubernetes_secret_v1'));
    // For each direction, in both clusters: the one that is used, and the place of the next.
    expect(secrets).toHaveLength(4);
    for (const secret of secrets) {
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
    expect(synthesise(stack).data).not.toHaveProperty('kubernetes_secret_v1');
    expect(resources(stack, 'kubernetes_token_request_v1')).toEqual({});
    expect(JSON.stringify(synthesise(stack))).not.toMatch(/PRIVATE KEY-----(?!\/)/);
  });

  it('are tokens of the account in the other cluster, made when that exists', () => {
    const { ephemeral, terraform } = synthesise(stack) as Block;
    expect(ephemeral).toMatchObject({
      kubernetes_token_request_v1: {
        [Object.keys(
          (ephemeral as Record<string, object>)['kubernetes_token_request_v1'] ?? {},
        ).find((id) => id.includes('consul-in-istio')) ?? 'missing']: {
          provider: 'kubernetes.consul',
          metadata: {
            namespace: 'mesh-federation',
            name: expect.stringMatching(
              /^\$\{split\("\/", kubernetes_service_account_v1\.[\w-]+\.id\)\[1\]\}$/,
            ),
          },
        },
      },
    });
    expect(terraform).toMatchObject({ required_version: '>= 1.11.0' });
  });

  it('are recreated with that account', () => {
    for (const { lifecycle } of Object.values(resources(stack, 'kubernetes_secret_v1'))) {
      // A plain address: Terraform takes no expression there.
      expect(lifecycle).toEqual({
        replace_triggered_by: [expect.stringMatching(/^kubernetes_service_account_v1\.[\w-]+$/)],
      });
    }
  });
});

describe('rights', () => {
  it('of the reader from the other cluster: one object and its next token, which it cannot ask for', () => {
    expect(rulesOf(stack, 'consul', 'roots-reader-istio')).toEqual([
      {
        namespace: 'mesh-federation',
        resources: ['configmaps'],
        resourceNames: ['roots-consul'],
        verbs: ['get'],
      },
      {
        namespace: 'mesh-federation',
        resources: ['secrets'],
        resourceNames: ['roots-reader-istio'],
        verbs: ['get'],
      },
    ]);
  });

  it('to ask for tokens: one job in the cluster that they are for, of one account', () => {
    const asks = Object.values(resources(stack, 'kubernetes_role_v1')).filter((role) =>
      JSON.stringify(role).includes('serviceaccounts/token'),
    );
    expect(asks.map(metadataOf)).toEqual([
      { namespace: 'mesh-federation', name: 'issue-istio' },
      { namespace: 'mesh-federation', name: 'issue-consul' },
    ]);
    expect(rulesOf(stack, 'consul', 'issue-istio')).toEqual([
      {
        namespace: 'mesh-federation',
        resources: ['serviceaccounts/token'],
        resourceNames: ['roots-reader-istio'],
        verbs: ['create'],
      },
      {
        namespace: 'mesh-federation',
        resources: ['secrets'],
        resourceNames: ['roots-reader-istio'],
        verbs: ['get', 'patch'],
      },
    ]);
    expect(rulesOf(stack, 'istio', 'renew-consul')).toEqual([
      {
        namespace: 'mesh-federation',
        resources: ['secrets'],
        resourceNames: ['sync-consul'],
        verbs: ['patch', 'delete'],
      },
      {
        namespace: 'mesh-federation',
        resources: ['configmaps'],
        resourceNames: ['sync-consul'],
        verbs: ['get', 'update'],
      },
    ]);
  });

  it('of the job that syncs: its report, and the ConfigMaps that it keeps', () => {
    const keeps = (namespace: string) => ({
      namespace,
      resources: ['configmaps'],
      resourceNames: ['federation-roots-consul'],
      verbs: ['get', 'update'],
    });
    expect(rulesOf(stack, 'istio', 'sync-consul')).toEqual([
      keeps('back-office'),
      keeps('borders'),
      {
        namespace: 'mesh-federation',
        resources: ['configmaps'],
        resourceNames: ['sync-consul'],
        verbs: ['get', 'update'],
      },
      keeps('shop'),
    ]);
  });

  it('of the job that publishes: where it reads, and where it writes', () => {
    const writes = (mesh: string) => ({
      namespace: 'mesh-federation',
      resources: ['configmaps'],
      resourceNames: [`roots-${mesh}`],
      verbs: ['get', 'update'],
    });
    expect(rulesOf(stack, 'istio', 'roots-istio')).toEqual([
      {
        namespace: 'istio-system',
        resources: ['configmaps'],
        resourceNames: ['istio-ca-root-cert'],
        verbs: ['get'],
      },
      writes('istio'),
    ]);
    expect(rulesOf(stack, 'consul', 'roots-consul')).toEqual([
      {
        namespace: 'consul',
        resources: ['secrets'],
        // The certificate; its key is in consul-ca-key.
        resourceNames: ['consul-ca-cert'],
        verbs: ['get'],
      },
      writes('consul'),
    ]);
  });

  it('are never for all objects, nor for the whole cluster', () => {
    for (const { rule, metadata } of Object.values(resources(stack, 'kubernetes_role_v1'))) {
      // The names of calling pods are not known: it may list them, and write their status.
      if ((metadata as { name: string }).name === 'federation-callers-look') continue;
      for (const { resource_names, verbs } of rule as Record<string, string[]>[]) {
        expect(resource_names).not.toHaveLength(0);
        expect(verbs).not.toContain('*');
      }
    }
    expect(Object.keys(synthesise(stack).resource ?? {}).join(' ')).not.toContain('cluster_role');
  });
});

describe('the jobs', () => {
  const firstRuns = ['istio', 'consul'].flatMap((mesh) =>
    inCluster(stack, mesh, 'kubernetes_job_v1').map(
      ({ spec }) => (spec as { template: { spec: PodSpec } }).template.spec,
    ),
  );
  const pods = [
    cronJobPod(stack, 'istio', 'roots-istio'),
    cronJobPod(stack, 'istio', 'sync-consul'),
    cronJobPod(stack, 'consul', 'roots-consul'),
    cronJobPod(stack, 'consul', 'sync-istio'),
    ...firstRuns,
  ];

  it('run with no more than they need', () => {
    expect(pods).toHaveLength(9);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        restart_policy: 'Never',
        security_context: {
          run_as_non_root: true,
          run_as_user: '65532',
          seccomp_profile: { type: 'RuntimeDefault' },
        },
        container: [
          {
            image: expect.stringMatching(/@sha256:[0-9a-f]{64}$/),
            resources: { limits: { memory: '128Mi' } },
            security_context: {
              allow_privilege_escalation: false,
              read_only_root_filesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      });
    }
  });

  it('never run twice at a time, and leave few pods behind', () => {
    for (const mesh of ['istio', 'consul']) {
      for (const { spec } of inCluster(stack, mesh, 'kubernetes_cron_job_v1')) {
        expect(spec).toMatchObject({
          schedule: expect.stringMatching(/^\*\/(5|10) \* \* \* \*$/),
          concurrency_policy: 'Forbid',
          successful_jobs_history_limit: 1,
          failed_jobs_history_limit: 2,
        });
      }
    }
  });

  it('live in a namespace of their own that takes restricted pods only, without sidecars', () => {
    expect(inCluster(stack, 'consul', 'kubernetes_namespace_v1')).toEqual([
      expect.objectContaining({
        metadata: {
          name: 'mesh-federation',
          labels: {
            'pod-security.kubernetes.io/enforce': 'restricted',
            'mesh-federation/jobs': 'true',
          },
        },
      }),
    ]);
    const templates = JSON.stringify(resources(stack, 'kubernetes_cron_job_v1'));
    expect(templates.match(/"sidecar.istio.io\/inject":"false"/g)).toHaveLength(8);
    expect(templates.match(/"consul.hashicorp.com\/connect-inject":"false"/g)).toHaveLength(8);
  });

  it('are connected to by nobody, and connect to DNS, API servers and Consul only', () => {
    const ports = (mesh: string) =>
      inCluster(stack, mesh, 'kubernetes_network_policy_v1').map(({ spec }) => {
        const { ingress, egress, policy_types } = spec as {
          readonly ingress?: unknown;
          readonly egress: readonly { readonly ports: readonly { readonly port: string }[] }[];
          readonly policy_types: string[];
        };
        expect(ingress).toBeUndefined();
        expect(policy_types).toEqual(['Ingress', 'Egress']);
        return egress.flatMap((rule) => rule.ports.map(({ port }) => port));
      });
    expect(ports('istio')).toEqual([['53', '53', '443', '6443', '8443']]);
    expect(ports('consul')).toEqual([['53', '53', '443', '6443', '8443', '8501']]);
  });

  it('are told of the other cluster what is no secret', () => {
    expect(envOf(cronJobPod(stack, 'istio', 'sync-consul'))).toMatchObject({
      FOREIGN_API_SERVER: 'https://consul.example.com:8443',
      FOREIGN_API_SERVER_CA: expect.stringContaining('BEGIN CERTIFICATE'),
      FOREIGN_TRUST_DOMAIN: '11111111-2222-4333-8444-555555555555.consul',
      NAMESPACES: 'shop,back-office,borders',
    });
  });

  it('have all that they start from before they start', () => {
    const [job] = inCluster(stack, 'istio', 'kubernetes_cron_job_v1').filter(
      (block) => metadataOf(block).name === 'sync-consul',
    );
    const before = (job?.['depends_on'] as string[]).join(' ');
    expect(before).toMatch(/kubernetes_secret_v1\..*sync_secret/);
    expect(before).toMatch(/kubernetes_config_map_v1\..*program/);
    for (const namespace of ['shop', 'back-office', 'borders']) {
      expect(before).toMatch(new RegExp(`config_map_v1\\.[\\w-]*bundle-${namespace}`));
      expect(before).toMatch(new RegExp(`role_binding_v1\\.[\\w-]*write-${namespace}`));
    }
  });
});

describe('the program', () => {
  const jobs = join(__dirname, '../../../constructs/federation/jobs');
  const sources = readdirSync(jobs).filter((name) => name.endsWith('.ts'));

  it('gets to the cluster as it is, under a name that changes with it', () => {
    const [program] = inCluster(stack, 'istio', 'kubernetes_config_map_v1').filter((block) =>
      metadataOf(block).name.startsWith('bundle-jobs-'),
    );
    expect(metadataOf(program).name).toMatch(/^bundle-jobs-[0-9a-f]{10}$/);
    const { 'package.json': manifest, ...files } = program?.['data'] as Record<string, string>;
    expect(JSON.parse(manifest ?? '')).toEqual({ type: 'module' });
    // But for those of two other programs: the one beside borders, and the one that makes an authority.
    const others =
      /^(certify|certify-main|csr|grpc|authority|authority-main|certificate|der-writer)\.ts$/;
    const here = sources.filter((name) => !others.test(name));
    expect(Object.keys(files)).toEqual(here);
    // As Terraform reads it: $${ is ${.
    const read = (text: string) => text.replace(/\$\$\{/g, '${').replace(/%%\{/g, '%{');
    for (const name of here) {
      expect(read(files[name] ?? '')).toBe(readFileSync(join(jobs, name), 'utf8'));
    }
    expect(files['roots.ts']).not.toMatch(/(?<!\$)\$\{/);
  });

  it("needs Node's own modules and its own files only", () => {
    for (const name of sources) {
      const imported = [...readFileSync(join(jobs, name), 'utf8').matchAll(/from '([^']+)'/g)];
      for (const [, module = ''] of imported) {
        expect(module.startsWith('node:') || sources.includes(module.replace('./', ''))).toBe(true);
      }
    }
  });
});

describe('roots that are given', () => {
  let roots: string;
  let others: string;
  beforeAll(async () => {
    roots = (await certificate()).pem;
    others = (await certificate({ name: 'other' })).pem;
  });

  it("stay Terraform's, and nothing is read from that mesh's cluster", () => {
    const fixed = given({
      istio: { roots, apiServer: undefined },
      consul: { roots: others, apiServer: undefined },
    });
    const bundles = Object.values(resources(fixed.stack, 'kubernetes_config_map_v1'));
    expect(bundles).toHaveLength(4);
    for (const bundle of bundles) {
      expect([roots, others]).toContain((bundle['data'] as Block)['roots.pem']);
      expect(bundle).not.toHaveProperty('lifecycle');
    }
    expect(Object.keys(synthesise(fixed.stack).resource ?? {})).toEqual([
      'kubernetes_config_map_v1',
    ]);
  });

  it('are passed on as what was looked at, whatever text they came in', () => {
    const text = `\uFEFFCertificate:\r\n    Data: ...\r\n${roots.replace(/\n/g, '\r\n')}`;
    const fixed = given({ istio: { roots: text }, consul: { roots: others } });
    for (const bundle of Object.values(resources(fixed.stack, 'kubernetes_config_map_v1'))) {
      expect([roots, others]).toContain((bundle['data'] as Block)['roots.pem']);
    }
  });

  it('for both meshes are refused: each authority could sign the identities of the other', async () => {
    const root = await certificate();
    const below = await certificate({ name: 'below', issuer: root });
    const renewed = await certificate({ name: 'renewed', keys: root.keys });
    const trusting = (consul: string) => () =>
      given({ istio: { roots: root.pem }, consul: { roots: consul } });
    for (const { pem } of [root, renewed]) {
      expect(trusting(pem)).toThrow(
        /meshes\.consul\.roots: must be the PEM of valid roots; of [0-9A-F:]+: it is our own mesh's root/,
      );
    }
    expect(trusting(below.pem)).toThrow("it is signed by our own mesh's root");
    expect(trusting(others)).not.toThrow();
  });

  it('of one name are warned of, since no job does', async () => {
    const two = await Promise.all([certificate({ name: 'same' }), certificate({ name: 'same' })]);
    const fixed = given({ consul: { roots: two.map(({ pem }) => pem).join('') } });
    const warnings = fixed.exchange.node.metadata.map(({ data }) => String(data));
    expect(warnings).toEqual([
      expect.stringMatching(/^The roots of consul: 2 roots have the name CN=same: .*FAILED\.$/),
    ]);
  });

  it('and distrusted are refused: nobody can mean both', async () => {
    const { pem, fingerprint } = await certificate();
    expect(() => given({ istio: { roots: pem } }, { distrusted: [fingerprint] })).toThrow(
      `meshes.istio.roots: must be the PEM of valid roots; of ${fingerprint}: it is distrusted`,
    );
  });

  it('of one mesh leave the other one to the jobs', () => {
    const fixed = given({ consul: { roots, apiServer: undefined } });
    expect(
      inCluster(fixed.stack, 'istio', 'kubernetes_cron_job_v1').map(
        (block) => metadataOf(block).name,
      ),
    ).toEqual(['issue-consul', 'roots-istio']);
    expect(
      inCluster(fixed.stack, 'consul', 'kubernetes_cron_job_v1')
        .map((block) => metadataOf(block).name)
        .sort(),
    ).toEqual(['renew-istio', 'roots-consul', 'sync-istio']);
  });
});

describe('what cannot work is refused, all of it at once', () => {
  it('a mesh that was not given, and one whose cluster pods cannot reach', () => {
    expect(() => given({ consul: { apiServer: undefined } }, {}, ['consul'])).toThrow(
      [
        'TrustBundleExchange federation/trust cannot be made:',
        '  meshes.consul.apiServer: is missing, but istio must reach it; give that of ClusterProviders, or roots',
        '  meshes: has no "istio", which the plan has; add it',
      ].join('\n'),
    );
  });

  it.each(['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]'])(
    'an API server on loopback: %s',
    (address) => {
      expect(() => given({ istio: { apiServer: { address } } })).toThrow(
        `meshes.istio.apiServer.address: ${address} leads each pod to itself; name the address`,
      );
    },
  );

  it.each(['http://api.example.com', 'api.example.com:6443'])(
    'an API server without TLS: %s',
    (address) => {
      expect(() => given({ istio: { apiServer: { address } } })).toThrow(
        `meshes.istio.apiServer.address: ${address} must be such as https://api.example.com:6443`,
      );
    },
  );

  it('a schedule and a fingerprint that are none', () => {
    expect(() => given({}, { schedule: '61 25 * * 9', distrusted: ['AA:BB'] })).toThrow(
      [
        'TrustBundleExchange federation/trust cannot be made:',
        '  schedule: is "61 25 * * 9"; has "61" as its minute, which must be 0 to 59',
        '  schedule: is "61 25 * * 9"; has "25" as its hour, which must be 0 to 23',
        '  schedule: is "61 25 * * 9"; has "9" as its day of the week, which must be 0 to 6',
        '  distrusted[0]: is "AA:BB"; must be a SHA-256 fingerprint',
      ].join('\n'),
    );
  });

  it.each([
    ['without TLS', 'http://bank.example.com/roots'],
    ['that is none', 'bank.example.com'],
    ['with a password', 'https://me:secret@bank.example.com/roots'],
  ])('an address of roots %s', (_, url) => {
    expect(() => given({ istio: { rootsEndpoint: { url } } })).toThrow(
      /meshes\.istio\.rootsEndpoint\.url: .*must (be such as https:|have no user)/,
    );
  });

  it('roots that are none', () => {
    expect(() => given({ istio: { roots: 'garbage' } })).toThrow(
      'meshes.istio.roots: must be the PEM of valid roots: it is not PEM: "garbage"',
    );
  });
});

describe('two foreign meshes beside each other', () => {
  const second = {
    ...meshes.consul,
    mesh: { ...meshes.consul.mesh, trustDomain: '99999999-2222-3333-4444-555555555555.consul' },
  } as MeshMember;
  const three = compilePolicy({
    meshes: { ...meshes, berlin: second },
    policy: {
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        consul: { kind: 'consul', services: { info: {} } },
        berlin: { kind: 'consul', services: { info: { standIn: 'info-berlin' } } },
      },
      rules: [
        { from: 'istio/backend', to: 'consul/info' },
        { from: 'istio/backend', to: 'berlin/info' },
        { from: 'berlin/info', to: 'istio/backend' },
      ],
    },
  });
  const names = ['istio', 'consul', 'berlin'];
  const { stack: federation } = given({}, { plan: three }, names);

  it('have their roots in one cluster, each under its name', () => {
    const bundles = inCluster(federation, 'istio', 'kubernetes_config_map_v1').map(metadataOf);
    expect(bundles).toEqual(
      expect.arrayContaining([
        { namespace: 'default', name: 'federation-roots-consul' },
        { namespace: 'default', name: 'federation-roots-berlin' },
      ]),
    );
  });

  it('have a reader each, so that each right can be taken back alone', () => {
    for (const mesh of ['consul', 'berlin']) {
      expect(rulesOf(federation, mesh, 'roots-reader-istio')).toHaveLength(2);
    }
    for (const foreign of ['consul', 'berlin']) {
      const env = envOf(cronJobPod(federation, 'istio', `sync-${foreign}`));
      expect(env['FOREIGN_API_SERVER']).toBe(`https://${foreign}.example.com:8443`);
    }
    expect(rulesOf(federation, 'istio', 'roots-reader-berlin')).toHaveLength(2);
  });

  it('do not clash by name', () => {
    for (const [type, blocks] of Object.entries(synthesise(federation).resource ?? {})) {
      const found = Object.values(blocks).map(
        (block) => `${String(block['provider'])} ${JSON.stringify(metadataOf(block))}`,
      );
      expect([type, new Set(found).size]).toEqual([type, found.length]);
    }
  });
});
