import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import type { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Config } from '../config';
import { awsPlace } from '../config/connection';
import {
  callingClusters,
  federationPorts,
  hasPrivateApi,
  hasPrivateGateway,
  type NewCluster,
  endpointServiceName,
  newClusters,
  peeredPairs,
  type PrivateConnection,
} from '../config/crossing';
import { partnerCallers, partnerEndpoints, partnerPeers } from '../config/partner-crossing';
import { type PlacedMesh, placedMeshes } from '../config/placed-meshes';
import type { ConsulMember, IstioMember, MeshMember } from '../constructs/federation/plan';
import { nlbTags } from '../constructs/kubernetes';
import { privateGatewayName } from '../constructs/kubernetes/private-gateway';
import {
  type INetwork,
  type PeeredVpc,
  PrivateLinkEndpoint,
  PrivateLinkService,
  type PrivateLinkServiceProps,
  VpcPeering,
  VpcPeeringHalf,
} from '../constructs/network';
import { awsProvider, type Deployment } from './deployed-to';
import { internalError } from '../constructs/problems';

/** What it must know of a cluster, as its stack made it. */
export interface ConnectedCluster {
  readonly network: INetwork;
  readonly cluster: {
    /** Group of the Kubernetes API. */
    readonly securityGroupId: string;
    readonly nodeSecurityGroupId: string;
  };
}

/** Settings of `CrossingStack`. */
export interface CrossingStackProps {
  readonly deployment: Deployment;
  readonly config: Config;
  /** The new way, and the one that was until now while it stays. */
  readonly ways: readonly PrivateConnection[];
  /** By the names of the settings. */
  readonly clusters: ReadonlyMap<string, ConnectedCluster | undefined>;
  /** By the names of the settings. */
  readonly members: ReadonlyMap<string, MeshMember>;
}

/**
 * The private connection between clusters: peered VPCs, or an endpoint in one of them for the gateway in the other.
 * It is above the clusters, and with PrivateLink above the meshes, whose gateways it offers; what leads by it
 * is above it. So it is there before the first call, and goes after the last.
 */
export class CrossingStack extends TerraformStack {
  /** Addresses by which a gateway is reached through PrivateLink, by mesh: ours, and those of partners. */
  public readonly endpoints: ReadonlyMap<string, string>;
  private readonly providers = new Map<string, AwsProvider>();

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CrossingStackProps,
  ) {
    super(scope, id);
    const { ways } = props;
    if (ways.includes('peering')) {
      this.peer();
      this.peerWithPartners();
    }
    this.endpoints = new Map(
      ways.includes('privatelink') ? [...this.link(), ...this.linkToPartners()] : [],
    );
    for (const [mesh, address] of this.endpoints) {
      new TerraformOutput(this, `${mesh}_endpoint`, {
        description: `Address by which the gateway of ${mesh} is reached through PrivateLink.`,
        value: address,
      });
    }
  }

  private peer(): void {
    for (const [one, other] of peeredPairs(this.props.config)) {
      new VpcPeering(this, `${one.name}-${other.name}`, {
        name: `${one.cluster.name}-${other.cluster.name}`,
        requester: this.end(one),
        accepter: this.end(other),
      });
    }
  }

  /** Our half of each peering: what is not there yet comes with a later offer. */
  private peerWithPartners(): void {
    for (const { partner, cluster, offered, requests, requested } of partnerPeers(
      this.props.config,
    )) {
      if (!requests && requested === undefined) continue;
      const { network, publicNodes, provider } = this.end(cluster);
      const half = new VpcPeeringHalf(this, `${cluster.name}-${partner}`, {
        name: `${cluster.cluster.name}-${partner}`,
        own: { network, publicNodes, provider },
        peer: {
          vpcId: offered.vpc,
          cidr: offered.cidr,
          accountId: offered.account,
          region: offered.region,
        },
        connectionId: requests ? undefined : requested,
      });
      new TerraformOutput(this, `${cluster.name}_${partner}_peering`, {
        description: `The peering with the VPC of ${partner}, for the offer to its owner.`,
        value: half.connectionId,
      });
    }
  }

  private end(one: NewCluster): PeeredVpc {
    const { cluster, network } = this.made(one.name);
    const { region, accountId } = awsPlace(one.cluster, this.props.deployment.aws);
    return {
      network: { ...attributes(network), cidr: one.cluster.cidr },
      // Of an existing VPC the settings list the tables of the nodes, whichever subnets they are in.
      publicNodes:
        one.cluster.eks.nodeSubnets === 'public' && one.cluster.existingVpc === undefined,
      provider: this.provider(one),
      region,
      accountId,
      // Names of private APIs lead to addresses of the VPC from everywhere; those of others do not:
      // https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
      admits: hasPrivateApi(one.cluster)
        ? [
            {
              securityGroupId: cluster.securityGroupId,
              port: 443,
              description: 'Kubernetes API for the jobs of the other cluster',
            },
          ]
        : [],
    };
  }

  /** One service for each mesh that is entered, and its endpoint where the calls come from. */
  private link(): (readonly [mesh: string, address: string])[] {
    const { config, members } = this.props;
    const entered = placedMeshes(config).filter((placed) => hasPrivateGateway(config, placed));
    return entered.flatMap((placed) => {
      const [caller] = callingClusters(config, placed);
      const member = members.get(placed.name);
      const owner = newClusters(config).find(({ name }) => name === placed.clusterName);
      // Whoever has no mesh or cluster of that kind is refused in the settings.
      if (member === undefined || owner === undefined || member.kind === 'linkerd') return [];
      if (caller !== undefined) {
        return [[placed.name, this.linkOwn(placed, member, owner, caller)] as const];
      }
      this.offerToPartners(placed, member, owner);
      return [];
    });
  }

  /** Both ends, where both are ours. */
  private linkOwn(
    placed: PlacedMesh,
    member: GatewayMember,
    owner: NewCluster,
    caller: NewCluster,
  ): string {
    const { config } = this.props;
    const callers = this.provider(caller);
    const of = { provider: callers };
    const { accountId } = new DataAwsCallerIdentity(this, `callers-of-${placed.name}`, of);
    const { partition } = new DataAwsPartition(this, `partition-of-${placed.name}`, of);
    const here = this.regionOf(owner);
    const there = this.regionOf(caller);
    const { cluster, network } = this.made(caller.name);
    const service = this.offer(placed, member, owner, {
      allowedPrincipals: [`arn:${partition}:iam::${accountId}:root`],
      regions: [there],
    });
    const endpoint = new PrivateLinkEndpoint(this, `${placed.name}-endpoint`, {
      name: `${caller.cluster.name}-to-${endpointServiceName(owner.cluster, placed.name)}`,
      serviceName: service.serviceName,
      serviceRegion: here === there ? undefined : here,
      network,
      ports: federationPorts(config, placed).map(({ port }) => port),
      callers: [cluster.nodeSecurityGroupId],
      provider: callers,
      dependsOn: service.permissions,
    });
    service.accept(caller.name, endpoint.endpoint.id);
    return endpoint.address;
  }

  /** Our end of what partners enter by: each creates an endpoint of its own. */
  private offerToPartners(placed: PlacedMesh, member: GatewayMember, owner: NewCluster): void {
    const callers = partnerCallers(this.props.config, placed).map(({ offered }) => offered);
    if (callers.length === 0) return;
    const { serviceName } = this.offer(placed, member, owner, {
      allowedPrincipals: [...new Set(callers.map(({ principal }) => principal))],
      regions: callers.map(({ region }) => region),
      // Its id would be known with one more offer only; whoever is not named cannot ask.
      acceptance: false,
    });
    new TerraformOutput(this, `${placed.name}_service`, {
      description: `The endpoint service of ${placed.name}, for the offer to its callers.`,
      value: serviceName,
    });
  }

  private offer(
    placed: PlacedMesh,
    member: GatewayMember,
    owner: NewCluster,
    {
      regions,
      ...allowed
    }: Pick<PrivateLinkServiceProps, 'allowedPrincipals' | 'acceptance'> & {
      readonly regions: readonly string[];
    },
  ): PrivateLinkService {
    const { name, cluster } = owner;
    const here = this.regionOf(owner);
    const others = regions.filter((region) => region !== here);
    return new PrivateLinkService(this, `${placed.name}-service`, {
      name: endpointServiceName(cluster, placed.name),
      loadBalancerTags: nlbTags({
        clusterName: cluster.name,
        controller: cluster.loadBalancers,
        ...privateService(member),
      }),
      madeBy: `The controller of load balancers in clusters.${name}`,
      ...allowed,
      // Its own is listed too, as in the provider's own test of it: it may be answered with.
      supportedRegions: others.length === 0 ? undefined : [...new Set([here, ...others])],
      provider: this.provider(owner),
    });
  }

  /** An endpoint for each partner's gateway that our services call, once its service is known. */
  private linkToPartners(): (readonly [mesh: string, address: string])[] {
    return partnerEndpoints(this.props.config).flatMap(({ partner, caller, offered, ports }) => {
      const { service, region } = offered;
      if (service === undefined) return [];
      const { cluster, network } = this.made(caller.name);
      const { address } = new PrivateLinkEndpoint(this, `${partner}-endpoint`, {
        name: `${caller.cluster.name}-to-${partner}`,
        serviceName: service,
        serviceRegion: region === this.regionOf(caller) ? undefined : region,
        network,
        ports,
        callers: [cluster.nodeSecurityGroupId],
        provider: this.provider(caller),
      });
      return [[partner, address] as const];
    });
  }

  private regionOf({ cluster }: NewCluster): string {
    return awsPlace(cluster, this.props.deployment.aws).region;
  }

  /** What the stack of a new cluster has made. */
  private made(name: string): ConnectedCluster {
    const made = this.props.clusters.get(name);
    if (made === undefined)
      throw internalError(`${this.node.path}: no stack makes clusters.${name}`);
    return made;
  }

  /** Of a cluster's account and region. */
  private provider({ name, cluster }: NewCluster): AwsProvider {
    const known = this.providers.get(name);
    if (known !== undefined) return known;
    const { deployment } = this.props;
    const made = awsProvider(this, deployment, { ...awsPlace(cluster, deployment.aws), name });
    this.providers.set(name, made);
    return made;
  }
}

/** What AWS knows of a VPC; its construct has more. */
function attributes({
  vpcId,
  ipv6Cidr,
  publicSubnetIds,
  privateSubnetIds,
  privateRouteTableIds,
  publicRouteTableIds,
  egress,
}: INetwork): INetwork {
  return {
    vpcId,
    ipv6Cidr,
    publicSubnetIds,
    privateSubnetIds,
    privateRouteTableIds,
    publicRouteTableIds,
    egress,
  };
}

/** A mesh that is entered by the load balancer of a gateway. */
type GatewayMember = IstioMember | ConsulMember;

/** The Service of a mesh's gateway that its chart makes. */
export function ownService({ kind, mesh }: GatewayMember) {
  const namespace = kind === 'istio' ? mesh.gateway.namespace : mesh.namespace;
  return { namespace, serviceName: mesh.gateway.serviceName };
}

/** The private Service of a mesh's gateway. */
export function privateService(member: GatewayMember) {
  const { namespace, serviceName } = ownService(member);
  return { namespace, serviceName: privateGatewayName(serviceName) };
}
