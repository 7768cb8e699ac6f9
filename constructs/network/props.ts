import type { ITerraformDependable } from 'cdktf';
import { DEPENDABLE, type Example } from '../example';
import type { AwsEndpointsProps } from './aws-endpoints';

/** What other constructs need to know about a VPC: a `Network`, or an existing one (`Network.fromAttributes`). */
export interface INetwork {
  /** Id of the VPC in AWS. */
  readonly vpcId: string;
  /**
   * Addresses of the VPC.
   * @default not known: nothing is compared with them
   */
  readonly cidr?: string;
  /**
   * Its IPv6 addresses; may be a token.
   * @default it has none, or they are not known
   */
  readonly ipv6Cidr?: string;
  /** One for each zone, for nodes and internal load balancers. */
  readonly privateSubnetIds: readonly string[];
  /** One for each zone, for load balancers that the internet reaches. */
  readonly publicSubnetIds: readonly string[];
  /** What must exist before a node in one of the subnets can reach the internet. */
  readonly egress: readonly ITerraformDependable[];
  /**
   * Route tables of the subnets that nodes are in, each once: `VpcPeering` adds a route to each.
   * @default not known: the network cannot be peered
   */
  readonly privateRouteTableIds?: readonly string[];
  /**
   * Route tables of the public subnets, each once: `VpcPeering` adds a route to each where nodes are there.
   * @default not known
   */
  readonly publicRouteTableIds?: readonly string[];
}

/** What a network is like, for those who are given one. */
export const NETWORK_EXAMPLE: Example<INetwork> = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0123456789abcdef0'],
  publicSubnetIds: ['subnet-0123456789abcdef0'],
  egress: [DEPENDABLE],
};

/** Settings of `Network`. */
export interface NetworkProps {
  /** Prefix of all names. */
  readonly name: string;
  /** CIDR block, /16 to /24, such as `10.10.0.0/16`. Those of the subnets are derived from it. */
  readonly cidr: string;
  /**
   * Availability zones: their names, or how many Terraform chooses among those that EKS can use. They cannot
   * be changed after the first deploy; a plan with other zones is refused.
   * @default 3
   */
  readonly zones?: number | readonly string[];
  /**
   * NAT gateways for the private subnets: one for all zones, one per zone, or none.
   * @default one
   */
  readonly nat?: 'one' | 'per-zone' | 'none';
  /**
   * Whether the VPC has IPv6 addresses too: a /56 from Amazon, with a /64 in each subnet from which every new
   * network interface gets an address, as EKS needs for `ipFamily: 'ipv6'`. The private subnets reach the
   * internet through an egress-only gateway, which admits nothing from outside; with `nat: 'none'` there is none.
   * @default false
   */
  readonly ipv6?: boolean;
  /**
   * Allocation ids of Elastic IP addresses for the NAT gateways, in the order of the zones. Use them if others
   * must know the addresses before the VPC exists, or if the addresses must outlive it.
   * @default new addresses
   */
  readonly natAllocationIds?: readonly string[];
  /**
   * Whether instances in the public subnets get a public address.
   * @default false
   */
  readonly publicAddresses?: boolean;
  /**
   * Names of the EKS clusters in it, for the tags with which load balancers find their subnets.
   * @default none
   * @see https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
   */
  readonly clusterNames?: readonly string[];
  /**
   * Whether traffic to S3 bypasses the NAT gateway. This is free of charge.
   * @default true
   */
  readonly s3Endpoint?: boolean;
  /**
   * Whether the AWS services that clusters need are reached through `AwsEndpoints` and not over the internet.
   * With `nat: 'none'` there is then no other way out. `accounts`: other accounts that may use the endpoints.
   * @default false
   */
  readonly awsEndpoints?: boolean | Pick<AwsEndpointsProps, 'accounts'>;
  /**
   * Log of all connections, in CloudWatch.
   * @default none
   */
  readonly flowLogs?: FlowLogSettings;
}

/** Settings of a VPC's flow log. */
export interface FlowLogSettings {
  /** Days until an entry is deleted. */
  readonly retentionDays: number;
  /**
   * ARN of a KMS key that encrypts the log; its policy must let CloudWatch Logs use it.
   * @default CloudWatch's own
   */
  readonly encryptionKeyArn?: string;
}

/** A VPC that exists: see `Network.fromAttributes`. */
export interface NetworkAttributes {
  /** Id of the VPC in AWS. */
  readonly vpcId: string;
  /** At least two, in different zones, with a way to the internet. */
  readonly privateSubnetIds: readonly string[];
  /**
   * For load balancers that the internet reaches, and for nodes if they are to be there.
   * @default none
   */
  readonly publicSubnetIds?: readonly string[];
  /**
   * Addresses of the VPC, such as `10.10.0.0/16`.
   * @default not known: nothing is compared with them
   */
  readonly cidr?: string;
  /**
   * IPv6 addresses of the VPC, such as `2001:db8:1:100::/56`. Subnets with such a block must give everything
   * that starts an address of it, and have a route for `::/0`.
   * @default it has none, or they are not known
   */
  readonly ipv6Cidr?: string;
  /**
   * Route tables of the subnets that nodes are in, each once. Nothing is changed in them unless the network
   * is peered: then each gets a route to the other VPC.
   * @default not known: the network cannot be peered
   */
  readonly privateRouteTableIds?: readonly string[];
  /**
   * Route tables of the public subnets, each once, where nodes are there and the network is peered. Not those
   * of `privateRouteTableIds`.
   * @default not known
   */
  readonly publicRouteTableIds?: readonly string[];
}
