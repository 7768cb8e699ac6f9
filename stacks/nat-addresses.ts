import { Eip } from '@cdktf/provider-aws/lib/eip';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Config } from '../config';
import type { AwsSettings } from '../config/aws';
import type { ClusterSettings, NewClusterSettings } from '../config/clusters';
import { type AwsPlace, awsPlace } from '../config/connection';
import { admitsListedOnly, ownNatGateways } from '../config/egress';
import { clustersWithMeshes, peerClustersOf } from '../config/placed-meshes';
import { awsProvider, type Deployment } from './deployed-to';
import type { EksClusterStackProps } from './eks-cluster';

/** Addresses of one cluster's NAT gateways. */
interface NeededAddresses {
  /** Start of their names. */
  readonly name: string;
  /** How many there are. */
  readonly count: number;
  /**
   * Where in AWS.
   * @default where the settings say for all clusters
   */
  readonly place?: AwsPlace;
}

/** Settings of `NatAddressesStack`. */
interface NatAddressesStackProps {
  readonly deployment: Deployment;
  /** By cluster. */
  readonly clusters: Readonly<Record<string, NeededAddresses>>;
}

/**
 * The public addresses of the NAT gateways of all clusters. Each cluster's API and gateways admit those
 * from which the pods of the others call. They are in a stack below the clusters, so that none waits for
 * another.
 */
class NatAddressesStack extends TerraformStack {
  /** By cluster, in the order of the zones. */
  public readonly addresses: ReadonlyMap<string, readonly Eip[]>;

  public constructor(
    scope: Construct,
    id: string,
    { deployment, clusters }: NatAddressesStackProps,
  ) {
    super(scope, id);
    awsProvider(this, deployment);
    this.addresses = new Map(
      Object.entries(clusters).map(([cluster, { name, count, place }]) => {
        const provider =
          place === undefined
            ? undefined
            : awsProvider(this, deployment, { ...place, name: cluster });
        return [
          cluster,
          Array.from({ length: count }, (_, zone) => {
            const tags = { Name: `${name}-nat-${zone}` };
            return new Eip(this, `${cluster}_${zone}`, { domain: 'vpc', tags, provider });
          }),
        ];
      }),
    );
    for (const [cluster, addresses] of this.addresses) {
      new TerraformOutput(this, `${cluster}_addresses`, {
        description: `Addresses from which the pods of the ${cluster} cluster call the internet.`,
        value: addresses.map(({ publicIp }) => publicIp),
      });
    }
  }

  /** What `Network` takes to use the addresses of a cluster; nothing where it has none here. */
  public allocationIds(cluster: string): readonly string[] | undefined {
    return this.addresses.get(cluster)?.map(({ allocationId }) => allocationId);
  }

  /** The addresses of a cluster, /32 each. */
  public cidrs(cluster: string): readonly string[] {
    return this.addresses.get(cluster)?.map(({ publicIp }) => `${publicIp}/32`) ?? [];
  }
}

/** Where a cluster is, if not where the settings say for all. */
function otherPlace(cluster: NewClusterSettings, aws: AwsSettings): AwsPlace | undefined {
  const { region, accountId, assumeRole } = cluster;
  return region === undefined && accountId === undefined && assumeRole === undefined
    ? undefined
    : awsPlace(cluster, aws);
}

/** What the stacks on top are told of addresses. */
export interface ExchangedAddresses {
  /** For the stack that makes a cluster. */
  readonly ofNewCluster: (
    name: string,
    cluster: ClusterSettings,
  ) => Pick<EksClusterStackProps, 'natAllocationIds' | 'admittedCidrs'>;
  /** Addresses of the cluster's NAT gateways, /32 each, if they are made here. */
  readonly cidrs: (cluster: string) => readonly string[];
}

/**
 * Lets the pods of each cluster reach the API of the others: what its stack must be told of addresses. A
 * VPC that is made here takes a `NatAddressesStack`, whoever its addresses are for today: they stay the
 * same when the API of another cluster is opened or closed, and none is forgotten when there are fewer.
 */
export function exchangeAddresses(
  scope: Construct,
  id: string,
  config: Config,
): ExchangedAddresses {
  const { aws, profile } = config;
  const needs = clustersWithMeshes(config).flatMap(({ name, cluster }) =>
    cluster.kind === 'eks' && cluster.existingVpc === undefined
      ? [
          [
            name,
            { name: cluster.name, count: ownNatGateways(cluster), place: otherPlace(cluster, aws) },
          ] as const,
        ]
      : [],
  );
  const stack =
    needs.length === 0
      ? undefined
      : new NatAddressesStack(scope, id, {
          deployment: { aws, profile },
          clusters: Object.fromEntries(needs),
        });
  const cidrs = (cluster: string) => stack?.cidrs(cluster) ?? [];
  return {
    cidrs,
    ofNewCluster: (name, cluster) => ({
      natAllocationIds: stack?.allocationIds(name),
      admittedCidrs: admitsListedOnly(cluster)
        ? peerClustersOf(config, name).flatMap((peer) => [
            ...cidrs(peer.name),
            ...peer.cluster.egressCidrs,
          ])
        : [],
    }),
  };
}
