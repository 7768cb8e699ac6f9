import { Eip } from '@cdktf/provider-aws/lib/eip';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type Config, otherSide, type Side, SIDES } from '../config';
import { admitsListedOnly, ownNatGateways } from '../config/egress';
import { awsProvider, type Deployment } from './deployed-to';
import type { EksStackProps } from './eks-stack';

/** Settings of `NatAddressesStack`. */
export interface NatAddressesStackProps {
  readonly deployment: Deployment;
  /** The start of the addresses' names, and how many there are. A side that needs none is left out. */
  readonly sides: Readonly<
    Partial<Record<Side, { readonly name: string; readonly count: number }>>
  >;
}

/**
 * The public addresses of the NAT gateways of both clusters. Each cluster's API and gateway admit those
 * from which the other one's pods call. They are in a stack below both, so that neither waits for the
 * other.
 */
export class NatAddressesStack extends TerraformStack {
  /** In the order of the zones. */
  public readonly addresses: Readonly<Record<Side, readonly Eip[]>>;

  public constructor(scope: Construct, id: string, { deployment, sides }: NatAddressesStackProps) {
    super(scope, id);
    awsProvider(this, deployment);
    const allocate = (side: Side) => {
      const { name, count } = sides[side] ?? { name: '', count: 0 };
      return Array.from({ length: count }, (_, zone) => {
        const tags = { Name: `${name}-nat-${zone}` };
        return new Eip(this, `${side}_${zone}`, { domain: 'vpc', tags });
      });
    };
    this.addresses = { istio: allocate('istio'), consul: allocate('consul') };
    for (const side of SIDES) {
      if (sides[side] === undefined) continue;
      new TerraformOutput(this, `${side}_addresses`, {
        description: `Addresses from which the pods of the ${side} cluster call the internet.`,
        value: this.addresses[side].map(({ publicIp }) => publicIp),
      });
    }
  }

  /** What `Network` takes to use the addresses of a side. */
  public allocationIds(side: Side): readonly string[] {
    return this.addresses[side].map(({ allocationId }) => allocationId);
  }

  /** The addresses of a side, /32 each. */
  public cidrs(side: Side): readonly string[] {
    return this.addresses[side].map(({ publicIp }) => `${publicIp}/32`);
  }
}

/**
 * Lets the pods of each cluster reach the API of the other: what its stack must be told of addresses. A
 * VPC that is made here takes a `NatAddressesStack`, whoever its addresses are for today: they stay the
 * same when the other side's API is opened or closed, and none is forgotten when there are fewer.
 */
export function exchangeAddresses(
  scope: Construct,
  id: string,
  { aws, profile, clusters }: Pick<Config, 'aws' | 'profile' | 'clusters'>,
): (side: Side) => Pick<EksStackProps, 'natAllocationIds' | 'admittedCidrs'> & {
  /** Addresses of the other side's NAT gateways, if they are in a `NatAddressesStack`. */
  readonly partnerAddresses: readonly string[] | undefined;
} {
  const need = (side: Side) => {
    const cluster = clusters[side];
    return cluster.kind === 'eks' && cluster.existingVpc === undefined
      ? { name: cluster.name, count: ownNatGateways(cluster) }
      : undefined;
  };
  const sides = { istio: need('istio'), consul: need('consul') };
  const stack =
    sides.istio === undefined && sides.consul === undefined
      ? undefined
      : new NatAddressesStack(scope, id, { deployment: { aws, profile }, sides });
  return (side) => {
    const other = otherSide(side);
    return {
      natAllocationIds: sides[side] && stack?.allocationIds(side),
      admittedCidrs: admitsListedOnly(clusters[side])
        ? [...(stack?.cidrs(other) ?? []), ...clusters[other].egressCidrs]
        : [],
      partnerAddresses: sides[other] && stack?.cidrs(other),
    };
  };
}
