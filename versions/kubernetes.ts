import type { Day, KubernetesVersion } from './types';

/** The day on which the catalog was last compared with its sources. */
export const CHECKED: Day = '2026-11-28';

/** The version of new clusters. Both meshes' vendors support it. */
export const DEFAULT_KUBERNETES_VERSION = '1.35';

/**
 * The versions of Amazon EKS, the oldest first.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
 * @see https://endoflife.date/amazon-eks
 */
export const KUBERNETES_VERSIONS: readonly KubernetesVersion[] = [
  { version: '1.31', endOfStandardSupport: '2025-11-26', endOfExtendedSupport: '2026-11-26' },
  { version: '1.32', endOfStandardSupport: '2026-03-23', endOfExtendedSupport: '2027-03-23' },
  { version: '1.33', endOfStandardSupport: '2026-07-29', endOfExtendedSupport: '2027-07-29' },
  { version: '1.34', endOfStandardSupport: '2026-12-02', endOfExtendedSupport: '2027-12-02' },
  { version: '1.35', endOfStandardSupport: '2027-03-27', endOfExtendedSupport: '2028-03-27' },
  { version: '1.36', endOfStandardSupport: '2027-08-02', endOfExtendedSupport: '2028-08-02' },
];
