import type { ClusterSettings } from '../config/clusters';
import type { ClusterConnection } from '../constructs/kubernetes';

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
