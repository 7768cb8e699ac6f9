import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineConfig, loadConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { type AccessPlan, crossCalls, hops } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import type { Cluster, Ref } from '../../../support/cluster/cluster';
import { rootsFindings } from '../../../support/doctor/roots';
import { ROOT } from '../../../support/paths';
import { certificate } from '../../helpers/roots';
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
async function findings(plan: AccessPlan, cluster: Cluster, givenRoots: readonly string[]) {
  const [hop] = crossCalls(plan)
    .flatMap((call) => hops(plan, call, { addresses: (mesh) => `${mesh}.example.com` }))
    .filter((one) => one.roots !== undefined);
  if (hop === undefined) throw new Error('there is no hop with roots');
  const clusters = Object.fromEntries(Object.keys(plan.meshes).map((mesh) => [mesh, cluster]));
  const found = await rootsFindings(
    { plan, clusters, wanted: [], staleSeconds: 600, givenRoots },
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
