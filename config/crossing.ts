import { consulGatewayPorts } from '../constructs/federation/plan';
import { pairs } from '../constructs/federation/plan/internal';
import { tlsPorts } from '../constructs/istio/gateway';
import type { ServicePort } from '../constructs/kubernetes';
import { hasIPv6Pods, type NewClusterSettings } from './clusters';
import { effectivePolicy, waysInto } from './effective-policy';
import {
  callersOf,
  type ClusterWithMeshes,
  clustersWithMeshes,
  peerClustersOf,
  type PlacedMesh,
} from './placed-meshes';
import { callingPartners } from './partners';
import type { Config, Settings } from './schema';
import { type Crossing, isPrivateConnection } from './ways';

/*
 * The way from one cluster to the gateways of another.
 */

/** Name of the stack with the private connection between clusters. */
export const CROSSING = 'crossing';

/** The way of calls, and the one that was until now and still stays. */
export function waysOf({ federation }: Pick<Config, 'federation'>): readonly Crossing[] {
  const { crossing, crossingFrom } = federation;
  return [crossing, ...(crossingFrom === undefined ? [] : [crossingFrom])];
}

/** A way that is made here, between VPCs. */
export type PrivateConnection = Extract<Crossing, 'peering' | 'privatelink'>;

/** Whether the load balancer of a gateway's own Service is there: for a way, or for ports of the user's own. */
export function hasOwnLoadBalancer(config: Settings, { name, mesh }: PlacedMesh): boolean {
  const ways = waysInto(config, name);
  const isNeeded = mesh.kind === 'linkerd' || ways.size === 0 || ways.has('gateway');
  return (
    (isNeeded && !waysOf(config).every(isPrivateConnection)) ||
    (mesh.kind !== 'linkerd' && mesh.gateway.ports.length > 0)
  );
}

/** Whether callers of other clusters enter a mesh past its gateway, by a load balancer of its borders. */
export function hasEntrance(config: Settings, { name }: PlacedMesh): boolean {
  return waysInto(config, name).has('load-balancer');
}

/** Whether others enter a mesh by a private load balancer that is made here. */
export function hasPrivateGateway(config: Settings, { name }: PlacedMesh): boolean {
  return waysOf(config).some(isPrivateConnection) && waysInto(config, name).has('gateway');
}

/**
 * Who may connect to the private load balancer of a mesh, as its nodes see them.
 *
 * @param ipv6Cidrs IPv6 addresses of the VPC of a cluster whose pods have such, by its name.
 */
export function privateSources(
  config: Settings,
  placed: PlacedMesh,
  ipv6Cidrs: (cluster: string) => readonly string[] = () => [],
): readonly string[] {
  const cidrOf = ({ cluster }: PlacedMesh) => (cluster.kind === 'eks' ? [cluster.cidr] : []);
  const byWay: Readonly<Record<Crossing, readonly string[]>> = {
    internet: [],
    given: [],
    // Pods come by their own addresses. Until a partner's are known, nobody but the own VPC is let in.
    peering: [
      ...callersOf(config, placed.name).flatMap((caller) => [
        ...cidrOf(caller),
        ...(hasIPv6Pods(placed.cluster) ? ipv6Cidrs(caller.clusterName) : []),
      ]),
      ...callingPartners(config, placed.name).flatMap(([, { offer }]) => {
        const cidr = offer?.connection?.peering?.cidr;
        return cidr === undefined ? cidrOf(placed) : [cidr];
      }),
    ],
    // Whoever comes by PrivateLink has an address of the load balancer:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    // The security group of one that other controllers make would judge by addresses of the callers, where they do
    // not know the annotation against it; that of EKS Auto Mode is not documented to (nlbAnnotations).
    privatelink: [
      ...cidrOf(placed),
      ...(placed.cluster.kind === 'eks' && placed.cluster.loadBalancers !== 'in-cloud'
        ? callersOf(config, placed.name).flatMap(cidrOf)
        : []),
    ],
  };
  return [...new Set(waysOf(config).flatMap((way) => byWay[way]))];
}

/** The record of a gateway, if it has one. What leads to a Linkerd mesh has none. */
export function recordOf(mesh: PlacedMesh['mesh']) {
  return mesh.kind === 'linkerd' ? undefined : mesh.gateway.record;
}

/** Ports of a mesh's gateway by which other meshes enter. */
export function federationPorts(config: Settings, { name, mesh }: PlacedMesh): ServicePort[] {
  if (mesh.kind !== 'istio') {
    return consulGatewayPorts(effectivePolicy(config), name).map((port) => ({
      name: `federation-${port}`,
      port,
    }));
  }
  return [...tlsPorts(mesh.gateway)];
}

/** A cluster that is made here, by its name in the settings. */
export interface NewCluster extends ClusterWithMeshes {
  readonly cluster: NewClusterSettings;
}

/** All of them. */
export function newClusters(config: Pick<Config, 'meshes' | 'clusters'>): NewCluster[] {
  return clustersWithMeshes(config).filter(isNew);
}

function isNew(one: ClusterWithMeshes): one is NewCluster {
  return one.cluster.kind === 'eks';
}

/** Pairs of clusters that are peered: those between which calls go. */
export function peeredPairs(config: Settings): (readonly [NewCluster, NewCluster])[] {
  return pairs(newClusters(config)).filter(([one, other]) =>
    peerClustersOf(config, one.name).some(({ name }) => name === other.name),
  );
}

/** Clusters other than its own from which a mesh is entered. */
export function callingClusters(config: Settings, { name, clusterName }: PlacedMesh): NewCluster[] {
  const names = new Set(callersOf(config, name).map((caller) => caller.clusterName));
  return newClusters(config).filter((one) => one.name !== clusterName && names.has(one.name));
}

/** Name, in its tags, of the endpoint service for the gateway of a mesh in a cluster. */
export function endpointServiceName({ name }: NewClusterSettings, mesh: string): string {
  return `${name}-${mesh}`;
}

/** Whether the Kubernetes API of a cluster has no address on the internet. */
export function hasPrivateApi({ eks: { endpoint } }: NewClusterSettings): boolean {
  return endpoint.privateOnly && endpoint.publicCidrs.length === 0;
}
