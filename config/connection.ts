import type { ClusterConnection } from '../constructs/kubernetes';
import type { ClusterSettings } from './clusters';

/** How the stacks on top of a cluster reach it. */
export function clusterConnection(cluster: ClusterSettings, region: string): ClusterConnection {
  switch (cluster.kind) {
    case 'kubeconfig':
      return cluster;
    case 'existing-eks':
      return { kind: 'eks', clusterName: cluster.name, region: cluster.region ?? region };
    case 'eks':
      return { kind: 'eks', clusterName: cluster.name, region };
  }
}

/** DNS domain of a cluster, where it is not the usual one. */
export function clusterDomain(cluster: ClusterSettings): string | undefined {
  return cluster.kind === 'eks' ? undefined : cluster.clusterDomain;
}
