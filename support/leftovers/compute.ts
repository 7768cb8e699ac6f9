import {
  DeleteAutoScalingGroupCommand,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import {
  DeleteLaunchTemplateCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeSnapshots,
  paginateDescribeSubnets,
  paginateDescribeVolumes,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  paginateListClusters,
  paginateListNodegroups,
} from '@aws-sdk/client-eks';
import { listPrices } from '../cost/list-prices';
import { MONTH_HOURS } from '../cost/prices';
import { all, nameIn, tagsOf } from '../aws/answers';
import { type Aws, type Kind, lookAtEach, present } from './kind';

/** GiB of a snapshot, a month. @see https://aws.amazon.com/ebs/pricing/ */
const SNAPSHOT_GIBIBYTE = 0.05;

async function clusterNames({ eks }: Aws, names: readonly string[]): Promise<string[]> {
  const there = await all(paginateListClusters({ client: eks }, {}), (page) => page.clusters);
  return there.filter((name) => names.includes(name));
}

export const NODE_GROUPS: Kind = {
  name: 'node group',
  slow: true,
  find: async (aws, names) => {
    const groups = await lookAtEach(await clusterNames(aws, names), async (clusterName) => {
      const pages = paginateListNodegroups({ client: aws.eks }, { clusterName });
      const found = await all(pages, (page) => page.nodegroups);
      return found.map((nodegroupName) => ({ clusterName, nodegroupName }));
    });
    return lookAtEach(groups.flat(), async (of) => {
      const { nodegroup } = await aws.eks.send(new DescribeNodegroupCommand(of));
      return {
        kind: 'node group',
        id: `${of.clusterName}/${of.nodegroupName}`,
        name: of.nodegroupName,
        arn: nodegroup?.nodegroupArn,
        tags: nodegroup?.tags ?? {},
        cluster: of.clusterName,
        status: nodegroup?.status,
        uses: present([
          nodegroup?.nodeRole,
          nodegroup?.launchTemplate?.id,
          ...(nodegroup?.subnets ?? []),
        ]),
      };
    });
  },
  remove: async ({ eks }, { name, cluster }) => {
    await eks.send(new DeleteNodegroupCommand({ clusterName: cluster, nodegroupName: name }));
  },
};

export const CLUSTERS: Kind = {
  name: 'EKS cluster',
  slow: true,
  find: async (aws, names) =>
    lookAtEach(await clusterNames(aws, names), async (name) => {
      const { cluster } = await aws.eks.send(new DescribeClusterCommand({ name }));
      return {
        kind: 'EKS cluster',
        id: name,
        name,
        arn: cluster?.arn,
        tags: cluster?.tags ?? {},
        vpc: cluster?.resourcesVpcConfig?.vpcId,
        status: cluster?.status,
        uses: present([
          cluster?.roleArn,
          ...(cluster?.encryptionConfig ?? []).map(({ provider }) => provider?.keyArn),
          ...(cluster?.resourcesVpcConfig?.subnetIds ?? []),
          ...(cluster?.resourcesVpcConfig?.securityGroupIds ?? []),
        ]),
        isProtected: cluster?.deletionProtection,
        hourly: listPrices(aws.region).hourly.eksCluster,
      };
    }),
  remove: async ({ eks }, { id }) => {
    await eks.send(new DeleteClusterCommand({ name: id }));
  },
  lift: ({ id }, region) =>
    `aws eks update-cluster-config --region ${region} --name ${id} --no-deletion-protection`,
};

export const AUTO_SCALING_GROUPS: Kind = {
  name: 'Auto Scaling group',
  slow: true,
  find: async ({ autoScaling, ec2 }) => {
    const groups = paginateDescribeAutoScalingGroups({ client: autoScaling }, {});
    const found = await all(groups, (page) => page.AutoScalingGroups);
    const subnets = await all(paginateDescribeSubnets({ client: ec2 }, {}), (page) => page.Subnets);
    return found.map((group) => {
      const ids = present((group.VPCZoneIdentifier ?? '').split(','));
      return {
        kind: 'Auto Scaling group',
        id: group.AutoScalingGroupName ?? '',
        name: group.AutoScalingGroupName ?? '',
        arn: group.AutoScalingGroupARN,
        tags: tagsOf(group.Tags),
        // Its subnets are all of one VPC.
        vpc: subnets.find(({ SubnetId = '' }) => ids.includes(SubnetId))?.VpcId,
        uses: present([group.LaunchTemplate?.LaunchTemplateId, ...ids]),
        isProtected: (group.DeletionProtection ?? 'none') !== 'none',
      };
    });
  },
  remove: async ({ autoScaling }, { id }) => {
    await autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true }),
    );
  },
  lift: ({ id }, region) =>
    `aws autoscaling update-auto-scaling-group --region ${region} --auto-scaling-group-name ${id} ` +
    '--deletion-protection none',
};

export const INSTANCES: Kind = {
  name: 'EC2 instance',
  slow: true,
  find: async ({ ec2, region }) => {
    const { instances } = listPrices(region);
    const reservations = await all(
      paginateDescribeInstances({ client: ec2 }, {}),
      (page) => page.Reservations,
    );
    return reservations
      .flatMap(({ Instances = [] }) => Instances)
      .filter(({ State }) => State?.Name !== 'terminated')
      .map((instance) => ({
        kind: 'EC2 instance',
        id: instance.InstanceId ?? '',
        name: nameIn(instance.Tags),
        tags: tagsOf(instance.Tags),
        vpc: instance.VpcId,
        uses: present([
          instance.SubnetId,
          ...(instance.SecurityGroups ?? []).map(({ GroupId }) => GroupId),
        ]),
        hourly: instances[instance.InstanceType ?? ''],
      }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  },
  lift: ({ id }, region) =>
    `aws ec2 modify-instance-attribute --region ${region} --instance-id ${id} --no-disable-api-termination`,
};

export const VOLUMES: Kind = {
  name: 'EBS volume',
  find: async ({ ec2, region }) => {
    const { monthly } = listPrices(region);
    const volumes = await all(paginateDescribeVolumes({ client: ec2 }, {}), (page) => page.Volumes);
    return volumes
      .filter(({ State }) => State !== 'deleting' && State !== 'deleted')
      .map(({ VolumeId = '', Tags, Size = 0, Attachments = [] }) => ({
        kind: 'EBS volume',
        id: VolumeId,
        name: tagsOf(Tags)['kubernetes.io/created-for/pvc/name'] ?? nameIn(Tags),
        tags: tagsOf(Tags),
        heldBy: present(Attachments.map(({ InstanceId }) => InstanceId)),
        hourly: (Size * monthly.gp3Gibibyte) / MONTH_HOURS,
        gibibytes: Size,
      }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  },
};

export const SNAPSHOTS: Kind = {
  name: 'EBS snapshot',
  find: async ({ ec2 }) => {
    const pages = paginateDescribeSnapshots({ client: ec2 }, { OwnerIds: ['self'] });
    return (await all(pages, (page) => page.Snapshots)).map(
      ({ SnapshotId = '', Tags, VolumeSize = 0 }) => ({
        kind: 'EBS snapshot',
        id: SnapshotId,
        name: nameIn(Tags),
        tags: tagsOf(Tags),
        // At most: of a snapshot only the blocks in use are kept.
        hourly: (VolumeSize * SNAPSHOT_GIBIBYTE) / MONTH_HOURS,
        gibibytes: VolumeSize,
      }),
    );
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
  },
};

export const LAUNCH_TEMPLATES: Kind = {
  name: 'launch template',
  find: async ({ ec2 }) => {
    const pages = paginateDescribeLaunchTemplates({ client: ec2 }, {});
    return (await all(pages, (page) => page.LaunchTemplates)).map((template) => ({
      kind: 'launch template',
      id: template.LaunchTemplateId ?? '',
      name: template.LaunchTemplateName ?? '',
      tags: tagsOf(template.Tags),
    }));
  },
  remove: async ({ ec2 }, { id }) => {
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }));
  },
};
