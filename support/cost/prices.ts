import { z } from 'zod';
import { check } from '../../config/check';
import { commandLine } from '../../constructs/command-line';
import { readYamlMap, type YamlMap } from '../../constructs/kubernetes/yaml-file';
import { formatProblem, messageOf } from '../../constructs/problems';
import { UserError } from '../terminal/user-error';

const price = z.number().nonnegative();
const day = z.iso.date('must be a day, such as 2026-11-28');

const perGigabyte = z.strictObject({
  /** The day on which the oldest of them was read. */
  checked: day,
  /** Through a NAT gateway. */
  natGateway: price.optional(),
  /** Between zones of the region, or public addresses there: at each end. */
  betweenZones: price.optional(),
  /** Through an interface endpoint. */
  privateLink: price.optional(),
  /** An hour of a capacity unit of a network load balancer: 1 GB of TCP, or 800 new connections a second. */
  loadBalancer: price.optional(),
  /** Out to the internet. */
  toInternet: price.optional(),
  /** To other regions. */
  toOtherRegions: price.optional(),
  /** To some of them, by their names. */
  toRegion: z.record(z.string(), price).optional(),
});

/** USD a GB that is moved. What is not known is left out. */
export type PerGigabyte = z.output<typeof perGigabyte>;

const schema = z.strictObject({
  /** Whose prices they are. */
  region: z.string(),
  /** The day on which they were read. */
  checked: day,
  /** The day on which those of instances were read, where it is another. */
  instancesChecked: day.optional(),
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
  /** USD a GB that is moved. */
  perGigabyte: perGigabyte.optional(),
  /** By region: names of the prices above that are of it, since this one's are not known. */
  borrowed: z.record(z.string(), z.array(z.string())).optional(),
});

export type Prices = z.output<typeof schema>;

/** Hours of a month, as AWS counts them. */
export const MONTH_HOURS = 730;

/** Which prices apply in a region. */
export type PricesOf = (region: string) => Prices;

/** What has a price: something with one of its own, or an instance of this type. */
export type PriceOf =
  keyof Prices['hourly'] | keyof Prices['monthly'] | { readonly instance: string };

/** What something costs. */
interface Price {
  /** USD an hour; `undefined` where it is not known. */
  readonly each: number | undefined;
  /** Whose price it is, where it is not that of the region. */
  readonly borrowedFrom: string | undefined;
}

export function hourlyPrice(prices: Prices, of: PriceOf): Price {
  const { instances, borrowed = {} } = prices;
  const name = typeof of === 'string' ? of : of.instance;
  const [borrowedFrom] = Object.entries(borrowed).find(([, names]) => names.includes(name)) ?? [];
  const each = typeof of === 'string' ? perHour(prices)[of] : instances[of.instance];
  return { each, borrowedFrom };
}

function perHour({ hourly, monthly: { kmsKey, gp3Gibibyte } }: Prices) {
  return {
    ...hourly,
    kmsKey: kmsKey / MONTH_HOURS,
    gp3Gibibyte: gp3Gibibyte / MONTH_HOURS,
  };
}

/** @throws UserError when the file is none of prices. */
export function readPrices(file: string): Prices {
  const read = check(schema, mapIn(file));
  if ('value' in read) return read.value;
  const problems = read.problems.map((problem) => `  ${formatProblem(problem)}`);
  throw new UserError(
    `--prices: ${file} must have the form that "${commandLine('cost', '--json')}" shows of a region under "prices":\n${problems.join('\n')}`,
  );
}

function mapIn(file: string): YamlMap {
  try {
    return readYamlMap(file, '--prices:');
  } catch (error) {
    throw new UserError(
      `${messageOf(error)}. It must be a file in the form that "${commandLine('cost', '--json')}" shows of a region ` +
        'under "prices".',
    );
  }
}
