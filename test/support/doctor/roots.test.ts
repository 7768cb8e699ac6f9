import { expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { crossCalls, hops } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { Cluster, type Ref } from '../../../support/doctor/cluster';
import { rootsFindings } from '../../../support/doctor/roots';
import { certificate } from '../../helpers/roots';

const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });
const plan = accessPlan(config);

/** A cluster that trusts these roots, and has nothing else in it. */
class Trusting extends Cluster {
  public constructor(private readonly roots: string) {
    super(
      { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() },
      'kubectl',
      () => Promise.reject(new Error('there are no pods')),
    );
  }

  public override read({ kind, name }: Ref): Promise<YamlMap | undefined> {
    return Promise.resolve(
      kind === 'ConfigMap' && name.startsWith('federation-roots-')
        ? { data: { 'roots.pem': this.roots } }
        : undefined,
    );
  }
}

/** What is found of a hop's roots, where all were given. */
async function codes(...names: readonly string[]): Promise<string[]> {
  const roots = await Promise.all(names.map((name) => certificate({ name })));
  const cluster = new Trusting(roots.map(({ pem }) => pem).join(''));
  const [hop] = crossCalls(plan)
    .flatMap((call) => hops(plan, call, { addresses: (mesh) => `${mesh}.example.com` }))
    .filter((one) => one.roots !== undefined);
  if (hop === undefined) throw new Error('there is no hop with roots');
  const { findings } = await rootsFindings(
    {
      plan,
      clusters: { istio: cluster, consul: cluster },
      wanted: [],
      staleSeconds: 1,
      givenRoots: ['istio', 'consul'],
    },
    hop,
  );
  return findings.map(({ code }) => code);
}

it('warns of given roots of one name, which no job looks at', async () => {
  expect(await codes('one', 'other')).toEqual([]);
  expect(await codes('same', 'same')).toEqual(['roots-alike']);
});
