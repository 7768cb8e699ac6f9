import { natGatewayCount } from '../constructs/network/validate';
import type { ClusterSettings } from './clusters';
import { natOf } from './network';
import type { Config } from './schema';
import { otherSide, SIDES } from './sides';

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

/** What the user must add for the pods of one cluster to reach the API of the other. */
export function egressNotices({ clusters }: Config): string[] {
  return SIDES.filter((side) => {
    const unknown = ownNatGateways(clusters[side]) + clusters[side].egressCidrs.length === 0;
    return unknown && admitsListedOnly(clusters[otherSide(side)]);
  }).map(
    (side) =>
      `The API of clusters.${otherSide(side)} admits listed addresses only. List those from which the ` +
      `pods of clusters.${side} call out in clusters.${side}.egressCidrs, or they cannot fetch its ` +
      'trust bundle.',
  );
}
