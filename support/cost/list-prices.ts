import { INSTANCE_TABLE, INSTANCES_CHECKED } from './instance-prices';
import type { Prices } from './prices';
import { transferPrices } from './transfer-prices';

/**
 * List prices without taxes, of every region of which a public source has them: USD an hour of a NAT gateway,
 * of a network load balancer and of an interface endpoint in a zone, and USD a month of a GiB of gp3; `-`
 * where the source has none. It asked AWS' price list API on 2026-09-21.
 *
 * @see https://github.com/xbill9/zombiescan/blob/077155131f2a55ffe1937aac66524a63f1b58910/src/zombiescan/pricing/table.json
 */
const NETWORK_CHECKED = '2026-09-21';
const NETWORK_TABLE = `region nat balancer endpoint gp3
af-south-1 0.057 0.029988 0.01309 0.1047
ap-east-1 0.065 0.0277 0.0143 0.1056
ap-east-2 0.0558 - 0.0126 0.0864
ap-northeast-1 0.062 0.0243 0.014 0.096
ap-northeast-2 0.059 0.0225 0.013 0.0912
ap-northeast-3 0.062 0.0243 0.014 0.096
ap-south-1 0.056 0.0239 0.013 0.0912
ap-south-2 0.056 - 0.013 0.0912
ap-southeast-1 0.059 0.0252 0.013 0.096
ap-southeast-2 0.059 0.0252 0.013 0.096
ap-southeast-3 0.059 - 0.013 0.096
ap-southeast-4 0.059 - 0.013 0.096
ap-southeast-5 0.05015 - 0.0117 0.0864
ap-southeast-6 0.06195 - 0.01365 0.1008
ap-southeast-7 0.05015 - 0.0117 0.0864
ca-central-1 0.05 0.02475 0.011 0.088
ca-west-1 0.05 - 0.011 0.088
eu-central-1 0.052 0.027 0.012 0.0952
eu-central-2 0.0572 - 0.0132 0.1142
eu-north-1 0.046 0.02394 0.0105 0.0836
eu-south-1 0.05 0.02646 0.01155 0.0924
eu-south-2 0.048 - 0.011 0.088
eu-west-1 0.048 0.0252 0.011 0.088
eu-west-2 0.05 0.02646 0.011 0.0928
eu-west-3 0.05 0.02646 0.011 0.0928
il-central-1 0.0504 - 0.01155 0.1056
me-central-1 0.0528 - 0.0121 0.0968
me-south-1 0.0528 0.02772 0.0121 0.0968
mx-central-1 0.04725 - 0.0105 0.084
sa-east-1 0.093 0.034 0.021 0.152
us-east-1 0.045 0.0225 0.01 0.08
us-east-2 0.045 0.0225 0.01 0.08
us-gov-east-1 0.054 0.032 0.0125 0.096
us-gov-west-1 0.054 0.032 0.0125 0.096
us-west-1 0.048 0.0252 0.011 0.096
us-west-2 0.045 0.0225 0.01 0.08`;

/** Whose prices take the place of those that a region lacks. */
const REFERENCE = 'us-east-1';

/**
 * The same in each region.
 *
 * @see https://aws.amazon.com/eks/pricing/ clusters
 * @see https://aws.amazon.com/blogs/containers/amazon-eks-extended-support-for-kubernetes-versions-pricing/ extended support
 * @see https://aws.amazon.com/vpc/pricing/ public addresses
 * @see https://aws.amazon.com/kms/pricing/ keys, for which the source above has the same price in each region too
 */
const EVERYWHERE = {
  hourly: { eksCluster: 0.1, eksClusterInExtendedSupport: 0.6, publicIpv4Address: 0.005 },
  monthly: { kmsKey: 1 },
};

/**
 * USD an hour of `large` in us-east-1 of families that the table of instances does not have, as AWS' price
 * list had them on 2026-07-20.
 *
 * @see https://github.com/aws/karpenter-provider-aws/blob/v1.15.2/pkg/providers/pricing/zz_generated.pricing_aws.go
 */
const NEWER_FAMILIES: Readonly<Record<string, number>> = { m8i: 0.10584 };

/** By how much more a size costs than `large`. */
const SIZES: Readonly<Record<string, number>> = { large: 1, xlarge: 2, '2xlarge': 4 };
const SMALL: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2 };
const BIG: Readonly<Record<string, number>> = { '4xlarge': 8, '8xlarge': 16 };

/** What an instance of this size costs; the sizes are in proportion, to one in a hundred. */
export function instancePrice(large: number, size: string): number {
  return Number((large * ({ ...SIZES, ...SMALL, ...BIG }[size] ?? NaN)).toFixed(5));
}

type Row = Readonly<Record<string, number>>;

/** By region: what its line of a table has. */
function rows(table: string): ReadonlyMap<string, Row> {
  const [head = [], ...others] = table.split('\n').map((line) => line.split(' '));
  const names = head.slice(1);
  return new Map(
    others.map(([region = '', ...values]) => [
      region,
      Object.fromEntries(
        names.flatMap((name, i) => (values[i] === '-' ? [] : [[name, Number(values[i])]])),
      ),
    ]),
  );
}

const NETWORK = rows(NETWORK_TABLE);
const INSTANCES = rows(INSTANCE_TABLE);

/** Of every size, by type: `t3.medium`. */
function instancesOf(region: string): Record<string, number> {
  const families = {
    ...INSTANCES.get(region),
    ...(region === REFERENCE ? NEWER_FAMILIES : {}),
  };
  return Object.fromEntries(
    Object.entries(families).flatMap(([family, large]) =>
      Object.keys({ ...SIZES, ...(family.startsWith('t') ? SMALL : BIG) }).map((size) => [
        `${family}.${size}`,
        instancePrice(large, size),
      ]),
    ),
  );
}

/** List prices of a region. What it lacks is of us-east-1, and named under `borrowed`. */
export function listPrices(region: string): Prices {
  const its = NETWORK.get(region);
  const others = NETWORK.get(REFERENCE);
  const borrowed: string[] = [];
  const price = (name: string, column: string): number => {
    const value = its?.[column];
    if (value === undefined) borrowed.push(name);
    return value ?? others?.[column] ?? NaN;
  };
  const network = {
    natGateway: price('natGateway', 'nat'),
    networkLoadBalancer: price('networkLoadBalancer', 'balancer'),
    interfaceEndpoint: price('interfaceEndpoint', 'endpoint'),
  };
  const gp3Gibibyte = price('gp3Gibibyte', 'gp3');
  const { hourly, monthly } = EVERYWHERE;
  // A region that is in no table may be one of another partition, with prices of its own.
  if (its === undefined) borrowed.push(...Object.keys(hourly), ...Object.keys(monthly));
  const instances = instancesOf(region);
  const all = { ...instancesOf(REFERENCE), ...instances };
  borrowed.push(...Object.keys(all).filter((type) => !(type in instances)));
  return {
    region,
    checked: NETWORK_CHECKED,
    instancesChecked: INSTANCES_CHECKED,
    hourly: { ...hourly, ...network },
    monthly: { ...monthly, gp3Gibibyte },
    instances: all,
    perGigabyte: transferPrices(region),
    ...(borrowed.length === 0 ? {} : { borrowed: { [REFERENCE]: borrowed } }),
  };
}
