import path from 'node:path';
import { expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { placedMeshes } from '../../../config/placed-meshes';
import { crossCalls } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import type { Cluster, Ref } from '../../../support/cluster/cluster';
import { UnansweredError } from '../../../support/cluster/errors';
import { deployCommand } from '../../../support/doctor/deployed';
import { examine } from '../../../support/doctor/examine';
import { findingsOf } from '../../../support/doctor/finding';
import { configured, isInstalledHere } from '../../../support/doctor/load';
import { ClusterDouble } from '../../helpers/cluster-double';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();
const KUBECONFIG = path.join(__dirname, '../../lifecycle/files/kubeconfig.yaml');
const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });

/** A cluster without anything in it, whose connection breaks when a Service is asked for again. */
class Breaking extends ClusterDouble {
  private readonly asked = new Set<string>();

  public override read({ kind, name }: Ref): Promise<YamlMap | undefined> {
    if (kind !== 'Service') return Promise.resolve(undefined);
    if (this.asked.has(name))
      return Promise.reject(new UnansweredError('connection', 'socket hang up'));
    this.asked.add(name);
    return Promise.resolve(undefined);
  }

  public override list(): Promise<YamlMap[]> {
    return Promise.resolve([]);
  }

  public override served(): ReturnType<Cluster['served']> {
    return Promise.resolve([]);
  }
}

it('keeps what each cluster has said when the look at the wire fails', async () => {
  const cluster = new Breaking();
  const plan = accessPlan(config);
  const [call] = crossCalls(plan);
  if (call === undefined) throw new Error('there is no call');
  const deployed = {
    plan,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
  };
  const report = await examine(deployed, [call.id]);
  expect(report.calls).toHaveLength(1);
  for (const { hops } of report.calls) {
    const blind = hops.filter(({ findings }) =>
      findings.some(({ code }) => code === 'cluster-unreachable'),
    );
    expect(blind.map(({ place }) => place)).toEqual(['gateway']);
    expect(blind[0]?.findings.map(({ code }) => code)).toContain('service-missing');
  }
  const [broken] = findingsOf(report).filter(({ code }) => code === 'cluster-unreachable');
  expect(broken?.what).toContain('socket hang up');
});

it('names the stack of a federation that has a name', () => {
  const cluster = (context: string) => ({ kind: 'kubeconfig' as const, path: KUBECONFIG, context });
  const input: ConfigInput = {
    clusters: { istio: cluster('one'), consul: cluster('two') },
    federation: { name: 'sales' },
  };
  const deployed = configured(defineConfig(input).config);
  expect(deployCommand(deployed)).toBe('npx cdktf deploy federation-sales');
  expect(deployCommand({})).toBe('npx cdktf deploy federation');
  // Another file makes its meshes.
  expect(deployed.installed).toEqual([]);
});

it('knows a control plane of which values of your own may say something else', () => {
  const values = writeFile(folder, 'mine.yaml', '{}');
  const { config } = defineConfig({
    clusters: {
      istio: { kind: 'kubeconfig', path: KUBECONFIG, context: 'one' },
      consul: { kind: 'kubeconfig', path: KUBECONFIG, context: 'two' },
    },
    meshes: {
      istio: { values: { istiod: [values] } },
      consul: { values: [values] },
      linkerd: {
        kind: 'linkerd',
        cluster: 'istio',
        namespaces: [{ name: 'depot' }],
        values: { controlPlane: [values] },
      },
    },
  });
  expect(placedMeshes(config).map(({ mesh }) => isInstalledHere(mesh))).toEqual([
    false,
    false,
    false,
  ]);
});
