import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Fn, type ITerraformDependable, Token } from 'cdktf';
import { Construct } from 'constructs';
import { DEPENDABLE, Each, type Example, refuseUnlike } from '../example';
import { TerraformData } from '../terraform-data';
import { roleArnProblems } from '../aws-forms';
import { awsIdsProblems } from '../network/aws-ids';
import { refuse } from '../problems';
import { mustHold } from '../must-hold';
import { DEFAULT_NODE_GROUP } from './defaults';
import type { IEksCluster } from './interface';
import { nodeGroupProblems } from './node-group-problems';
import { minorVersionProblems } from './validate';
import type { ImageType, NodeGroupSettings, TAINT_EFFECTS } from './props';
import { NODE_GROUP_EXAMPLE } from './props';

/** Settings of `NodeGroup`. */
export interface NodeGroupProps extends NodeGroupSettings {
  /** The cluster; a token of its name orders the group after it. */
  readonly cluster: Pick<IEksCluster, 'clusterName'>;
  /** Kubernetes version of the nodes. */
  readonly version: string;
  /** ARN of the IAM role of the nodes. */
  readonly nodeRoleArn: string;
  /** Subnets that the nodes may be in, one for each zone; `zones` says in how many of them they are. */
  readonly subnetIds: readonly string[];
  /** Security groups of the nodes. */
  readonly securityGroupIds: readonly string[];
  /** Tags of instances, volumes and network interfaces. */
  readonly instanceTags: Readonly<Record<string, string>>;
  /** What nodes need to join: network, add-ons, policies. */
  readonly dependsOn: readonly ITerraformDependable[];
}

const EXAMPLE: Example<NodeGroupProps> = {
  ...NODE_GROUP_EXAMPLE,
  cluster: { clusterName: 'shop' },
  version: '1.35',
  nodeRoleArn: 'arn:aws:iam::111122223333:role/node',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
  instanceTags: new Each('shop'),
  dependsOn: [DEPENDABLE],
};

/** Names in the EKS API of a Kubernetes taint's effect. */
const EFFECTS: Readonly<Record<(typeof TAINT_EFFECTS)[number], string>> = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
};

/**
 * A managed node group and its launch template.
 *
 * What AWS cannot change on a group (instance types, capacity, image type, subnets) replaces it: the new
 * nodes first, then the old ones go. For a while both are there and are paid for. How many nodes there
 * are is left to whoever scales the group: `desired` holds for the first ones only.
 *
 * @throws Error listing every mistake in the props.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#NodeGroup}
 */
export class NodeGroup extends Construct {
  /** The launch template that each node is started from. */
  public readonly launchTemplate: LaunchTemplate;
  /** The `aws_eks_node_group`. */
  public readonly nodeGroup: EksNodeGroup;

  public constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    refuseUnlike(`NodeGroup ${this.node.path}`, props, EXAMPLE);
    const { name } = props;
    refuse(`NodeGroup ${name}`, [
      ...nodeGroupProblems(props),
      ...minorVersionProblems(props.version),
      ...roleArnProblems(['nodeRoleArn'], props.nodeRoleArn),
      ...(props.subnetIds.length > 0
        ? []
        : [{ path: ['subnetIds'], message: 'is empty; list one at least' }]),
      ...awsIdsProblems(['subnetIds'], 'subnet', props.subnetIds),
      ...awsIdsProblems(['securityGroupIds'], 'sg', props.securityGroupIds),
    ]);
    const { clusterName } = props.cluster;
    const { instanceTypes, capacity, min, desired, max, diskGiB, imageType, ...rest } = {
      ...DEFAULT_NODE_GROUP,
      ...props,
    };
    const instanceTags = { ...props.instanceTags, Name: `${clusterName}-${name}` };
    this.launchTemplate = new LaunchTemplate(this, 'launch_template', {
      namePrefix: `${clusterName}-${name}-`,
      updateDefaultVersion: true,
      vpcSecurityGroupIds: [...props.securityGroupIds],
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        // Pods are one hop further than the node: they cannot take the node's own identity.
        httpPutResponseHopLimit: 1,
      },
      blockDeviceMappings: volumes(imageType, diskGiB),
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags: instanceTags,
      })),
    });
    this.nodeGroup = new EksNodeGroup(this, 'node_group', {
      clusterName,
      // Two groups of one name cannot be there at the same time.
      nodeGroupNamePrefix: `${name}-`,
      nodeRoleArn: props.nodeRoleArn,
      version: props.version,
      subnetIds: this.subnets(props),
      instanceTypes: [...instanceTypes],
      capacityType: capacity === 'spot' ? 'SPOT' : 'ON_DEMAND',
      amiType: imageType,
      scalingConfig: { minSize: min, desiredSize: desired, maxSize: max },
      updateConfig: { maxUnavailablePercentage: rest.maxUnavailablePercent },
      launchTemplate: {
        id: this.launchTemplate.id,
        version: this.launchTemplate.latestVersion.toString(),
      },
      labels: { ...rest.labels },
      taint: rest.taints.map(({ key, value, effect }) => ({
        key,
        ...(value === undefined ? {} : { value }),
        effect: EFFECTS[effect],
      })),
      dependsOn: [...props.dependsOn],
      lifecycle: {
        createBeforeDestroy: true,
        ignoreChanges: ['scaling_config[0].desired_size'],
        ...mustHold(
          `self.scaling_config[0].desired_size >= ${min} && self.scaling_config[0].desired_size <= ${max}`,
          `The group ${name} has \${self.scaling_config[0].desired_size} nodes, and is to have ` +
            `${min} to ${max}: EKS refuses that. Bring it there first: aws eks ` +
            `update-nodegroup-config --cluster-name ${clusterName} --nodegroup-name ` +
            `\${self.node_group_name} --scaling-config minSize=${min},maxSize=${max},desiredSize=` +
            `\${min(max(self.scaling_config[0].desired_size, ${min}), ${max})}`,
        ),
      },
    });
  }

  /**
   * A volume of EBS stays in its zone. With no more zones than nodes there is a node in each of them,
   * after a replacement too. The number of zones is that of the first deploy, since it would otherwise
   * follow `min`, and another one replaces all nodes.
   */
  private subnets({ zones, min = DEFAULT_NODE_GROUP.min, subnetIds }: NodeGroupProps): string[] {
    if (Token.isUnresolved(subnetIds)) return [...subnetIds];
    if (zones !== undefined) return subnetIds.slice(0, zones);
    const count = Math.min(Math.max(min, 1), subnetIds.length);
    const first = new TerraformData(this, 'zones', {
      input: count,
      lifecycle: { ignoreChanges: ['input'] },
    });
    const kept = Token.asNumber(first.interpolationForAttribute('input'));
    return Token.asList(Fn.slice([...subnetIds], 0, kept));
  }
}

/**
 * The disks of a node. Bottlerocket keeps its system on the first one, whose size is that of the image,
 * and images and pods on a second.
 *
 * @see https://github.com/bottlerocket-os/bottlerocket#default-volumes
 */
function volumes(imageType: ImageType, diskGiB: number) {
  const disk = (deviceName: string, volumeSize?: number) => ({
    deviceName,
    ebs: { volumeType: 'gp3', volumeSize, encrypted: 'true', deleteOnTermination: 'true' },
  });
  return imageType.startsWith('BOTTLEROCKET')
    ? [disk('/dev/xvda'), disk('/dev/xvdb', diskGiB)]
    : [disk('/dev/xvda', diskGiB)];
}
