import type { Config } from '../config';
import {
  federationPorts,
  hasOwnLoadBalancer,
  hasPrivateGateway,
  privateSources,
  recordOf,
  waysOf,
} from '../config/crossing';
import { waysInto } from '../config/effective-policy';
import { gatewaySources } from '../config/gateways';
import { isEntered, type PlacedMesh } from '../config/placed-meshes';
import type { MeshEntrance, MeshMember } from '../constructs/federation/plan';
import { loadBalancerClass } from '../constructs/kubernetes/load-balancer';
import { type CrossingStack, ownService, privateService } from './crossing';
import type { Deployment } from './deployed-to';
import type { FederationStackMesh } from './federation';
import { gatewayService } from './mesh-stack';
import type { ExchangedAddresses } from './nat-addresses';
import { onCluster } from './on-cluster';

/** By which addresses clusters call each other, which their stacks know. */
export interface Exchanged {
  readonly addresses: ExchangedAddresses;
  /** IPv6 addresses of the VPC of a cluster whose pods have such, by its name. */
  readonly ipv6Cidrs: (cluster: string) => readonly string[];
}

/** What the federation must know of the load balancer that it makes for the borders of a mesh. */
export function withEntrance(
  config: Config,
  placed: PlacedMesh,
  member: MeshMember,
  deployment: Deployment,
  { addresses, ipv6Cidrs }: Partial<Exchanged>,
): MeshMember {
  if (!waysInto(config, placed.name).has('load-balancer')) return member;
  const { cluster, mesh } = placed;
  const controller = cluster.kind === 'kubeconfig' ? undefined : cluster.loadBalancers;
  const { serviceAnnotations: annotations, allowedSources } = gatewayService({
    ...onCluster(cluster, deployment),
    settings: mesh,
    allowedSources: gatewaySources(config, placed, addresses?.cidrs ?? (() => []), ipv6Cidrs),
    loadBalancerSubnets: loadBalancerSubnets(placed),
    controller,
  });
  const entrance: MeshEntrance = {
    annotations,
    allowedSources,
    loadBalancerClass: controller && loadBalancerClass(controller),
  };
  switch (member.kind) {
    case 'istio':
      return { ...member, mesh: { ...member.mesh, entrance } };
    case 'consul':
      return { ...member, mesh: { ...member.mesh, entrance } };
    case 'linkerd':
      return { ...member, mesh: { ...member.mesh, entrance } };
  }
}

/** By which the others reach the gateway of a mesh. */
export function gatewayAddress(
  config: Config,
  placed: PlacedMesh,
  member: MeshMember,
  crossing: CrossingStack | undefined,
): Pick<FederationStackMesh, 'gatewayAddress' | 'entrance' | 'record'> {
  const { address } = placed.mesh.gateway;
  const record = recordOf(placed.mesh);
  switch (config.federation.crossing) {
    case 'internet':
    case 'given':
      return member.kind !== 'linkerd' &&
        record !== undefined &&
        isEntered(config.accessPolicy, placed.name)
        ? { record, entrance: ownService(member) }
        : { gatewayAddress: address };
    case 'peering':
      return member.kind !== 'linkerd' && hasPrivateGateway(config, placed)
        ? { record, entrance: privateService(member) }
        : {};
    case 'privatelink':
      return {
        gatewayAddress: crossing?.endpoints.get(placed.name),
        ...(member.kind !== 'linkerd' &&
          hasPrivateGateway(config, placed) && { entrance: privateService(member) }),
      };
  }
}

/** Our endpoint for the gateway of a partner, where calls go by one. */
export function endpointTo(
  { federation }: Config,
  partner: string,
  crossing: CrossingStack | undefined,
) {
  return federation.crossing === 'privatelink' ? crossing?.endpoints.get(partner) : undefined;
}

/** What leads to the gateway of a mesh. */
export function gatewayProps(
  { config, addresses, ipv6Cidrs }: Exchanged & { readonly config: Config },
  placed: PlacedMesh,
) {
  const { cluster } = placed;
  return {
    allowedSources: gatewaySources(config, placed, addresses.cidrs, ipv6Cidrs),
    loadBalancerSubnets: loadBalancerSubnets(placed),
    controller: cluster.kind === 'kubeconfig' ? undefined : cluster.loadBalancers,
    exposed: hasOwnLoadBalancer(config, placed),
    privateGateway: hasPrivateGateway(config, placed)
      ? {
          ports: federationPorts(config, placed),
          allowedSources: privateSources(config, placed, ipv6Cidrs),
          ways: waysOf(config),
          subnetIds: cluster.kind === 'eks' ? cluster.existingVpc?.privateSubnetIds : undefined,
        }
      : undefined,
  };
}

/** Of a mesh's gateway. */
function loadBalancerSubnets({ mesh, cluster }: PlacedMesh): readonly string[] | undefined {
  if (cluster.kind !== 'eks') return undefined;
  const { existingVpc } = cluster;
  return mesh.gateway.internal ? existingVpc?.privateSubnetIds : existingVpc?.publicSubnetIds;
}
