import { KUBERNETES_VERSIONS } from '../../versions';
import { today } from '../../versions/verdicts';

export { DEFAULT_KUBERNETES_VERSION, KUBERNETES_VERSIONS } from '../../versions';
export type { KubernetesVersion } from '../../versions';

/** What EKS offers for a version: `newer` is one that the table does not know yet. */
export type KubernetesSupport = 'standard' | 'extended' | 'ended' | 'newer';

/**
 * How far a version is supported.
 *
 * @param version such as `1.35`
 * @param on Day, YYYY-MM-DD. Default: today.
 */
export function kubernetesSupport(version: string, on: string = today()): KubernetesSupport {
  const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
  if (known === undefined) {
    const newest = KUBERNETES_VERSIONS.at(-1)?.version ?? '';
    return minor(version) > minor(newest) ? 'newer' : 'ended';
  }
  if (on < known.endOfStandardSupport) return 'standard';
  return on < known.endOfExtendedSupport ? 'extended' : 'ended';
}

/** The versions in standard support, today or on another day. */
export function standardVersions(on: string = today()): readonly string[] {
  return KUBERNETES_VERSIONS.map(({ version }) => version).filter(
    (version) => kubernetesSupport(version, on) === 'standard',
  );
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}
