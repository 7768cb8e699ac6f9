import {
  type KubernetesVersion,
  KUBERNETES_VERSIONS,
  kubernetesSupport,
} from '../constructs/eks/versions';
import { type Config, SIDES } from './settings';

/**
 * What has become of Kubernetes versions that were supported when the table of versions was made. No
 * mistake: a cluster that runs must stay deployable.
 *
 * @param today YYYY-MM-DD
 */
export function supportNotices({ clusters }: Config, today: string): string[] {
  return SIDES.flatMap((side) => {
    const cluster = clusters[side];
    if (cluster.kind !== 'eks') return [];
    const { version, extendedSupport } = cluster.eks;
    const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
    const notice = known && noticeOf(known, extendedSupport, today);
    return notice === undefined ? [] : [`clusters.${side}: ${notice}`];
  });
}

function noticeOf(
  { version, endOfStandardSupport, endOfExtendedSupport }: KubernetesVersion,
  extendedSupport: boolean,
  today: string,
): string | undefined {
  switch (kubernetesSupport(version, today)) {
    case 'ended':
      return `EKS ended its support of Kubernetes ${version} on ${endOfExtendedSupport} and makes no new clusters of it.`;
    case 'extended':
      return extendedSupport
        ? undefined
        : `Standard support of Kubernetes ${version} ended on ${endOfStandardSupport}: AWS upgrades the cluster by itself. Set a later eks.version.`;
    case 'standard':
    case 'newer':
      return undefined;
  }
}
