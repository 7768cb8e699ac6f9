import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { DEFAULT_NODE_GROUP } from './defaults';
import type { ImageType, NodeGroupSettings, TAINT_EFFECTS } from './props';

/** Settings of `NodeGroup`. */
export interface NodeGroupProps extends NodeGroupSettings {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** Kubernetes version of the nodes. */
  readonly version: string;
  /** ARN of the IAM role of the nodes. */
  readonly nodeRoleArn: string;
  /** Subnets of the nodes. */
  readonly subnetIds: readonly string[];
  /** Security groups of the nodes. */
  readonly securityGroupIds: readonly string[];
  /** Tags of instances, volumes and network interfaces. */
  readonly instanceTags: Readonly<Record<string, string>>;
  /** What nodes need to join: network, add-ons, policies. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Names in the EKS API of a Kubernetes taint's effect. */
const EFFECTS: Readonly<Record<(typeof TAINT_EFFECTS)[number], string>> = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
};

/**
 * A managed node group and its launch template.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#NodeGroup}
 */
export class NodeGroup extends Construct {
  /** What each node is made from. */
  public readonly launchTemplate: LaunchTemplate;
  /** The `aws_eks_node_group`. */
  public readonly nodeGroup: EksNodeGroup;

  public constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    const { clusterName, name } = props;
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
      nodeGroupName: name,
      nodeRoleArn: props.nodeRoleArn,
      version: props.version,
      subnetIds: [...props.subnetIds],
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
    });
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
