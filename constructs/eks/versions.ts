/** A Kubernetes version of Amazon EKS and until when it is supported. Dates are UTC, YYYY-MM-DD. */
export interface KubernetesVersion {
  /** Minor version, such as `1.35`. */
  readonly version: string;
  /** From this day on the version is in extended support. */
  readonly endOfStandardSupport: string;
  /** From the end of standard support until here the cluster costs more by the hour. */
  readonly endOfExtendedSupport: string;
}

/** The day of `KUBERNETES_VERSIONS`. Later days change no verdict, so a stack never stops to synthesise by itself. */
export const KUBERNETES_VERSIONS_DATE = '2026-11-25';

/**
 * The oldest first.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
 * @see https://endoflife.date/amazon-eks
 */
export const KUBERNETES_VERSIONS: readonly KubernetesVersion[] = [
  { version: '1.29', endOfStandardSupport: '2025-03-23', endOfExtendedSupport: '2026-03-23' },
  { version: '1.30', endOfStandardSupport: '2025-07-23', endOfExtendedSupport: '2026-07-23' },
  { version: '1.31', endOfStandardSupport: '2025-11-26', endOfExtendedSupport: '2026-11-26' },
  { version: '1.32', endOfStandardSupport: '2026-03-23', endOfExtendedSupport: '2027-03-23' },
  { version: '1.33', endOfStandardSupport: '2026-07-29', endOfExtendedSupport: '2027-07-29' },
  { version: '1.34', endOfStandardSupport: '2026-12-02', endOfExtendedSupport: '2027-12-02' },
  { version: '1.35', endOfStandardSupport: '2027-03-27', endOfExtendedSupport: '2028-03-27' },
  { version: '1.36', endOfStandardSupport: '2027-08-02', endOfExtendedSupport: '2028-08-02' },
];

/** The version of new clusters. */
export const DEFAULT_KUBERNETES_VERSION = '1.35';

/** What EKS offers for a version: `newer` is one that this table does not know yet. */
export type KubernetesSupport = 'standard' | 'extended' | 'ended' | 'newer';

/**
 * How far a version is supported.
 *
 * @param version such as `1.35`
 * @param on Day, YYYY-MM-DD. The verdict on a setting uses the table's own day (the default); a
 * reminder may use today.
 */
export function kubernetesSupport(
  version: string,
  on: string = KUBERNETES_VERSIONS_DATE,
): KubernetesSupport {
  const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
  if (known === undefined) {
    const newest = KUBERNETES_VERSIONS.at(-1)?.version ?? '';
    return minor(version) > minor(newest) ? 'newer' : 'ended';
  }
  if (on < known.endOfStandardSupport) return 'standard';
  return on < known.endOfExtendedSupport ? 'extended' : 'ended';
}

/** The versions in standard support on the table's day. */
export function standardVersions(): readonly string[] {
  return KUBERNETES_VERSIONS.map(({ version }) => version).filter(
    (version) => kubernetesSupport(version) === 'standard',
  );
}

/**
 * Whether EKS has no image of this type for the version: Amazon Linux 2 ends with Kubernetes 1.32.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
 */
export function lacksImage(imageType: string, version: string): boolean {
  return imageType.startsWith('AL2_') && minor(version) >= 33;
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}
