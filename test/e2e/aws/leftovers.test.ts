import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeImagesCommand,
  DescribeAddressesCommand,
  EC2Client,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, CreateNodegroupCommand } from '@aws-sdk/client-eks';
import { CreateLoadBalancerCommand as CreateClassicCommand } from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator, stopEmulator } from '../../../support/demo/emulator';
import { KINDS } from '../../../support/leftovers/kinds';
import { type Aws, type Thing } from '../../../support/leftovers/kind';
import { accessTo } from '../../../support/aws/access';
import { clientsOf } from '../../../support/leftovers/clients';
import { meshFederation, withoutProgress } from '../../helpers/cli';
import { temporaryFolder, writeFile } from '../../helpers/files';

/*
 * Each kind of thing is left behind on purpose in the emulated AWS, beside the same things of a stranger, whose
 * federation has the same tags and names that start like ours.
 */

const folder = temporaryFolder((at) => stopEmulator(at));
const ACCOUNT = '123456789012';
const REGION = 'eu-north-1';
/** Another federation of the account, with the same tags. */
const STRANGER = 'mesh-istio-b';
const END = '20261128120000000000000001';
const ELSEWHERE = '20261128120000000000000002';
let emulator: Emulator;
let aws: Aws;

beforeAll(async () => {
  emulator = await startEmulator({ folder, port: 0, pace: 0.05 });
  const { endpoint } = emulator;
  aws = clientsOf(accessTo({ aws: { region: REGION, tags: {}, emulator: { endpoint } } }, REGION));
});

const state = path.join(folder, 'state');

/** The states of a pair that was destroyed, and what they have anyhow. */
function states(resources: Readonly<Record<string, readonly string[]>> = {}): void {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true });
  for (const stack of ['istio-cluster', 'consul-cluster']) {
    const managed = (resources[stack] ?? []).map((arn) => ({
      mode: 'managed',
      instances: [{ attributes: { arn } }],
    }));
    writeFileSync(path.join(state, `${stack}.tfstate`), JSON.stringify({ resources: managed }));
  }
}

beforeEach(() => {
  states();
});

function leftovers(...words: readonly string[]) {
  const file = writeFile(
    folder,
    'federation.yaml',
    JSON.stringify({
      aws: { accountId: ACCOUNT, emulator: { endpoint: emulator.endpoint } },
      eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      state: { kind: 'local', directory: state },
    }),
  );
  return meshFederation(['leftovers', ...words], { FEDERATION_CONFIG: file });
}

/** Makes one thing of each kind, of the cluster of this name. */
async function make(cluster: string, cidr: string): Promise<void> {
  const TAGS = [{ Key: 'project', Value: 'mesh-federation' }];
  const named = (type: ResourceType, name: string) => [
    { ResourceType: type, Tags: [...TAGS, { Key: 'Name', Value: name }] },
  ];
  const owned = [{ Key: `kubernetes.io/cluster/${cluster}`, Value: 'owned' }];
  const ofCluster = (type: ResourceType) => [{ ResourceType: type, Tags: owned }];
  const { ec2, iam } = aws;
  const network = cidr.replace(/\.0\/16$/, '');
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: cidr, TagSpecifications: named('vpc', cluster) }),
  );
  const VpcId = Vpc?.VpcId ?? '';
  const { InternetGateway } = await ec2.send(
    new CreateInternetGatewayCommand({ TagSpecifications: named('internet-gateway', cluster) }),
  );
  await ec2.send(
    new AttachInternetGatewayCommand({
      VpcId,
      InternetGatewayId: InternetGateway?.InternetGatewayId,
    }),
  );
  await ec2.send(
    new CreateEgressOnlyInternetGatewayCommand({
      VpcId,
      TagSpecifications: named('egress-only-internet-gateway', cluster),
    }),
  );
  const subnets = await Promise.all(
    [0, 1].map(async (zone) => {
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({
          VpcId,
          CidrBlock: `${network.replace(/\.\d+$/, `.${zone}`)}.0/24`,
          AvailabilityZone: `${REGION}${zone === 0 ? 'a' : 'b'}`,
          TagSpecifications: named('subnet', `${cluster}-public-${zone}`),
        }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
  const [SubnetId = ''] = subnets;
  const { RouteTable } = await ec2.send(
    new CreateRouteTableCommand({
      VpcId,
      TagSpecifications: named('route-table', `${cluster}-public`),
    }),
  );
  const { AllocationId } = await ec2.send(
    new AllocateAddressCommand({
      Domain: 'vpc',
      TagSpecifications: named('elastic-ip', `${cluster}-nat-0`),
    }),
  );
  await ec2.send(
    new CreateNatGatewayCommand({
      SubnetId,
      AllocationId,
      TagSpecifications: named('natgateway', `${cluster}-0`),
    }),
  );
  await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId,
      VpcEndpointType: 'Gateway',
      ServiceName: `com.amazonaws.${REGION}.s3`,
      RouteTableIds: [RouteTable?.RouteTableId ?? ''],
      TagSpecifications: named('vpc-endpoint', `${cluster}-s3`),
    }),
  );
  const group = async (name: string, tags: ReturnType<typeof named>) => {
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({
        VpcId,
        GroupName: name,
        Description: name,
        TagSpecifications: tags,
      }),
    );
    return GroupId;
  };
  const nodes = await group(`${cluster}-node-1`, named('security-group', `${cluster}-node`));
  const balancers = await group(`k8s-elb-${cluster}`, ofCluster('security-group'));
  // They name each other, so that neither can go first.
  for (const [GroupId, other] of [
    [nodes, balancers],
    [balancers, nodes],
  ]) {
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other }] }],
      }),
    );
  }
  await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId,
      Groups: [balancers],
      Description: 'aws-K8S-i-1',
      TagSpecifications: [
        {
          ResourceType: 'network-interface',
          Tags: [{ Key: 'cluster.k8s.amazonaws.com/name', Value: cluster }],
        },
      ],
    }),
  );
  await ec2.send(
    new CreateVpcPeeringConnectionCommand({
      VpcId,
      PeerVpcId: VpcId,
      TagSpecifications: named('vpc-peering-connection', `${cluster}-mesh-consul`),
    }),
  );
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: `${REGION}a`,
      Size: 10,
      TagSpecifications: ofCluster('volume'),
    }),
  );
  await ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications: ofCluster('snapshot') }));
  const { LoadBalancers = [] } = await aws.balancers.send(
    new CreateLoadBalancerCommand({
      Name: `a-${cluster}`,
      Type: 'network',
      Subnets: subnets,
      Tags: [...TAGS, ...owned],
    }),
  );
  const { TargetGroups = [] } = await aws.balancers.send(
    new CreateTargetGroupCommand({
      Name: `k8s-${cluster}`,
      Protocol: 'TCP',
      Port: 443,
      VpcId,
      Tags: owned,
    }),
  );
  await aws.balancers.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn,
      Protocol: 'TCP',
      Port: 443,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: TargetGroups[0]?.TargetGroupArn }],
    }),
  );
  await aws.classicBalancers.send(
    new CreateClassicCommand({
      LoadBalancerName: `c-${cluster}`,
      Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
      SecurityGroups: [balancers],
      Subnets: [SubnetId],
      Tags: owned,
    }),
  );
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
  const template = async (name: string, tags: { Key: string; Value: string }[]) => {
    const { LaunchTemplate } = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: { ImageId: Images[0]?.ImageId, InstanceType: 't3.medium' },
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: tags }],
      }),
    );
    return LaunchTemplate?.LaunchTemplateId;
  };
  await template(`${cluster}-default-${END}`, TAGS);
  const copy = await template(`eks-${cluster}`, [{ Key: 'eks:cluster-name', Value: cluster }]);
  await aws.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: `eks-default-${cluster}`,
      LaunchTemplate: { LaunchTemplateId: copy, Version: '$Latest' },
      // The emulator keeps the network interfaces of instances that such a group ends; AWS does not.
      MinSize: 0,
      MaxSize: 1,
      VPCZoneIdentifier: SubnetId,
      Tags: [...owned, { Key: 'eks:cluster-name', Value: cluster }].map((tag) => ({
        ...tag,
        PropagateAtLaunch: true,
      })),
    }),
  );
  await aws.logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/eks/${cluster}/cluster` }));
  await aws.logs.send(
    new CreateLogGroupCommand({
      logGroupName: `/aws/vpc/${cluster}/flow-log`,
      tags: { project: 'mesh-federation' },
    }),
  );
  const { KeyMetadata } = await aws.kms.send(
    new CreateKeyCommand({
      Tags: [
        { TagKey: 'project', TagValue: 'mesh-federation' },
        { TagKey: 'Name', TagValue: cluster },
      ],
    }),
  );
  for (const issuer of [`oidc.eks.${REGION}.amazonaws.com`, `oidc-eks.${REGION}.api.aws`]) {
    await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${issuer}/id/${cluster}`,
        ThumbprintList: [],
        Tags: [...TAGS, { Key: 'Name', Value: cluster }],
      }),
    );
  }
  const roles = await Promise.all(
    [`${cluster}-api-${END}`, `${cluster}-flow-log-${END}`].map(async (RoleName) => {
      const { Role } = await iam.send(
        new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}', Tags: TAGS }),
      );
      await iam.send(
        new PutRolePolicyCommand({
          RoleName,
          PolicyName: 'write-flow-log',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'logs:PutLogEvents',
                Resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/vpc/${cluster}/flow-log:*`,
              },
            ],
          }),
        }),
      );
      return Role?.Arn ?? '';
    }),
  );
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VpcId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: `/aws/vpc/${cluster}/flow-log`,
      DeliverLogsPermissionArn: roles[1],
      TagSpecifications: named('vpc-flow-log', cluster),
    }),
  );
  const tags = { project: 'mesh-federation' };
  await aws.eks.send(
    new CreateClusterCommand({
      name: cluster,
      roleArn: roles[0],
      resourcesVpcConfig: { subnetIds: subnets },
      encryptionConfig: [{ provider: { keyArn: KeyMetadata?.Arn }, resources: ['secrets'] }],
      tags,
    }),
  );
  await active(cluster);
  await aws.eks.send(
    new CreateNodegroupCommand({
      clusterName: cluster,
      nodegroupName: 'default-1',
      nodeRole: roles[0],
      subnets,
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 },
      tags,
    }),
  );
  await active(cluster);
}

/**
 * Makes what has the names and tags of ours and is not: the role of the flow log of a VPC in another region, and the
 * nodes of a cluster that is none of EKS, in the VPC of the stranger.
 *
 * @returns their ids
 */
async function makeAlike(): Promise<string[]> {
  const RoleName = `mesh-istio-flow-log-${ELSEWHERE}`;
  await aws.iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: '{}',
      Tags: [{ Key: 'project', Value: 'mesh-federation' }],
    }),
  );
  await aws.iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'write-flow-log',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'logs:PutLogEvents',
            Resource: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/vpc/mesh-istio/flow-log:*`,
          },
        ],
      }),
    }),
  );
  const [subnet] = await all(STRANGER, ['subnet']);
  const [template] = await all(STRANGER, ['launch template']);
  const AutoScalingGroupName = 'nodes-of-their-own';
  await aws.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName,
      LaunchTemplate: { LaunchTemplateId: template?.id, Version: '$Latest' },
      MinSize: 0,
      MaxSize: 1,
      VPCZoneIdentifier: subnet?.id,
      Tags: [{ Key: 'kubernetes.io/cluster/mesh-istio', Value: 'owned', PropagateAtLaunch: true }],
    }),
  );
  return [RoleName, AutoScalingGroupName];
}

/** Waits until AWS has made the cluster and its nodes. */
async function active(cluster: string): Promise<void> {
  for (;;) {
    const found = await all(cluster, ['EKS cluster', 'node group']);
    if (found.length > 0 && found.every(({ status }) => status === 'ACTIVE')) return;
    await sleep(50);
  }
}

/** All that there is of a cluster, by its name in whatever it has. */
async function all(cluster: string, kinds = KINDS.map(({ name }) => name)): Promise<Thing[]> {
  const found = await Promise.all(
    KINDS.filter(({ name }) => kinds.includes(name)).map((kind) => kind.find(aws, [cluster])),
  );
  const isOf = (text: string) =>
    text.includes(cluster) && (cluster === STRANGER || !text.includes(STRANGER));
  return found
    .flat()
    .filter(({ ending }) => ending === undefined)
    .filter(({ name, id, tags }) => [name, id, ...Object.entries(tags).flat()].some(isOf));
}

const kindsOf = (things: readonly Thing[]) => new Set(things.map(({ kind }) => kind));

/** Kinds that the emulator has no way to make: of PrivateLink services it knows AWS's own only. */
const NOT_MADE = ['VPC endpoint service'];

describe('mesh-federation leftovers', () => {
  it('finds nothing where there is nothing', async () => {
    const { status, stdout } = await leftovers();
    expect([status, stdout]).toEqual([
      0,
      `Nothing is left behind of mesh-istio, mesh-consul (account ${ACCOUNT}, ${REGION}).\n`,
    ]);
  });

  it('finds each kind, keeps what may be in use, deletes what is left, and touches nothing of a stranger', async () => {
    await make('mesh-istio', '10.10.0.0/16');
    await make(STRANGER, '10.20.0.0/16');
    const alike = await makeAlike();
    const made = await all('mesh-istio');
    const expected = new Set(KINDS.flatMap(({ name }) => (NOT_MADE.includes(name) ? [] : name)));
    expect(kindsOf(made)).toEqual(expected);
    // An issuer of each family of addresses.
    expect(made.filter(({ kind }) => kind === 'OIDC provider')).toHaveLength(2);
    const strangers = await all(STRANGER);
    expect(kindsOf(strangers)).toEqual(expected);

    // A cluster with nodes that no state has may be of somebody who has its state.
    const kept = await leftovers('--delete', '--yes');
    expect(kept.status).toBe(0);
    expect(kept.stdout).toContain('has nodes and is in no state here');
    expect(kept.stdout).not.toMatch(/^deleted/m);

    // A pair that is there, in the state of this machine.
    states({ 'istio-cluster': made.flatMap(({ id, arn }) => [id, ...(arn ? [arn] : [])]) });
    const used = await leftovers('--delete', '--yes');
    expect([used.status, used.stdout]).toEqual([0, expect.stringContaining('In use')]);
    expect(used.stdout).not.toMatch(/^deleted/m);
    expect((await all('mesh-istio')).length).toBe(made.length);

    states();
    const shown = await leftovers('--json', '--without-state', 'mesh-istio');
    expect(shown.status).toBe(1);
    const [{ things }] = JSON.parse(shown.stdout) as [
      { things: (Thing & { verdict: string; why: string })[] },
    ];
    const others = things.filter(({ verdict }) => verdict !== 'left behind');
    expect(others.map(({ kind, why }) => `${kind}: ${why}`)).toEqual([]);
    expect(kindsOf(things.filter(({ verdict }) => verdict === 'left behind'))).toEqual(expected);

    const asked = await leftovers('--delete', '--without-state', 'mesh-istio');
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
    writeFileSync(path.join(state, '.federation.tfstate.lock.info'), '{}');
    const locked = await leftovers('--delete', '--yes', '--without-state', 'mesh-istio');
    expect([locked.status, locked.stderr]).toEqual([2, expect.stringContaining('is locked')]);
    rmSync(path.join(state, '.federation.tfstate.lock.info'));
    expect((await all('mesh-istio')).length).toBe(made.length);

    const deleted = await leftovers('--delete', '--yes', '--without-state', 'mesh-istio');
    const said = withoutProgress(deleted.stderr);
    expect([said, deleted.stdout]).toEqual(['', expect.stringContaining('deleted.')]);
    expect(deleted.status).toBe(0);
    expect((await all('mesh-istio')).map(({ id }) => id).sort()).toEqual(alike);
    const after = await all(STRANGER);
    const ids = (things_: readonly Thing[]) =>
      things_.map(({ kind, id }) => `${kind} ${id}`).sort();
    expect(ids(after)).toEqual(ids(strangers));

    const again = await leftovers();
    expect(again.status).toBe(0);
    expect(again.stdout).toContain('Nothing is left behind');
    expect(again.stdout).toContain('it costs nothing');
  });

  it('deletes in no other account than the one that is named', async () => {
    const file = writeFile(
      folder,
      'other.yaml',
      JSON.stringify({
        aws: { accountId: '111122223333', emulator: { endpoint: emulator.endpoint } },
        eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      }),
    );
    const { status, stderr } = await meshFederation(['leftovers', '--delete', '--yes'], {
      FEDERATION_CONFIG: file,
    });
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('credentials of the account 123456789012'),
    ]);
  });
});

describe('With the states in a bucket, and a cluster in another account and region, it', () => {
  const ROLE = 'arn:aws:iam::444455556666:role/deploy';
  const [Bucket, prefix] = ['states-of-ours', 'pair'];
  let theirs: EC2Client;
  let s3: S3Client;
  let file: string;

  /** Keeps an address of a NAT gateway of mesh-consul there. */
  async function address(name: string): Promise<string> {
    const Tags = [
      { Key: 'project', Value: 'mesh-federation' },
      { Key: 'Name', Value: name },
    ];
    const { AllocationId = '' } = await theirs.send(
      new AllocateAddressCommand({
        Domain: 'vpc',
        TagSpecifications: [{ ResourceType: 'elastic-ip', Tags }],
      }),
    );
    return AllocationId;
  }

  const addresses = async (client: EC2Client) =>
    ((await client.send(new DescribeAddressesCommand({}))).Addresses ?? []).map(
      ({ AllocationId }) => AllocationId,
    );
  const put = (name: string, Body: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/${name}`, Body }));
  const run = (...words: readonly string[]) =>
    meshFederation(['leftovers', ...words], { FEDERATION_CONFIG: file });

  beforeAll(async () => {
    const { endpoint } = emulator;
    const settings = { aws: { region: REGION, tags: {}, emulator: { endpoint } } };
    const { Credentials: session } = await new STSClient(accessTo(settings, REGION)).send(
      new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }),
    );
    theirs = new EC2Client({
      ...accessTo(settings, 'eu-west-1'),
      credentials: {
        accessKeyId: session?.AccessKeyId ?? '',
        secretAccessKey: session?.SecretAccessKey ?? '',
        sessionToken: session?.SessionToken ?? '',
      },
    });
    s3 = new S3Client({ ...accessTo(settings, REGION), forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: REGION },
      }),
    );
    file = writeFile(
      folder,
      'two-accounts.yaml',
      JSON.stringify({
        aws: { accountId: ACCOUNT, emulator: { endpoint } },
        eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
        clusters: { consul: { region: 'eu-west-1', assumeRole: ROLE } },
        state: { kind: 's3', bucket: Bucket, prefix },
      }),
    );
  });

  it('takes the role there, keeps what a state in the bucket has, and deletes the rest', async () => {
    const used = await address('mesh-consul-nat-0');
    const left = await address('mesh-consul-nat-1');
    const managed = [{ mode: 'managed', instances: [{ attributes: { id: used } }] }];
    await put('istio-cluster.tfstate', JSON.stringify({ resources: [] }));
    await put('consul-cluster.tfstate', JSON.stringify({ resources: managed }));

    const found = await run();
    expect([found.status, found.stdout]).toEqual([1, expect.stringContaining(left)]);
    expect(found.stdout).toContain('account 444455556666, eu-west-1');
    expect(await addresses(aws.ec2)).not.toContain(left);

    // Somebody deploys.
    await put('consul-cluster.tfstate.tflock', '{}');
    const locked = await run('--delete', '--yes');
    expect(locked.status).toBe(2);
    expect(locked.stderr).toContain(`s3://${Bucket}/${prefix}/consul-cluster.tfstate.tflock`);
    expect(await addresses(theirs)).toEqual(expect.arrayContaining([used, left]));

    await s3.send(
      new DeleteObjectCommand({ Bucket, Key: `${prefix}/consul-cluster.tfstate.tflock` }),
    );
    const deleted = await run('--delete', '--yes');
    expect([deleted.status, deleted.stdout]).toEqual([0, expect.stringMatching(/^deleted/m)]);
    expect(await addresses(theirs)).toContain(used);
    expect(await addresses(theirs)).not.toContain(left);
  });
});
