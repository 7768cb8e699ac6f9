import { z } from 'zod';
import { check } from '../../config/problems';
import { commandLine } from '../../constructs/command-line';
import { readYamlMap, type YamlMap } from '../../constructs/kubernetes/yaml-file';
import { formatProblem } from '../../constructs/problems';
import { UserError } from '../terminal/user-error';

const price = z.number().nonnegative();

const schema = z.strictObject({
  /** Whose prices they are. */
  region: z.string(),
  /** The day on which they were read. */
  checked: z.iso.date('must be a day, such as 2026-11-28'),
  /** USD an hour. */
  hourly: z.strictObject({
    eksCluster: price,
    eksClusterInExtendedSupport: price,
    natGateway: price,
    networkLoadBalancer: price,
    publicIpv4Address: price,
    interfaceEndpoint: price,
  }),
  /** USD a month. */
  monthly: z.strictObject({ kmsKey: price, gp3Gibibyte: price }),
  /** USD an hour, on demand, Linux. */
  instances: z.record(z.string(), price),
});

export type Prices = z.output<typeof schema>;

/** Hours of a month, as AWS counts them. */
export const MONTH_HOURS = 730;

/** USD an hour of `large` of a family. The other sizes are in proportion, to the fourth digit. */
const LARGE = {
  t3: 0.0832,
  t3a: 0.0752,
  t4g: 0.0672,
  m5: 0.096,
  m5a: 0.086,
  m6a: 0.0864,
  m6g: 0.077,
  m6i: 0.096,
  m7a: 0.11592,
  m7g: 0.0816,
  m7i: 0.1008,
  'm7i-flex': 0.09576,
  m8g: 0.08976,
  m8i: 0.10584,
  c5: 0.085,
  c6a: 0.0765,
  c6g: 0.068,
  c6i: 0.085,
  c7a: 0.10264,
  c7g: 0.0725,
  c7i: 0.08925,
  c8g: 0.07976,
  r5: 0.126,
  r6g: 0.1008,
  r6i: 0.126,
  r7g: 0.1071,
  r7i: 0.1323,
  r8g: 0.11782,
} as const;

/** By how much more a size costs than `large`. */
const SIZES = { large: 1, xlarge: 2, '2xlarge': 4 } as const;
const SMALL = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2 } as const;
const BIG = { '4xlarge': 8, '8xlarge': 16 } as const;

function instancePrices(): Record<string, number> {
  return Object.fromEntries(
    Object.entries(LARGE).flatMap(([family, large]) =>
      Object.entries({ ...SIZES, ...(family.startsWith('t') ? SMALL : BIG) }).map(
        ([size, factor]) => [`${family}.${size}`, Number((large * factor).toFixed(5))],
      ),
    ),
  );
}

/**
 * List prices of us-east-1, without taxes. Of other regions no public source was found that is dated and
 * has them all: `--prices` takes a file with yours.
 *
 * @see https://aws.amazon.com/blogs/containers/amazon-eks-extended-support-for-kubernetes-versions-pricing/ clusters
 * @see https://cloudburn.io/blog/aws-nat-gateway-pricing NAT gateways, public addresses
 * @see https://aws.amazon.com/privatelink/pricing/ interface endpoints, for each zone
 * @see https://awsnegotiations.com/elastic-load-balancer-cost.html load balancers
 * @see https://github.com/aws/karpenter-provider-aws/blob/v1.15.2/pkg/providers/pricing/zz_generated.pricing_aws.go instances, which AWS's price list had on 2026-07-20
 * @see https://aws.amazon.com/kms/pricing/ keys
 * @see https://aws.amazon.com/ebs/pricing/ gp3
 */
export const LIST_PRICES: Prices = {
  region: 'us-east-1',
  checked: '2026-11-28',
  hourly: {
    eksCluster: 0.1,
    eksClusterInExtendedSupport: 0.6,
    natGateway: 0.045,
    networkLoadBalancer: 0.0225,
    publicIpv4Address: 0.005,
    interfaceEndpoint: 0.01,
  },
  monthly: { kmsKey: 1, gp3Gibibyte: 0.08 },
  instances: instancePrices(),
};

/** @throws UserError when the file is none of prices. */
export function readPrices(file: string): Prices {
  const read = check(schema, mapIn(file));
  if ('value' in read) return read.value;
  const problems = read.problems.map((problem) => `  ${formatProblem(problem)}`);
  throw new UserError(
    `${file} must have the form that "${commandLine('cost', '--json')}" shows under "prices":\n${problems.join('\n')}`,
  );
}

function mapIn(file: string): YamlMap {
  try {
    return readYamlMap(file, 'prices');
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}
