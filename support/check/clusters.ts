import { expandPath } from '../../constructs/kubernetes/yaml-file';
import { findOut, reasonOf, type Finding } from './finding';

const area = 'clusters';

/** Seconds for an answer of an API server. */
const TIMEOUT = 10;

/** Whether the API server of a context answers. */
export function clusterFinding(name: string, file: string, context: string): Promise<Finding[]> {
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
      return { area, what, verdict: 'right', found: `${context}, Kubernetes ${gitVersion}` };
    } catch (error) {
      return {
        area,
        what,
        verdict: 'wrong',
        found: `${context}: ${reasonOf(error)}`,
        remedy: `kubectl --context ${context} get --raw /readyz should print ok`,
      };
    }
  });
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    const error = new Error(`does not answer in ${TIMEOUT} s`);
    setTimeout(() => reject(error), TIMEOUT * 1000).unref();
  });
}
