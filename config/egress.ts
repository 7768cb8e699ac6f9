import { commandLine } from '../constructs/command-line';
import { natGatewayCount } from '../constructs/network/validate';
import type { ClusterSettings } from './clusters';
import { natOf } from './network';
import type { Problem } from '../constructs/problems';
import { clustersWithMeshes, hasGivenRoots, peerClustersOf } from './placed-meshes';
import type { Config, Settings } from './schema';

/** Number of NAT gateways, made here, by which the pods of a cluster call the internet. */
export function ownNatGateways(cluster: ClusterSettings): number {
  return cluster.kind === 'eks' &&
    cluster.existingVpc === undefined &&
    cluster.eks.nodeSubnets === 'private'
    ? natGatewayCount({ ...cluster.network, nat: natOf(cluster) })
    : 0;
}

/** Whether nothing leaves the VPC of a cluster that is made here but by private connections. */
function isClosed(cluster: ClusterSettings): boolean {
  return (
    cluster.kind === 'eks' &&
    cluster.existingVpc === undefined &&
    cluster.eks.nodeSubnets === 'private' &&
    natOf(cluster) === 'none'
  );
}

/**
 * What a cluster whose VPC has no way to the internet cannot have; paths from the root. Without the endpoints
 * of AWS it does not work at all, which is told in its place.
 */
export function closedProblems(config: Settings): Problem[] {
  const closed = clustersWithMeshes(config).filter(
    ({ cluster }) => isClosed(cluster) && cluster.kind === 'eks' && cluster.network.awsEndpoints,
  );
  const first = closed[0];
  if (first === undefined) return [];
  const { federation, images } = config;
  const where = `clusters.${first.name} has no way to the internet (network.nat: none)`;
  const comparedWith = [['clusters'], ['network']];
  const problems: Problem[] = [];
  if (images.registry === undefined) {
    problems.push({
      path: ['images', 'registry'],
      message:
        `is missing, but ${where}: name the registry of your account's ECR in its region, with the images ` +
        `that "${commandLine('images')}" lists`,
      comparedWith,
    });
  }
  if (federation.crossing === 'internet' && clustersWithMeshes(config).length > 1) {
    problems.push({
      path: ['federation', 'crossing'],
      message: `is internet, but ${where}; set it to peering, privatelink or given`,
      comparedWith,
    });
  }
  for (const { name } of closed) {
    for (const peer of peerClustersOf(config, name)) {
      const { cluster } = peer;
      const isFetched = peer.meshes.some((mesh) => !hasGivenRoots(federation, mesh.name));
      const isPublic = cluster.kind === 'eks' && cluster.eks.endpoint.publicCidrs.length > 0;
      if (!isFetched || !isPublic) continue;
      problems.push({
        path: ['clusters', peer.name, 'eks', 'endpoint', 'publicCidrs'],
        message:
          `opens the API to the internet, to which its name then leads from clusters.${name}, which has no way ` +
          'there (network.nat: none) and fetches roots from it; set eks.endpoint.privateOnly: true in its ' +
          'place, or give the roots as files in federation.trust.roots',
        comparedWith: [...comparedWith, ['federation']],
      });
    }
  }
  return problems;
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
          .filter((peer) => admitsListedOnly(peer.cluster))
          .map(
            (peer) =>
              `The API of clusters.${peer.name} admits listed addresses only. List those from which the ` +
              `pods of clusters.${name} call out in clusters.${name}.egressCidrs, or they cannot fetch its ` +
              'trust bundle.',
          ),
  );
}
