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

/**
 * List prices of us-east-1, without taxes. Of other regions no public source was found that has all of
 * them: `--prices` takes a file with yours.
 *
 * @see https://aws.amazon.com/blogs/containers/amazon-eks-extended-support-for-kubernetes-versions-pricing/ clusters
 * @see https://cloudburn.io/blog/aws-nat-gateway-pricing NAT gateways, public addresses
 * @see https://aws.amazon.com/privatelink/pricing/ interface endpoints, for each zone
 * @see https://awsnegotiations.com/elastic-load-balancer-cost.html load balancers
 * @see https://go-cloud.io/?p=10607 t3.large, of which t3.medium is the half, as t3.micro is an eighth
 * @see https://www.factualminds.com/blog/amazon-ec2-on-demand-pricing-instance-families-2026/ m7g.large
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
  instances: { 't3.micro': 0.0104, 't3.medium': 0.0416, 't3.large': 0.0832, 'm7g.large': 0.0816 },
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
