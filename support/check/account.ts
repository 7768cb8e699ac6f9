import {
  DescribeAvailabilityZonesCommand,
  DescribeRegionsCommand,
  type EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { DescribeClusterVersionsCommand, type EKSClient } from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { NewClusterSettings } from '../../config/clusters';
import { ZONES_WITHOUT_EKS } from '../../constructs/network/zones';
import { all } from '../aws/answers';
import { CREDENTIALS_REMEDY } from '../aws/credentials';
import { troubleOf } from '../aws/trouble';
import { reasonOf } from '../terminal/reason';
import { findOut, type Finding } from './finding';

const area = 'account';

/** Whose credentials these are. The rest of AWS is asked only with credentials that are right. */
export async function credentials(
  sts: STSClient,
  { region, accountId }: { readonly region: string; readonly accountId?: string | undefined },
): Promise<Finding> {
  const what = 'AWS credentials';
  let identity;
  try {
    identity = await sts.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    const { reason, remedy } = troubleOf(error, region) ?? {
      reason: reasonOf(error),
      remedy: CREDENTIALS_REMEDY,
    };
    return { area, what, verdict: 'wrong', found: reason, remedy };
  }
  const { Account = '', Arn = '' } = identity;
  if (accountId !== undefined && accountId !== Account) {
    return {
      area,
      what,
      verdict: 'wrong',
      found: `${Arn}, and the settings name ${accountId}`,
      remedy:
        'Take credentials of that account, or set aws.accountId, or accountId of the cluster, to the one that is meant',
    };
  }
  // https://github.com/kubernetes-sigs/aws-iam-authenticator/issues/797
  if (/^arn:[^:]+:iam::\d+:root$/.test(Arn)) {
    return {
      area,
      what,
      verdict: 'wrong',
      found: `${Arn}, whom EKS lets make a cluster and never into one; nor does AWS let it take a role`,
      remedy: 'Take credentials of an IAM user or role',
    };
  }
  const guard =
    accountId === undefined ? '; aws.accountId is not set, so any account is taken' : '';
  return { area, what, verdict: 'right', found: `${Arn}${guard}` };
}

/** A role of `assumeRole` that these credentials may not take. */
export function untaken(role: string, error: unknown): Finding {
  const trouble = troubleOf(error);
  const what = 'AWS role';
  if (trouble !== undefined && trouble.kind !== 'denied') {
    const { reason, remedy } = trouble;
    return { area, what, verdict: 'wrong', found: `${role}: ${reason}`, remedy };
  }
  return {
    area,
    what,
    verdict: 'wrong',
    found: `The role ${role} could not be taken: ${reasonOf(error)}`,
    remedy: `Allow sts:AssumeRole on ${role} to who deploys, and name who deploys in its trust policy`,
  };
}

/** Whether the account may use the region. */
export async function regionEnabled(ec2: EC2Client, region: string): Promise<Finding> {
  const what = 'Region';
  const { Regions = [] } = await ec2.send(
    new DescribeRegionsCommand({ RegionNames: [region], AllRegions: true }),
  );
  return Regions[0]?.OptInStatus === 'not-opted-in'
    ? {
        area,
        what,
        verdict: 'wrong',
        found: `${region} is not enabled in this account`,
        remedy: `aws account enable-region --region-name ${region}, or another aws.region`,
      }
    : { area, what, verdict: 'right', found: region };
}

/** Whether EKS offers the versions of Kubernetes that the clusters are to have. */
export function kubernetesVersions(
  eks: EKSClient,
  clusters: readonly NewClusterSettings[],
): Promise<Finding[]> {
  const what = 'EKS version';
  return findOut(area, what, async () => {
    const { clusterVersions = [] } = await eks.send(new DescribeClusterVersionsCommand({}));
    const offered = clusterVersions.filter(({ versionStatus }) => versionStatus !== 'UNSUPPORTED');
    return [...new Set(clusters.map((cluster) => cluster.eks.version))].map((version): Finding => {
      const one = offered.find(({ clusterVersion }) => clusterVersion === version);
      if (one !== undefined) {
        const extended = one.versionStatus === 'EXTENDED_SUPPORT';
        const support = extended ? ', in extended support, which costs more' : '';
        return { area, what, verdict: 'right', found: `${version}${support}` };
      }
      return {
        area,
        what,
        verdict: 'wrong',
        found: `${version} is not offered`,
        remedy: `eks.version: one of ${offered.map(({ clusterVersion }) => clusterVersion).join(', ')}`,
      };
    });
  });
}

/** Availability zones that a cluster has in use. */
type Zones = NewClusterSettings['network']['zones'];

/** Whether the zones are there, and each has the node groups' instance types. */
export async function instanceTypes(
  ec2: EC2Client,
  region: string,
  clusters: readonly NewClusterSettings[],
): Promise<Finding[]> {
  // Zones proper, no local zones and the like, where EKS puts no control plane; sorted as Terraform has them.
  const { AvailabilityZones = [] } = await ec2.send(
    new DescribeAvailabilityZonesCommand({
      Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }],
    }),
  );
  const names = AvailabilityZones.filter(({ ZoneId = '' }) => !ZONES_WITHOUT_EKS.includes(ZoneId))
    .flatMap(({ ZoneName = '' }) => ZoneName)
    .sort();
  const types = [
    ...new Set(
      clusters.flatMap(({ eks }) => eks.nodeGroups.flatMap((group) => group.instanceTypes)),
    ),
  ];
  const offerings = await offeringsOf(ec2, types);
  const zonesOf = (type: string) =>
    offerings
      .filter(({ InstanceType }) => InstanceType === type)
      .flatMap(({ Location = '' }) => Location);
  return [
    ...clusters
      .filter(({ existingVpc }) => existingVpc === undefined)
      .map(({ name, network }) => zonesFinding(name, network.zones, names, region)),
    ...types.map((type) =>
      typeFinding(type, zonesOf(type), neededIn(type, clusters, names), region),
    ),
  ];
}

/** In which zones there are these types. */
function offeringsOf(ec2: EC2Client, types: readonly string[]) {
  // Auto Mode chooses them itself. AWS takes no filter without a value.
  if (types.length === 0) return [];
  const Filters = [{ Name: 'instance-type', Values: [...types] }];
  const which = { LocationType: 'availability-zone', Filters } as const;
  const pages = paginateDescribeInstanceTypeOfferings({ client: ec2 }, which);
  return all(pages, (page) => page.InstanceTypeOfferings);
}

/** Zones that nodes of a type are to be in; those of an existing VPC are not known. */
function neededIn(
  type: string,
  clusters: readonly NewClusterSettings[],
  names: readonly string[],
): string[] {
  return clusters.flatMap(({ eks, network: { zones }, existingVpc }) => {
    if (existingVpc !== undefined) return [];
    const chosen = typeof zones === 'number' ? names.slice(0, zones) : zones;
    return eks.nodeGroups
      .filter(({ instanceTypes: wanted }) => wanted.includes(type))
      .flatMap((group) => chosen.slice(0, group.zones ?? Math.max(group.min, 1)));
  });
}

function zonesFinding(
  cluster: string,
  zones: Zones,
  names: readonly string[],
  region: string,
): Finding {
  const what = `Zones of ${cluster}`;
  const remedy = `network.zones: at most ${names.length}, or of ${names.join(', ')}`;
  if (typeof zones === 'number') {
    return zones <= names.length
      ? { area, what, verdict: 'right', found: `${zones} of ${names.length}` }
      : {
          area,
          what,
          verdict: 'wrong',
          found: `EKS can use ${names.length} of ${region}, not ${zones}`,
          remedy,
        };
  }
  const missing = zones.filter((zone) => !names.includes(zone));
  return missing.length === 0
    ? { area, what, verdict: 'right', found: zones.join(', ') }
    : {
        area,
        what,
        verdict: 'wrong',
        found: `EKS can use no ${missing.join(', ')} in ${region}`,
        remedy,
      };
}

function typeFinding(
  type: string,
  offered: readonly string[],
  needed: readonly string[],
  region: string,
): Finding {
  const what = `Instance type ${type}`;
  const remedy =
    'eks.nodeGroups[].instanceTypes: another one, or network.zones: those that have it';
  if (offered.length === 0) {
    return { area, what, verdict: 'wrong', found: `${region} does not have it`, remedy };
  }
  const without = [...new Set(needed)].filter((zone) => !offered.includes(zone)).sort();
  const where = [...offered].sort().join(', ');
  if (without.length > 0) {
    const found = `is only in ${where}, and nodes are to be in ${without.join(', ')}`;
    return { area, what, verdict: 'wrong', found, remedy };
  }
  return { area, what, verdict: 'right', found: `in ${where}` };
}
