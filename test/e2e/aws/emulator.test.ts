import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AutoScalingClient, DeleteAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNatGatewayCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  DetachInternetGatewayCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import {
  AssociateAccessPolicyCommand,
  AssociateEncryptionConfigCommand,
  CreateAccessEntryCommand,
  CreateAddonCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAddonCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  ListInsightsCommand,
  ListPodIdentityAssociationsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UpdateAddonCommand,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AwsAccess } from '../../../support/aws/access';
import {
  emulatorLog,
  installEmulator,
  runningEmulator,
  startEmulator,
  stopEmulator,
  type Emulator,
} from '../../../support/demo/emulator';
import { ROOT } from '../../../support/paths';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder((at) => stopEmulator(at));
const ROLE = 'arn:aws:iam::123456789012:role/cluster';
const ADMIN = 'arn:aws:iam::123456789012:role/teams/admin';
const ADMIN_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

let emulator: Emulator;
let access: AwsAccess;
let eks: EKSClient;
let ec2: EC2Client;
let logs: CloudWatchLogsClient;
let subnets: string[];
let vpc: string;

beforeAll(async () => {
  emulator = await startEmulator({ folder, port: 0, pace: 0.1 });
  access = {
    region: 'eu-north-1',
    endpoint: emulator.endpoint,
    credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
  };
  eks = new EKSClient(access);
  ec2 = new EC2Client(access);
  logs = new CloudWatchLogsClient(access);
  const iam = new IAMClient(access);
  await iam.send(new CreateRoleCommand({ RoleName: 'cluster', AssumeRolePolicyDocument: '{}' }));
  await iam.send(
    new CreateRoleCommand({ RoleName: 'admin', Path: '/teams/', AssumeRolePolicyDocument: '{}' }),
  );
  vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
  subnets = await Promise.all(
    ['a', 'b'].map(async (zone, i) => {
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({
          VpcId: vpc,
          CidrBlock: `10.0.${i}.0/24`,
          AvailabilityZone: `eu-north-1${zone}`,
        }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
});

/** A cluster that is up, by a name of its own. */
async function newCluster(name: string, options: object = {}) {
  await eks.send(
    new CreateClusterCommand({
      name,
      version: '1.34',
      roleArn: ROLE,
      resourcesVpcConfig: { subnetIds: subnets },
      accessConfig: {
        authenticationMode: 'API',
        bootstrapClusterCreatorAdminPermissions: false,
      },
      ...options,
    }),
  );
  return settled(async () => (await eks.send(new DescribeClusterCommand({ name }))).cluster);
}

/** Waits until EKS has finished what it is doing. */
async function settled<T extends { status?: string }>(read: () => Promise<T | undefined>) {
  for (;;) {
    const found = await read();
    if (found?.status === 'ACTIVE') return found;
    await sleep(50);
  }
}

async function gone(read: () => Promise<unknown>) {
  for (;;) {
    try {
      await read();
    } catch (error) {
      expect(error).toMatchObject({ name: 'ResourceNotFoundException' });
      return;
    }
    await sleep(50);
  }
}

test('It says who it is, and is found again by its folder', async () => {
  expect(await runningEmulator(folder)).toEqual(emulator);
  expect(readFileSync(emulatorLog(folder), 'utf8')).toContain(`127.0.0.1:${emulator.port}`);
});

test('It listens where Linux lets no outgoing connection begin', () => {
  expect(emulator.port).toBeLessThan(32_768);
});

describe('Clusters', () => {
  test('come up after a while, with an endpoint, issuer and CA of their own', async () => {
    const name = 'one';
    const { cluster } = await eks.send(
      new CreateClusterCommand({ name, roleArn: ROLE, resourcesVpcConfig: { subnetIds: subnets } }),
    );
    expect(cluster?.status).toBe('CREATING');
    const one = await settled(
      async () => (await eks.send(new DescribeClusterCommand({ name }))).cluster,
    );
    const two = await newCluster('two');

    expect(one.identity?.oidc?.issuer).not.toBe(two.identity?.oidc?.issuer);
    expect(one.endpoint).not.toBe(two.endpoint);
    const authority = new X509Certificate(
      Buffer.from(one.certificateAuthority?.data ?? '', 'base64'),
    );
    expect(authority.ca).toBe(true);
    expect(authority.subject).toBe('CN=one');
    expect((await eks.send(new ListClustersCommand({}))).clusters).toEqual(['one', 'two']);
  });

  test('have a security group that exists and goes with them', async () => {
    const cluster = await newCluster('grouped');
    const GroupIds = [cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? ''];
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }));
    expect(SecurityGroups?.[0]).toMatchObject({ VpcId: vpc });

    await eks.send(new DeleteClusterCommand({ name: 'grouped' }));
    await gone(() => eks.send(new DescribeClusterCommand({ name: 'grouped' })));
    await expect(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }))).rejects.toThrow();
  });

  test('go without their security group where a rule of another names it', async () => {
    const { resourcesVpcConfig } = await newCluster('held');
    const GroupId = resourcesVpcConfig?.clusterSecurityGroupId;
    const other = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'other', Description: 'other', VpcId: vpc }),
    );
    const rule = {
      GroupId: other.GroupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
    };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule));
    const violation = { name: 'DependencyViolation' };
    const removed = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await expect(removed()).rejects.toMatchObject(violation);

    await eks.send(new DeleteClusterCommand({ name: 'held' }));
    await gone(() => eks.send(new DescribeClusterCommand({ name: 'held' })));
    await ec2.send(new RevokeSecurityGroupIngressCommand(rule));
    await removed();
  });

  test('write their log until the end, and make its group again if it went too early', async () => {
    const logGroupNamePrefix = '/aws/eks/logged/cluster';
    const found = async () => {
      const answer = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      return answer.logGroups?.length;
    };
    await newCluster('logged', {
      logging: { clusterLogging: [{ types: ['audit'], enabled: true }] },
    });
    expect(await found()).toBe(1);
    await logs.send(new DeleteLogGroupCommand({ logGroupName: logGroupNamePrefix }));
    expect(await found()).toBe(0);
    await eks.send(new DeleteClusterCommand({ name: 'logged' }));
    await gone(() => eks.send(new DescribeClusterCommand({ name: 'logged' })));
    expect(await found()).toBe(1);
  });

  test('are changed by an update that can be followed', async () => {
    await newCluster('changed');
    const { update } = await eks.send(
      new UpdateClusterConfigCommand({
        name: 'changed',
        resourcesVpcConfig: { endpointPrivateAccess: true, publicAccessCidrs: ['192.0.2.0/24'] },
      }),
    );
    const followed = await eks.send(
      new DescribeUpdateCommand({ name: 'changed', updateId: update?.id }),
    );
    expect(followed.update?.status).toBe('Successful');
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'changed' }));
    expect(cluster?.resourcesVpcConfig).toMatchObject({
      subnetIds: subnets,
      endpointPrivateAccess: true,
      publicAccessCidrs: ['192.0.2.0/24'],
    });
  });

  test.each([
    [{ version: '1.20' }, 'unsupported Kubernetes version 1.20'],
    [{ roleArn: `${ROLE}-missing` }, 'could not be assumed'],
    [
      { resourcesVpcConfig: { subnetIds: ['subnet-1'] } },
      "The subnet ID 'subnet-1' does not exist",
    ],
  ])('are refused as by EKS: %j', async (options, message) => {
    await expect(newCluster('refused', options)).rejects.toThrow(message);
  });

  test('need subnets in two zones, and a free name', async () => {
    await expect(
      newCluster('refused', { resourcesVpcConfig: { subnetIds: subnets.slice(1) } }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Subnets specified must be in at least two different AZs',
    });
    await newCluster('taken');
    await expect(newCluster('taken')).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });

  test('An operation that the emulator lacks is named', async () => {
    await expect(eks.send(new ListInsightsCommand({ clusterName: 'one' }))).rejects.toThrow(
      'The emulator lacks this operation: ListInsights',
    );
  });
});

describe('Node groups', () => {
  const of = { clusterName: 'nodes', nodegroupName: 'default' };
  const instances = async () => {
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'tag:eks:cluster-name', Values: ['nodes'] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
      }),
    );
    return Reservations.flatMap((reservation) => reservation.Instances ?? []);
  };

  beforeAll(async () => {
    await newCluster('nodes');
    const { LaunchTemplate } = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'nodes',
        LaunchTemplateData: {
          BlockDeviceMappings: [
            {
              DeviceName: '/dev/xvda',
              Ebs: { VolumeSize: 100, VolumeType: 'gp3', DeleteOnTermination: true },
            },
          ],
        },
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'a', Value: 'b' }] }],
      }),
    );
    await eks.send(
      new CreateNodegroupCommand({
        ...of,
        nodeRole: ROLE,
        subnets,
        instanceTypes: ['t3.large'],
        scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 3 },
        launchTemplate: { id: LaunchTemplate?.LaunchTemplateId },
        labels: { keep: 'me', drop: 'me' },
      }),
    );
    await settled(async () => (await eks.send(new DescribeNodegroupCommand(of))).nodegroup);
  });

  test('run instances of the launch template, with one volume each', async () => {
    const running = await instances();
    expect(running).toHaveLength(2);
    expect(running.map((i) => i.InstanceType)).toEqual(['t3.large', 't3.large']);
    expect(running.map((i) => i.BlockDeviceMappings?.length)).toEqual([1, 1]);
  });

  test('answer with what was asked for and nothing invented', async () => {
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand(of));
    expect(nodegroup).toMatchObject({
      version: '1.34',
      updateConfig: { maxUnavailable: 1 },
      launchTemplate: { name: 'nodes', version: '1' },
    });
    expect(nodegroup).not.toHaveProperty('remoteAccess');
    expect(nodegroup).not.toHaveProperty('diskSize');
  });

  test("do not mix the template's own tags into its data", async () => {
    const { LaunchTemplateVersions } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'nodes' }),
    );
    expect(LaunchTemplateVersions?.[0]?.LaunchTemplateData?.TagSpecifications ?? []).toEqual([]);
  });

  test('admit their role to the cluster', async () => {
    const { accessEntry } = await eks.send(
      new DescribeAccessEntryCommand({ clusterName: 'nodes', principalArn: ROLE }),
    );
    expect(accessEntry).toMatchObject({ type: 'EC2_LINUX', kubernetesGroups: ['system:nodes'] });
  });

  test('are resized and relabelled', async () => {
    await eks.send(
      new UpdateNodegroupConfigCommand({
        ...of,
        scalingConfig: { minSize: 1, desiredSize: 3, maxSize: 3 },
        labels: { addOrUpdateLabels: { more: 'of it' }, removeLabels: ['drop'] },
      }),
    );
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand(of));
    expect(nodegroup?.labels).toEqual({ keep: 'me', more: 'of it' });
    expect(await instances()).toHaveLength(3);
  });

  test('hold their cluster and subnets back, and take their instances with them', async () => {
    await expect(eks.send(new DeleteClusterCommand({ name: 'nodes' }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    const [{ SubnetId } = {}] = await instances();
    await expect(ec2.send(new DeleteSubnetCommand({ SubnetId }))).rejects.toMatchObject({
      name: 'DependencyViolation',
    });
    await eks.send(new DeleteNodegroupCommand(of));
    await gone(() => eks.send(new DescribeNodegroupCommand(of)));
    expect(await instances()).toEqual([]);
  });

  test('go to the end where somebody has deleted their Auto Scaling group', async () => {
    const orphan = { clusterName: 'nodes', nodegroupName: 'orphan' };
    await eks.send(new CreateNodegroupCommand({ ...orphan, nodeRole: ROLE, subnets }));
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand(orphan));
    const AutoScalingGroupName = nodegroup?.resources?.autoScalingGroups?.[0]?.name;
    await new AutoScalingClient(access).send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }),
    );
    await eks.send(new DeleteNodegroupCommand(orphan));
    await gone(() => eks.send(new DescribeNodegroupCommand(orphan)));
    const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
    expect(LaunchTemplates.map(({ LaunchTemplateName }) => LaunchTemplateName)).toEqual(['nodes']);
  });
});

describe('What moto lacks', () => {
  const clusterName = 'full';
  beforeAll(async () => {
    await newCluster(clusterName);
  });

  test('add-ons: their versions, their life, their Pod Identity', async () => {
    const { addons } = await eks.send(
      new DescribeAddonVersionsCommand({ addonName: 'coredns', kubernetesVersion: '1.34' }),
    );
    expect(addons?.[0]?.addonVersions?.[0]?.compatibilities?.[0]?.defaultVersion).toBe(true);

    const of = { clusterName, addonName: 'aws-ebs-csi-driver' };
    await eks.send(
      new CreateAddonCommand({
        ...of,
        podIdentityAssociations: [{ serviceAccount: 'ebs-csi-controller-sa', roleArn: ROLE }],
      }),
    );
    const addon = await settled(async () => (await eks.send(new DescribeAddonCommand(of))).addon);
    expect(addon.podIdentityAssociations).toHaveLength(1);

    await eks.send(new UpdateAddonCommand({ ...of, configurationValues: '{"a":1}' }));
    const { addon: updated } = await eks.send(new DescribeAddonCommand(of));
    expect(updated).toMatchObject({
      configurationValues: '{"a":1}',
      addonVersion: addon.addonVersion,
    });

    await eks.send(new DeleteAddonCommand(of));
    await gone(() => eks.send(new DescribeAddonCommand(of)));
    const { associations } = await eks.send(
      new ListPodIdentityAssociationsCommand({ clusterName }),
    );
    expect(associations).toEqual([]);
    await expect(
      eks.send(new CreateAddonCommand({ ...of, addonVersion: 'latest' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(
      eks.send(new CreateAddonCommand({ clusterName, addonName: 'no-such-addon' })),
    ).rejects.toThrow('Addon no-such-addon specified is not supported');
  });

  test('access entries and their policies, by ARNs with slashes', async () => {
    const of = { clusterName, principalArn: ADMIN };
    await eks.send(new CreateAccessEntryCommand({ ...of, kubernetesGroups: ['admins'] }));
    await eks.send(
      new AssociateAccessPolicyCommand({
        ...of,
        policyArn: ADMIN_POLICY,
        accessScope: { type: 'namespace', namespaces: ['default'] },
      }),
    );
    const { accessEntries } = await eks.send(new ListAccessEntriesCommand({ clusterName }));
    expect(accessEntries).toEqual([ADMIN]);
    const associated = await eks.send(new ListAssociatedAccessPoliciesCommand(of));
    expect(associated.associatedAccessPolicies).toMatchObject([
      { policyArn: ADMIN_POLICY, accessScope: { type: 'namespace', namespaces: ['default'] } },
    ]);
    await eks.send(new DisassociateAccessPolicyCommand({ ...of, policyArn: ADMIN_POLICY }));
    const after = await eks.send(new ListAssociatedAccessPoliciesCommand(of));
    expect(after.associatedAccessPolicies).toEqual([]);
    await expect(eks.send(new CreateAccessEntryCommand(of))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
  });

  test('Pod Identity associations, one for each service account', async () => {
    const wanted = { clusterName, namespace: 'default', serviceAccount: 'reader', roleArn: ROLE };
    await eks.send(new CreatePodIdentityAssociationCommand(wanted));
    await expect(eks.send(new CreatePodIdentityAssociationCommand(wanted))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    const { associations } = await eks.send(
      new ListPodIdentityAssociationsCommand({ clusterName, namespace: 'default' }),
    );
    expect(associations).toMatchObject([{ serviceAccount: 'reader' }]);
  });

  test('tags on everything, not only on clusters', async () => {
    const of = { clusterName, addonName: 'coredns' };
    const { addon } = await eks.send(new CreateAddonCommand({ ...of, tags: { a: '1' } }));
    const resourceArn = addon?.addonArn;
    await eks.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }));
    const { tags } = await eks.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual({ a: '1', b: '2' });
  });
});

test('What was done and is asked for again, as its answer was lost, is not done twice', async () => {
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'once', Description: 'once', VpcId: vpc }),
  );
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  const revoke = { GroupId, IpPermissions: [all] };
  const forgetful = new EC2Client(access);
  let asked = 0;
  forgetful.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      asked += 1;
      if (asked === 1) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
      return answer;
    },
    { step: 'deserialize' },
  );
  await forgetful.send(new RevokeSecurityGroupEgressCommand(revoke));
  expect(asked).toBe(2);
  await expect(ec2.send(new RevokeSecurityGroupEgressCommand(revoke))).rejects.toMatchObject({
    name: 'InvalidPermission.NotFound',
  });
});

test('Requests and timers take turns, and it ends with who started it: emulator/tests', () => {
  const words = ['-m', 'unittest', 'discover', '--top-level-directory', '.', 'tests'];
  const { status, stderr } = spawnSync(installEmulator(), words, {
    cwd: path.join(ROOT, 'emulator'),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^Ran [1-9]\d* tests/m) as unknown,
  });
});

describe('As on AWS', () => {
  const bootstrap = {
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
  };

  test("an account has no snapshots of Amazon's images", async () => {
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    expect(Snapshots).toEqual([]);
  });

  test('who makes a cluster is named by IAM, and for a session it is the role', async () => {
    await newCluster('by-user', bootstrap);
    const ofUser = await eks.send(new ListAccessEntriesCommand({ clusterName: 'by-user' }));
    expect(ofUser.accessEntries).toEqual(['arn:aws:iam::123456789012:user/moto']);

    const { Credentials: session } = await new STSClient(access).send(
      new AssumeRoleCommand({ RoleArn: ADMIN, RoleSessionName: 'me' }),
    );
    const credentials = {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? '',
    };
    await new EKSClient({ ...access, credentials }).send(
      new CreateClusterCommand({
        name: 'by-role',
        version: '1.34',
        roleArn: ROLE,
        resourcesVpcConfig: { subnetIds: subnets },
        accessConfig: { authenticationMode: 'API' },
      }),
    );
    const ofRole = await eks.send(new ListAccessEntriesCommand({ clusterName: 'by-role' }));
    expect(ofRole.accessEntries).toEqual([ADMIN]);
  });

  test('an access entry is of a user or role that exists, and there is one for each', async () => {
    await newCluster('entries', bootstrap);
    const create = (principalArn: string) =>
      eks.send(new CreateAccessEntryCommand({ clusterName: 'entries', principalArn }));
    await expect(create('arn:aws:iam::123456789012:user/moto')).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    await expect(create('arn:aws:sts::123456789012:assumed-role/admin/me')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(create('arn:aws:iam::123456789012:role/nobody')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  test('a VPC is held back by an internet gateway and by groups of its own', async () => {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
    const VpcId = Vpc?.VpcId;
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const gateway = { VpcId, InternetGatewayId: InternetGateway?.InternetGatewayId };
    await ec2.send(new AttachInternetGatewayCommand(gateway));
    const removed = () => ec2.send(new DeleteVpcCommand({ VpcId }));
    await expect(removed()).rejects.toMatchObject({ name: 'DependencyViolation' });
    await ec2.send(new DetachInternetGatewayCommand(gateway));
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'own', Description: 'own', VpcId }),
    );
    await expect(removed()).rejects.toMatchObject({ name: 'DependencyViolation' });
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await removed();
  });

  test('a NAT gateway that is deleted gives its address back', async () => {
    const [SubnetId] = subnets;
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    for (let i = 0; i < 2; i++) {
      const { NatGateway } = await ec2.send(
        new CreateNatGatewayCommand({ SubnetId, AllocationId }),
      );
      await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: NatGateway?.NatGatewayId }));
    }
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
  });

  test('a cluster keeps its key, and says when the key is on its way out', async () => {
    const kms = new KMSClient(access);
    const key = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const [first, second] = [await key(), await key()];
    const config = (keyArn: string) => [{ provider: { keyArn }, resources: ['secrets'] }];
    await newCluster('keyed', { encryptionConfig: config(first) });
    await expect(
      eks.send(
        new AssociateEncryptionConfigCommand({
          clusterName: 'keyed',
          encryptionConfig: config(second),
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: first.split('/')[1] }));
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'keyed' }));
    expect(cluster?.health?.issues?.map(({ code }) => code)).toEqual(['KmsKeyMarkedForDeletion']);
  });
});
