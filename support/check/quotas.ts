import {
  DescribeAddressesCommand,
  DescribeVpcsCommand,
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeInstanceTypes,
  paginateDescribeNatGateways,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { type EKSClient, paginateListClusters } from '@aws-sdk/client-eks';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { NewClusterSettings } from '../../config/clusters';
import { natOf } from '../../config/network';
import { natGatewayCount } from '../../constructs/network/validate';
import { all, nameIn } from '../aws/answers';
import { findOut, type Finding } from './finding';

/** Who is asked. */
export interface Clients {
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly quotas: ServiceQuotasClient;
}

/** A bound of AWS's on what an account may have in a region. */
interface Quota {
  /** As in the console. */
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** How many there are. */
  readonly used: () => Promise<number>;
  /** How many a deploy adds. */
  readonly needed: () => Promise<number>;
}

const area = 'quotas';

/** Families that share the quota of "Standard" instances, by the first letter of a type. */
const STANDARD = /^[acdhimrtz]\d/;

/**
 * Whether what is to be made fits into the account's quotas. What is there already counts as used, not
 * as needed: a cluster by its name, a VPC by its tag `Name`.
 */
export async function quotaFindings(
  clients: Clients,
  wanted: readonly NewClusterSettings[],
): Promise<Finding[]> {
  const { ec2, eks } = clients;
  // Each is asked for by what needs it: where one is refused, the others are still known.
  const there = once(() => all(paginateListClusters({ client: eks }, {}), (page) => page.clusters));
  const vpcs = once(async () => (await ec2.send(new DescribeVpcsCommand({}))).Vpcs ?? []);
  const addresses = once(async () => {
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({}));
    return Addresses.map(({ Tags }) => nameIn(Tags));
  });
  const newClusters = async () => {
    const names = await there();
    return wanted.filter(({ name }) => !names.includes(name));
  };
  const newVpcs = async () => {
    const names = (await vpcs()).map(({ Tags }) => nameIn(Tags));
    return wanted.filter(
      ({ name, existingVpc }) => existingVpc === undefined && !names.includes(name),
    );
  };
  const cpus = once(async () => neededCpus(ec2, await newClusters()));
  const quotas: Quota[] = [
    {
      name: 'Clusters',
      service: 'eks',
      code: 'L-1194D53C',
      used: async () => (await there()).length,
      needed: async () => (await newClusters()).length,
    },
    {
      name: 'VPCs per Region',
      service: 'vpc',
      code: 'L-F678F1CE',
      used: async () => (await vpcs()).length,
      needed: async () => (await newVpcs()).length,
    },
    {
      name: 'EC2-VPC Elastic IPs',
      service: 'ec2',
      code: 'L-0263D0A3',
      used: async () => (await addresses()).length,
      needed: async () => {
        const names = await addresses();
        return (await newVpcs()).reduce((sum, cluster) => sum + newAddresses(cluster, names), 0);
      },
    },
    {
      // A new VPC has at most one in each zone, and the quota is of a zone.
      name: 'NAT gateways per Availability Zone',
      service: 'vpc',
      code: 'L-FE5A380F',
      used: () => mostNatGateways(ec2),
      needed: async () =>
        (await newVpcs()).reduce((sum, cluster) => sum + Math.min(1, gateways(cluster)), 0),
    },
    {
      name: 'Running On-Demand Standard instances (vCPUs)',
      service: 'ec2',
      code: 'L-1216C47A',
      used: () => runningCpus(ec2, false),
      needed: async () => (await cpus()).onDemand,
    },
    {
      name: 'All Standard Spot Instance Requests (vCPUs)',
      service: 'ec2',
      code: 'L-34B43A08',
      used: () => runningCpus(ec2, true),
      needed: async () => (await cpus()).spot,
    },
  ];
  const found = await Promise.all(
    quotas.map((quota) => findOut(area, quota.name, () => quotaFinding(clients.quotas, quota))),
  );
  return found.flat();
}

/** Asks at the first call, and no more. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return () => (answer ??= ask());
}

/** Nothing where a deploy adds none. */
async function quotaFinding(
  client: ServiceQuotasClient,
  quota: Quota,
): Promise<Finding | Finding[]> {
  const needed = await quota.needed();
  if (needed === 0) return [];
  const [used, limit] = await Promise.all([quota.used(), valueOf(client, quota)]);
  const found = `${used} of ${limit} used, ${needed} more needed`;
  return used + needed <= limit
    ? { area, what: quota.name, verdict: 'right', found }
    : {
        area,
        what: quota.name,
        verdict: 'wrong',
        found,
        remedy: `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${used + needed}`,
      };
}

/** The account's own value; AWS knows none where it was never changed, and the default holds. */
async function valueOf(client: ServiceQuotasClient, { service, code }: Quota): Promise<number> {
  const which = { ServiceCode: service, QuotaCode: code };
  const own = await client.send(new GetServiceQuotaCommand(which)).catch((error: unknown) => {
    if (error instanceof NoSuchResourceException) return undefined;
    throw error;
  });
  const { Quota } = own ?? (await client.send(new GetAWSDefaultServiceQuotaCommand(which)));
  if (Quota?.Value === undefined) throw new Error(`AWS names no value for ${service} ${code}`);
  return Quota.Value;
}

/** NAT gateways of a new VPC. */
function gateways(cluster: NewClusterSettings): number {
  return natGatewayCount({ ...cluster.network, nat: natOf(cluster) });
}

/** Addresses that a new VPC lacks: those of a pair are made before it, in a stack of their own. */
function newAddresses(cluster: NewClusterSettings, names: readonly string[]): number {
  const own = names.filter((name) => name.startsWith(`${cluster.name}-nat-`));
  return Math.max(0, gateways(cluster) - own.length);
}

/** vCPUs that the node groups of new clusters start with, of the first type that each names. */
async function neededCpus(ec2: EC2Client, clusters: readonly NewClusterSettings[]) {
  const groups = clusters.flatMap(({ eks }) => eks.nodeGroups);
  const types = [...new Set(groups.flatMap(({ instanceTypes: [first] }) => first ?? []))].filter(
    (type) => STANDARD.test(type),
  );
  if (types.length === 0) return { onDemand: 0, spot: 0 };
  // Not by name, which AWS refuses where one of them is no type: of the others nothing would be known then.
  const Filters = [{ Name: 'instance-type', Values: types }];
  const pages = paginateDescribeInstanceTypes({ client: ec2 }, { Filters });
  const cpusOf = new Map<string, number>(
    (await all(pages, (page) => page.InstanceTypes)).map(({ InstanceType = '', VCpuInfo }) => [
      InstanceType,
      VCpuInfo?.DefaultVCpus ?? 0,
    ]),
  );
  const sum = (capacity: 'on-demand' | 'spot') =>
    groups
      .filter((group) => group.capacity === capacity)
      .reduce(
        (total, { instanceTypes: [first = ''], desired }) =>
          total + desired * (cpusOf.get(first) ?? 0),
        0,
      );
  return { onDemand: sum('on-demand'), spot: sum('spot') };
}

/** NAT gateways of the zone that has most of them. */
async function mostNatGateways(client: EC2Client): Promise<number> {
  const [gateways, subnets] = await Promise.all([
    all(paginateDescribeNatGateways({ client }, {}), (page) => page.NatGateways),
    all(paginateDescribeSubnets({ client }, {}), (page) => page.Subnets),
  ]);
  const zones = gateways
    .filter(({ State = '' }) => ['pending', 'available', 'deleting'].includes(State))
    .flatMap(
      (one) => subnets.find(({ SubnetId }) => SubnetId === one.SubnetId)?.AvailabilityZoneId ?? [],
    );
  return Math.max(0, ...zones.map((zone) => zones.filter((other) => other === zone).length));
}

async function runningCpus(ec2: EC2Client, spot: boolean): Promise<number> {
  let cpus = 0;
  const running = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  for await (const page of paginateDescribeInstances({ client: ec2 }, { Filters: running })) {
    for (const { Instances = [] } of page.Reservations ?? []) {
      for (const { InstanceType = '', InstanceLifecycle, CpuOptions } of Instances) {
        if (!STANDARD.test(InstanceType) || (InstanceLifecycle === 'spot') !== spot) continue;
        cpus += (CpuOptions?.CoreCount ?? 1) * (CpuOptions?.ThreadsPerCore ?? 2);
      }
    }
  }
  return cpus;
}
