import { expandPath, textIn } from '../../constructs/kubernetes/yaml-file';
import type { Config } from '../../config';
import { CHARTS, rangeText } from '../../config/versions';
import { unsupportedKubernetes } from '../../versions/verdicts';
import { Cluster } from '../cluster/cluster';
import { ClusterError } from '../cluster/errors';
import { forwarder } from '../cluster/port-forward';
import { told } from '../cluster/trouble';
import { kubectlTo } from '../terminal/kubectl';
import { findOut, type Finding } from './finding';

const area = 'clusters';

/** Whether the API server of a context answers, and the meshes that are to be in it go with its version. */
export function clusterFinding(
  name: string,
  file: string,
  context: string,
  meshes: Config['meshes'] = {},
): Promise<Finding[]> {
  const what = `Cluster of ${name}`;
  return findOut(area, what, async () => {
    // An ES module, and slow to load.
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromFile(expandPath(file));
    config.setCurrentContext(context);
    const kubectl = kubectlTo({ path: file, context });
    try {
      const version = await new Cluster(config, kubectl, forwarder(config)).get('/version');
      const gitVersion = textIn(version, 'gitVersion') ?? '';
      const found = `${context}, Kubernetes ${gitVersion}`;
      return [
        { area, what, verdict: 'right', found },
        ...unsupportedFindings(meshes, gitVersion, `Kubernetes of ${name}`),
      ];
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      const { what: found, mend } = told(error, `context ${context}`, kubectl);
      return { area, what, verdict: 'wrong', found, remedy: mend };
    }
  });
}

/** Meshes whose vendors do not support them on the version that the cluster has. */
export function unsupportedFindings(
  meshes: Config['meshes'],
  gitVersion: string,
  what: string,
): Finding[] {
  const [, kubernetes] = /^v(\d+\.\d+)/.exec(gitVersion) ?? [];
  if (kubernetes === undefined) return [];
  return Object.entries(meshes).flatMap(
    ([name, { kind, version, allowUnsupported }]): Finding[] => {
      const charts = CHARTS[kind];
      const range = unsupportedKubernetes(charts, version, kubernetes);
      return range === undefined || allowUnsupported
        ? []
        : [
            {
              area,
              what,
              verdict: 'wrong',
              found: `is ${kubernetes}, but ${charts.name} ${version} is supported on ${rangeText(range)}`,
              remedy: `another meshes.${name}.version, or set meshes.${name}.allowUnsupported: true`,
            },
          ];
    },
  );
}
