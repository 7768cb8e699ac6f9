import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../../config';
import { instanceTypes, kubernetesVersions, regionEnabled } from '../../../support/check/account';
import { quotaFindings } from '../../../support/check/quotas';
import { type Answer, AwsDouble, items, Refused } from '../../helpers/aws-double';

/* What test/e2e/aws/check.test.ts cannot have of the emulated AWS: what is refused, used up, or in few zones. */

const aws = AwsDouble.ofFile();
const clients = () => ({
  ec2: new EC2Client(aws.access),
  eks: new EKSClient(aws.access),
  quotas: new ServiceQuotasClient(aws.access),
});

/** New clusters of the settings. */
function clusters(input: ConfigInput = {}) {
  const { config } = defineConfig({
    ...input,
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] }, ...input.eks },
  });
  return Object.values(config.clusters).flatMap((one) => (one.kind === 'eks' ? one : []));
}

const ZONES = ['a', 'b', 'c'].map((zone) => ({
  zoneName: `eu-north-1${zone}`,
  zoneId: `eun1-az-${zone}`,
}));

/** An account in which there is nothing, with these differences. */
function account(different: Readonly<Record<string, Answer>> = {}): void {
  aws.asked.length = 0;
  aws.answers = {
    DescribeAvailabilityZones: () => items('availabilityZoneInfo', ...ZONES),
    DescribeInstanceTypeOfferings: () =>
      items(
        'instanceTypeOfferingSet',
        ...ZONES.map(({ zoneName }) => ({ instanceType: 't3.medium', location: zoneName })),
      ),
    '/clusters': () => ({ clusters: [] }),
    DescribeVpcs: () => items('vpcSet'),
    DescribeAddresses: () => items('addressesSet'),
    DescribeSubnets: () => items('subnetSet'),
    DescribeNatGateways: () => items('natGatewaySet'),
    DescribeInstances: () => items('reservationSet'),
    DescribeInstanceTypes: () =>
      items('instanceTypeSet', {
        instanceType: 't3.medium',
        vCpuInfo: '<defaultVCpus>2</defaultVCpus>',
      }),
    GetServiceQuota: () => ({ Quota: { Value: 5 } }),
    ...different,
  };
}

beforeEach(() => account());

const said = (findings: readonly { what: string; verdict: string; found: string }[]) =>
  findings.map(({ what, verdict, found }) => `${what}: ${verdict}: ${found}`);

describe('The region', () => {
  it('is wrong where the account has not taken it', async () => {
    const region = (optInStatus: string) => () =>
      items('regionInfo', { regionName: 'eu-north-1', optInStatus });
    account({ DescribeRegions: region('not-opted-in') });
    expect(await regionEnabled(clients().ec2, 'eu-north-1')).toMatchObject({
      verdict: 'wrong',
      remedy: 'aws account enable-region --region-name eu-north-1, or another aws.region',
    });
    account({ DescribeRegions: region('opt-in-not-required') });
    expect((await regionEnabled(clients().ec2, 'eu-north-1')).verdict).toBe('right');
  });
});

describe('The version of Kubernetes', () => {
  const found = async (version: string, versionStatus: string) => {
    account({
      '/cluster-versions': () => ({
        clusterVersions: [
          { clusterVersion: version, versionStatus },
          { clusterVersion: '1.99', versionStatus: 'STANDARD_SUPPORT' },
        ],
      }),
    });
    return kubernetesVersions(clients().eks, clusters());
  };
  const [{ eks }] = clusters() as [ReturnType<typeof clusters>[number]];

  it('is right while EKS supports it, and in extended support costs more', async () => {
    const what = 'EKS version: right: ';
    expect(said(await found(eks.version, 'STANDARD_SUPPORT'))).toEqual([what + eks.version]);
    expect(said(await found(eks.version, 'EXTENDED_SUPPORT'))).toEqual([
      `${what}${eks.version}, in extended support, which costs more`,
    ]);
  });

  it('is wrong where EKS has it no more, and none of those is offered in its place', async () => {
    expect(await found(eks.version, 'UNSUPPORTED')).toEqual([
      expect.objectContaining({ verdict: 'wrong', remedy: 'eks.version: one of 1.99' }),
    ]);
  });
});

describe('Instance types', () => {
  const found = async (input: ConfigInput = {}) =>
    instanceTypes(clients().ec2, 'eu-north-1', clusters(input));

  it('must be in each zone that nodes of theirs are to be in', async () => {
    account({
      DescribeInstanceTypeOfferings: () =>
        items('instanceTypeOfferingSet', { instanceType: 't3.medium', location: 'eu-north-1c' }),
    });
    const types = (await found()).filter(({ what }) => what.startsWith('Instance type'));
    expect(types).toEqual([
      expect.objectContaining({
        verdict: 'wrong',
        found: 'is only in eu-north-1c, and nodes are to be in eu-north-1a, eu-north-1b',
      }),
    ]);
  });

  it('are not asked for where EKS chooses them, and the zones are looked at all the same', async () => {
    const auto = { loadBalancers: 'auto-mode', eks: { compute: 'auto' } } as const;
    const zones = await found({ clusters: { istio: auto, consul: auto } });
    expect(said(zones)).toEqual([
      'Zones of mesh-istio: right: 3 of 3',
      'Zones of mesh-consul: right: 3 of 3',
    ]);
    expect(aws.asked).toEqual(['DescribeAvailabilityZones']);
  });
});

describe('Quotas', () => {
  const found = async (input: ConfigInput = {}) => quotaFindings(clients(), clusters(input));
  const of = async (name: string, input?: ConfigInput) =>
    (await found(input)).find(({ what }) => what === name);

  it('are of what is used and what a deploy adds', async () => {
    expect(said(await found()).sort()).toEqual([
      'Clusters: right: 0 of 5 used, 2 more needed',
      'EC2-VPC Elastic IPs: right: 0 of 5 used, 2 more needed',
      'NAT gateways per Availability Zone: right: 0 of 5 used, 2 more needed',
      'Running On-Demand Standard instances (vCPUs): wrong: 0 of 5 used, 8 more needed',
      'VPCs per Region: right: 0 of 5 used, 2 more needed',
    ]);
  });

  it('of NAT gateways are of the zone that has most', async () => {
    const gateways = ['s-1', 's-1', 's-2', 's-1', 's-1'];
    account({
      DescribeSubnets: () =>
        items(
          'subnetSet',
          { subnetId: 's-1', availabilityZoneId: 'eun1-az-a' },
          { subnetId: 's-2', availabilityZoneId: 'eun1-az-b' },
        ),
      DescribeNatGateways: () =>
        items('natGatewaySet', ...gateways.map((subnetId) => ({ subnetId, state: 'available' })), {
          subnetId: 's-1',
          state: 'deleted',
        }),
    });
    expect(await of('NAT gateways per Availability Zone')).toMatchObject({
      verdict: 'wrong',
      found: '4 of 5 used, 2 more needed',
      remedy: expect.stringContaining('--quota-code L-FE5A380F --desired-value 6') as unknown,
    });
  });

  it('are the defaults of AWS where the account has none of its own', async () => {
    account({
      GetServiceQuota: () => new Refused('NoSuchResourceException'),
      GetAWSDefaultServiceQuota: () => ({ Quota: { Value: 100 } }),
    });
    expect(await of('Clusters')).toMatchObject({ found: '0 of 100 used, 2 more needed' });
  });

  it('that cannot be asked for do not hide the others', async () => {
    account({ DescribeNatGateways: () => new Refused('UnauthorizedOperation', 403) });
    const all = await found();
    expect(all.filter(({ verdict }) => verdict === 'unknown').map(({ what }) => what)).toEqual([
      'NAT gateways per Availability Zone',
    ]);
    expect(all).toHaveLength(5);
  });

  it.each([
    ['clusters', '/clusters', ['VPCs per Region', 'EC2-VPC Elastic IPs']],
    ['VPCs', 'DescribeVpcs', ['Clusters', 'Running On-Demand Standard instances (vCPUs)']],
    ['addresses', 'DescribeAddresses', ['Clusters', 'VPCs per Region']],
    ['instance types', 'DescribeInstanceTypes', ['Clusters', 'VPCs per Region']],
  ])('are still known of the rest where a list of %s is refused', async (_, call, known) => {
    account({ [call]: () => new Refused('AccessDenied', 403) });
    const findings = await found();
    const verdicts = new Map(findings.map(({ what, verdict }) => [what, verdict]));
    for (const what of known) expect(verdicts.get(what)).toMatch(/right|wrong/);
    expect([...verdicts.values()]).toContain('unknown');
  });

  it('count running instances of the families that share a quota, by how they are paid for', async () => {
    const instance = (instanceType: string, more = '') =>
      `<item><instanceType>${instanceType}</instanceType><cpuOptions><coreCount>2</coreCount>` +
      `<threadsPerCore>2</threadsPerCore></cpuOptions>${more}</item>`;
    account({
      DescribeInstances: () =>
        items('reservationSet', {
          instancesSet:
            instance('m5.xlarge') +
            instance('p3.2xlarge') +
            instance('c5.xlarge', '<instanceLifecycle>spot</instanceLifecycle>'),
        }),
    });
    const name = 'Running On-Demand Standard instances (vCPUs)';
    expect((await of(name))?.found).toBe('4 of 5 used, 8 more needed');
    const spot = { eks: { nodeGroups: [{ name: 'spot', capacity: 'spot' as const }] } };
    const all = await found(spot);
    expect(all.map(({ what }) => what)).not.toContain(name);
    expect(
      all.find(({ what }) => what === 'All Standard Spot Instance Requests (vCPUs)')?.found,
    ).toMatch(/^4 of 5 used, \d+ more needed$/);
  });

  it('are not of what is there: a cluster by its name, a VPC and its addresses by theirs', async () => {
    const named = (name: string) => ({
      tagSet: `<item><key>Name</key><value>${name}</value></item>`,
    });
    account({
      '/clusters': () => ({ clusters: ['mesh-istio', 'mesh-consul'] }),
      DescribeVpcs: () => items('vpcSet', named('mesh-istio')),
      DescribeAddresses: () => items('addressesSet', named('mesh-consul-nat-0')),
    });
    expect(said(await found())).toEqual([
      'VPCs per Region: right: 1 of 5 used, 1 more needed',
      'NAT gateways per Availability Zone: right: 0 of 5 used, 1 more needed',
    ]);
  });
});
