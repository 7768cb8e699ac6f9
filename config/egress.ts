import { natGatewayCount } from '../constructs/network/validate';
import type { ClusterSettings } from './clusters';
import { natOf } from './network';
import { clustersWithMeshes, peerClustersOf } from './placed-meshes';
import type { Config } from './schema';

/** Number of NAT gateways, made here, by which the pods of a cluster call the internet. */
export function ownNatGateways(cluster: ClusterSettings): number {
  return cluster.kind === 'eks' &&
    cluster.existingVpc === undefined &&
    cluster.eks.nodeSubnets === 'private'
    ? natGatewayCount({ ...cluster.network, nat: natOf(cluster) })
    : 0;
}

/** Whether a cluster that is made here has a Kubernetes API on the internet, for listed addresses only. */
export function admitsListedOnly(cluster: ClusterSettings): boolean {
  if (cluster.kind !== 'eks') return false;
  const { publicCidrs } = cluster.eks.endpoint;
  return publicCidrs.length > 0 && !publicCidrs.includes('0.0.0.0/0');
}

/** What the user must add for the pods of one cluster to reach the API of another. */
export function egressNotices(config: Config): string[] {
  return clustersWithMeshes(config).flatMap(({ name, cluster }) =>
    ownNatGateways(cluster) + cluster.egressCidrs.length > 0
      ? []
      : peerClustersOf(config, name)
          .filter((partner) => admitsListedOnly(partner.cluster))
          .map(
            (partner) =>
              `The API of clusters.${partner.name} admits listed addresses only. List those from which the ` +
              `pods of clusters.${name} call out in clusters.${name}.egressCidrs, or they cannot fetch its ` +
              'trust bundle.',
          ),
  );
}
