import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineConfig, loadConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { type AccessPlan, crossCalls, hops } from '../../../constructs/federation/plan';
import { NOBODY } from '../../../constructs/federation/jobs/nobody';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import type { Cluster, Ref } from '../../../support/cluster/cluster';
import { ApiError } from '../../../support/cluster/errors';
import { rootsFindings } from '../../../support/doctor/roots';
import { ROOT } from '../../../support/paths';
import { type Certificate, certificate } from '../../helpers/roots';
import { ClusterDouble } from '../../helpers/cluster-double';

const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });
const pair = accessPlan(config);

/** A cluster that has these objects, and nothing else in it. */
class Having extends ClusterDouble {
  public constructor(private readonly found: (ref: Ref) => YamlMap | undefined) {
    super();
  }

  public override read(ref: Ref): Promise<YamlMap | undefined> {
    return Promise.resolve(this.found(ref));
  }
}

/** Two meshes in one cluster, whose jobs exchange their roots there. */
function planOfOneCluster(): AccessPlan {
  const FEDERATION_CONFIG = path.join(ROOT, 'examples/one-cluster-two-meshes/federation.yaml');
  return accessPlan(loadConfig({ env: { FEDERATION_CONFIG } }).config);
}

/** What is found of the roots of the first hop that has some. */
async function findings(
  plan: AccessPlan,
  cluster: Cluster,
  givenRoots: readonly string[],
  now = new Date(),
) {
  const [hop] = crossCalls(plan)
    .flatMap((call) => hops(plan, call, { addresses: (mesh) => `${mesh}.example.com` }))
    .filter((one) => one.roots !== undefined);
  if (hop === undefined) throw new Error('there is no hop with roots');
  const clusters = Object.fromEntries(Object.keys(plan.meshes).map((mesh) => [mesh, cluster]));
  const found = await rootsFindings(
    { plan, clusters, wanted: [], staleSeconds: 600, givenRoots, now },
    hop,
  );
  return { hop, found: found.findings };
}

/** What is found where roots of these names were given. */
async function codes(...names: readonly string[]): Promise<string[]> {
  const roots = await Promise.all(names.map((name) => certificate({ name })));
  const cluster = new Having(({ kind, name }) =>
    kind === 'ConfigMap' && name.startsWith('federation-roots-')
      ? { data: { 'roots.pem': roots.map(({ pem }) => pem).join('') } }
      : undefined,
  );
  const { found } = await findings(pair, cluster, ['istio', 'consul']);
  return found.map(({ code }) => code);
}

it('warns of given roots of one name, which no job looks at', async () => {
  expect(await codes('one', 'other')).toEqual([]);
  expect(await codes('same', 'same')).toEqual(['roots-alike']);
});

it('names the job in the namespace of the mesh that lacks a root, also where both are in one cluster', async () => {
  const [old, published] = await Promise.all([
    certificate({ name: 'old' }),
    certificate({ name: 'new' }),
  ]);
  const cluster = new Having(({ kind, name }) => {
    if (kind === 'CronJob') return { spec: { schedule: '@hourly', suspend: false } };
    if (name.startsWith('federation-roots-')) return { data: { 'roots.pem': old.pem } };
    return name.startsWith('roots-')
      ? { data: { 'roots.pem': published.pem, success: new Date().toISOString() } }
      : undefined;
  });
  const { hop, found } = await findings(planOfOneCluster(), cluster, []);
  expect(found.find(({ code }) => code === 'roots-differ')?.mend).toBe(
    `kubectl --context a -n mesh-federation-${hop.mesh} create job --from=cronjob/sync-${hop.roots?.mesh} sync-now-$RANDOM`,
  );
});

describe('a problem of the job that fetches roots', () => {
  const reported = async (ofPublisher: object) => {
    const { pem } = await certificate({ name: 'root' });
    const success = new Date().toISOString();
    const cluster = new Having(({ kind, name }) => {
      if (kind === 'CronJob') return { spec: { schedule: '@hourly', suspend: false } };
      if (name.startsWith('federation-roots-')) return { data: { 'roots.pem': pem } };
      if (name.startsWith('sync-')) return { data: { problem: 'something', success } };
      return name.startsWith('roots-')
        ? { data: { 'roots.pem': pem, success, ...ofPublisher } }
        : undefined;
    });
    return findings(planOfOneCluster(), cluster, []);
  };

  it('is told with how to have it try again', async () => {
    const { hop, found } = await reported({});
    const mesh = hop.roots?.mesh;
    expect(found).toEqual([
      expect.objectContaining({
        code: 'sync-problem',
        mend:
          'docs/trust-bundles.md has what mends each reason; then kubectl --context a -n mesh-federation-' +
          `${hop.mesh} create job --from=cronjob/sync-${mesh} sync-now-$RANDOM`,
      }),
    ]);
  });

  it('is not told where the job that publishes them has one, which is its cause', async () => {
    const { found } = await reported({ problem: '403 forbidden' });
    expect(found.map(({ code }) => code)).toEqual(['publisher-problem']);
  });
});

describe('what brings roots from one mesh to the other', () => {
  const now = new Date();
  const success = now.toISOString();
  const long = '2026-01-01T00:00:00.000Z';
  const token = (seconds: number) => {
    const at = Math.floor(now.getTime() / 1000);
    const claims = JSON.stringify({ iat: at - 7200, exp: at + seconds });
    return Buffer.from(`a.${Buffer.from(claims).toString('base64url')}.c`).toString('base64');
  };

  /** What is found in a pair in which all is right but for objects of these names, by kind. */
  async function without(
    others: Readonly<Record<string, YamlMap | Error | undefined>>,
    roots?: readonly Certificate[],
  ) {
    const [root] = roots ?? [await certificate()];
    const pem = (roots ?? (root === undefined ? [] : [root])).map((one) => one.pem).join('');
    const right: Readonly<Record<string, YamlMap>> = {
      'ConfigMap federation-roots-consul': { data: { 'roots.pem': pem } },
      'ConfigMap roots-consul': { data: { 'roots.pem': root?.pem ?? '', success } },
      'ConfigMap sync-consul': { data: { success } },
      'Secret sync-consul': { data: { token: token(60) } },
      ...Object.fromEntries(
        ['roots-consul', 'sync-consul', 'renew-consul', 'issue-istio'].map((name) => [
          `CronJob ${name}`,
          { spec: { schedule: '@hourly' } },
        ]),
      ),
    };
    const cluster = new Having(({ kind, name }) => {
      const key = `${kind} ${name}`;
      const found = key in others ? others[key] : right[key];
      if (found instanceof Error) throw found;
      return found;
    });
    const { found } = await findings(pair, cluster, [], now);
    return found.map(({ code, level, mesh, what, mend }) => [code, level, mesh, what, mend]);
  }

  const says = (text: string) => expect.stringContaining(text) as unknown;
  const data = (more: YamlMap): YamlMap => ({ data: more });
  const DEPLOY = 'npx cdktf deploy federation';

  it('is right', async () => {
    expect(await without({})).toEqual([]);
    expect(await without({ 'ConfigMap sync-consul': data({ first: success }) })).toEqual([]);
  });

  it.each<
    readonly [
      code: string,
      mesh: string,
      what: string,
      mend: string,
      others: Readonly<Record<string, YamlMap | Error | undefined>>,
    ]
  >([
    [
      'publisher-missing',
      'consul',
      '/roots-consul: a new root of consul would reach nobody.',
      DEPLOY,
      { 'ConfigMap roots-consul': undefined },
    ],
    ['job-missing', 'consul', '/roots-consul.', DEPLOY, { 'CronJob roots-consul': undefined }],
    [
      'job-suspended',
      'consul',
      '/roots-consul is suspended, so roots and tokens become outdated.',
      `patch cronjob roots-consul -p '{"spec":{"suspend":false}}'`,
      { 'CronJob roots-consul': { spec: { schedule: '@hourly', suspend: true } } },
    ],
    [
      'publisher-problem',
      'consul',
      'The roots of consul are not published: 403 forbidden.',
      'logs -l job-name --prefix --tail 20',
      { 'ConfigMap roots-consul': data({ problem: '403 forbidden', success }) },
    ],
    [
      'publisher-overdue',
      'consul',
      'last succeeded never, so a new root of consul would reach nobody.',
      'get cronjobs,jobs,events',
      { 'ConfigMap roots-consul': data({}) },
    ],
    [
      'publisher-overdue',
      'consul',
      `last succeeded on ${long}, so`,
      'get cronjobs,jobs,events',
      { 'ConfigMap roots-consul': data({ success: long }) },
    ],
    [
      'sync-missing',
      'istio',
      '/sync-consul, in which the job reports.',
      DEPLOY,
      { 'ConfigMap sync-consul': undefined },
    ],
    ...(
      [
        ['istio', 'sync-consul'],
        ['istio', 'renew-consul'],
        ['consul', 'issue-istio'],
      ] as const
    ).map(
      ([mesh, name]) =>
        ['job-missing', mesh, `/${name}.`, DEPLOY, { [`CronJob ${name}`]: undefined }] as const,
    ),
    [
      'token-missing',
      'istio',
      '/sync-consul with the token for consul.',
      DEPLOY,
      { 'Secret sync-consul': undefined },
    ],
    [
      'token-expired',
      'istio',
      'so roots of consul are not fetched any more.',
      `delete secret sync-consul; then ${DEPLOY}`,
      { 'Secret sync-consul': data({ token: token(-60) }) },
    ],
    [
      'sync-problem',
      'istio',
      'The roots of consul are not kept up to date in the cluster of istio: no answer.',
      'create job --from=cronjob/sync-consul sync-now-',
      { 'ConfigMap sync-consul': data({ success, problem: 'no answer', renewal: 'late' }) },
    ],
    [
      'renewal-problem',
      'istio',
      'The roots of consul are not kept up to date in the cluster of istio: late.',
      'create job --from=cronjob/renew-consul renew-now-',
      { 'ConfigMap sync-consul': data({ success, renewal: 'late' }) },
    ],
    [
      'sync-overdue',
      'istio',
      'last succeeded never, so a new root of consul would not arrive.',
      'get cronjobs,jobs,events',
      { 'ConfigMap sync-consul': data({}) },
    ],
    [
      'sync-overdue',
      'istio',
      `last succeeded on ${long}, so`,
      'get cronjobs,jobs,events',
      { 'ConfigMap sync-consul': data({ success: long, first: success }) },
    ],
    [
      'sync-warning',
      'istio',
      'The roots of consul in istio: one ends soon.',
      'docs/trust-bundles.md',
      { 'ConfigMap sync-consul': data({ success, warning: 'one ends soon' }) },
    ],
  ])('warns of %s in %s: %s', async (code, mesh, what, mend, others) => {
    expect(await without(others)).toEqual([[code, 'warning', mesh, says(what), says(mend)]]);
  });

  it('is not judged by a token that nobody lets be read', async () => {
    expect(await without({ 'Secret sync-consul': new ApiError(403, 'forbidden') })).toEqual([]);
    const down = new ApiError(500, 'down');
    await expect(without({ 'Secret sync-consul': down })).rejects.toThrow('down');
  });

  it.each<readonly [code: string, what: string, mend: string, found: YamlMap | undefined]>([
    ['roots-missing', 'so nobody there can verify the mesh consul.', DEPLOY, undefined],
    [
      'roots-empty',
      'has no roots of consul in its key roots.pem.',
      'cronjob/sync-consul',
      data({}),
    ],
    [
      'roots-empty',
      'has no roots of consul in its key roots.pem.',
      'cronjob/sync-consul',
      data({ 'roots.pem': '\n' }),
    ],
    [
      'roots-unusable',
      'holds no roots of consul: ',
      'cronjob/sync-consul',
      data({ 'roots.pem': 'none of them' }),
    ],
    [
      'roots-distrusted',
      'trusts no root of consul: all that there were are distrusted or withdrawn.',
      'federation.trust.distrusted lists what is never trusted',
      data({ 'roots.pem': NOBODY }),
    ],
  ])('ends calls by %s: %s', async (code, what, mend, found) => {
    expect(await without({ 'ConfigMap federation-roots-consul': found })).toEqual([
      [code, 'broken', 'istio', says(what), says(mend)],
    ]);
  });

  it('ends calls where every root has expired, and not where one has', async () => {
    const [good, past] = await Promise.all([
      certificate({ name: 'good' }),
      certificate({ name: 'past', expiresInDays: -1 }),
    ]);
    expect(await without({}, [good, past])).toEqual([]);
    expect(await without({}, [past])).toEqual([
      [
        'roots-unusable',
        'broken',
        'istio',
        says('holds no roots of consul: it expired on '),
        says('cronjob/sync-consul'),
      ],
    ]);
  });

  it('warns where the last root ends soon', async () => {
    const [good, ending, sooner] = await Promise.all([
      certificate({ name: 'good' }),
      certificate({ name: 'ending', expiresInDays: 10.5 }),
      certificate({ name: 'sooner', expiresInDays: 5 }),
    ]);
    expect(await without({}, [sooner, good])).toEqual([]);
    expect(await without({}, [sooner, ending])).toEqual([
      [
        'roots-ending',
        'warning',
        'istio',
        expect.stringMatching(/^The last root of consul in .* expires on .*, in 10 days\.$/),
        'rotate the root of consul: docs/trust-bundles.md',
      ],
    ]);
  });
});
