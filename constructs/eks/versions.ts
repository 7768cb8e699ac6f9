import { KUBERNETES_VERSIONS } from '../../versions';
import { today } from '../../versions/verdicts';

export { DEFAULT_KUBERNETES_VERSION, KUBERNETES_VERSIONS } from '../../versions';
export type { KubernetesVersion } from '../../versions';

/**
 * What EKS offers for a version: `newer` is one that the table does not know yet, `far` one that is more
 * than two minor versions beyond the table's newest.
 */
export type KubernetesSupport = 'standard' | 'extended' | 'ended' | 'newer' | 'far';

/** Minor versions that may come after the newest known: some eight months of them. */
const AHEAD = 2;

/**
 * How far a version is supported.
 *
 * @param version such as `1.35`
 * @param on Day, YYYY-MM-DD. Default: today.
 */
export function kubernetesSupport(version: string, on: string = today()): KubernetesSupport {
  const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
  if (known === undefined) {
    const ahead = minor(version) - minor(newestVersion());
    if (ahead <= 0) return 'ended';
    return ahead <= AHEAD ? 'newer' : 'far';
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

/** The newest version of the table. */
export function newestVersion(): string {
  return KUBERNETES_VERSIONS.at(-1)?.version ?? '';
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}
