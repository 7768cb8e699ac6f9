import { partitionOf } from '../../config/regions';
import type { PerGigabyte } from './prices';

/**
 * USD a GB, list prices without taxes: to the internet (of the first 10 TB of a month), and to any other region by
 * whichever way. The file says for which pairs of regions it costs what; from a region it is the same to all others,
 * but for `TO_REGION`.
 *
 * @see https://github.com/skyplane-project/skyplane/blob/0513671c90b7edf24430ff0aa872f2b619d699c8/skyplane/data/aws_transfer_costs.csv
 */
const OUT_CHECKED = '2023-04-27';
const OUT_TABLE = `af-south-1 0.154 0.147
ap-east-1 0.12 0.09
ap-northeast-1 0.114 0.09
ap-northeast-2 0.126 0.08
ap-northeast-3 0.114 0.09
ap-south-1 0.1093 0.086
ap-southeast-1 0.12 0.09
ap-southeast-2 0.114 0.098
ap-southeast-3 0.132 0.1
ca-central-1 0.09 0.02
eu-central-1 0.09 0.02
eu-central-2 0.09 0.02
eu-north-1 0.09 0.02
eu-south-1 0.09 0.02
eu-south-2 0.09 0.02
eu-west-1 0.09 0.02
eu-west-2 0.09 0.02
eu-west-3 0.09 0.02
me-central-1 0.11 0.085
me-south-1 0.117 0.1105
sa-east-1 0.15 0.138
us-east-1 0.09 0.02
us-east-2 0.09 0.02
us-gov-east-1 0.155 0.03
us-west-1 0.09 0.02
us-west-2 0.09 0.02`;

const TO_REGION: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'us-east-1': { 'us-east-2': 0.01 },
  'us-east-2': { 'us-east-1': 0.01 },
};

/**
 * The same in all regions but those of China, GovCloud and other partitions: between zones, at each end, and between
 * public addresses of one region likewise; through an interface endpoint, of the first PB of a month.
 *
 * @see https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer
 * @see https://aws.amazon.com/privatelink/pricing/
 */
const USUAL = { betweenZones: 0.01, privateLink: 0.01 };

/**
 * Through a NAT gateway, where somebody has said it of the region: as much as an hour of it, in each of them.
 *
 * @see https://cloudburn.io/blog/aws-nat-gateway-pricing us-east-1 and us-east-2, 2026-02-24
 * @see https://basavytix.com/blog/aws-nat-gateway-pricing ap-southeast-1, as a bill of May 2025 had it too
 *
 * That of eu-west-1 is of AWS' price list (SKU DTH8595YVPFXV226).
 */
const NAT_GATEWAY: Readonly<Record<string, number>> = {
  'us-east-1': 0.045,
  'us-east-2': 0.045,
  'eu-west-1': 0.048,
  'ap-southeast-1': 0.059,
};

/**
 * An hour of a capacity unit of a network load balancer, which passes 1 GB of TCP on in it.
 *
 * @see https://aws.amazon.com/elasticloadbalancing/pricing/
 */
const CAPACITY_UNIT: Readonly<Record<string, number>> = {
  'us-east-1': 0.006,
  'ap-northeast-2': 0.006,
};

const OUT = new Map(
  OUT_TABLE.split('\n').map((line) => {
    const [region = '', toInternet, toOtherRegions] = line.split(' ');
    return [region, { toInternet: Number(toInternet), toOtherRegions: Number(toOtherRegions) }];
  }),
);

/** What a GB that is moved costs in a region, as far as it is known. Nothing is taken from another region. */
export function transferPrices(region: string): PerGigabyte {
  const natGateway = NAT_GATEWAY[region];
  const loadBalancer = CAPACITY_UNIT[region];
  const toRegion = TO_REGION[region];
  return {
    checked: OUT_CHECKED,
    ...(partitionOf(region) === 'aws' ? USUAL : {}),
    ...OUT.get(region),
    ...(toRegion && { toRegion }),
    ...(natGateway !== undefined && { natGateway }),
    ...(loadBalancer !== undefined && { loadBalancer }),
  };
}
