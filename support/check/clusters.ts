import { expandPath } from '../../constructs/kubernetes/yaml-file';
import type { Config } from '../../config';
import { CHARTS, rangeText } from '../../config/versions';
import { unsupportedKubernetes } from '../../versions/verdicts';
import { missingPlugin, reasonOf } from '../terminal/reason';
import { findOut, type Finding } from './finding';

const area = 'clusters';

/** Seconds for an answer of an API server. */
const TIMEOUT = 10;

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
    const { KubeConfig, VersionApi } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromFile(expandPath(file));
    config.setCurrentContext(context);
    try {
      const { gitVersion } = await Promise.race([
        config.makeApiClient(VersionApi).getCode(),
        late(),
      ]);
      const found = `${context}, Kubernetes ${gitVersion}`;
      return [
        { area, what, verdict: 'right', found },
        ...unsupportedFindings(meshes, gitVersion, `Kubernetes of ${name}`),
      ];
    } catch (error) {
      return {
        area,
        what,
        verdict: 'wrong',
        found: `${context}: ${missingPlugin(error) ?? reasonOf(error)}`,
        remedy: `kubectl --context ${context} get --raw /readyz should print ok`,
      };
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

function late(): Promise<never> {
  return new Promise((_, reject) => {
    const error = new Error(`does not answer in ${TIMEOUT} s`);
    setTimeout(() => reject(error), TIMEOUT * 1000).unref();
  });
}
