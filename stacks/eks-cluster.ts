import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { NewClusterSettings } from '../config/clusters';
import { type AwsPlace, awsPlace } from '../config/connection';
import { natOf } from '../config/network';
import type { StateInBucket } from '../config/state';
import { EksCluster, LogKey, type WebhookPort } from '../constructs/eks';
import { MadeWith } from '../constructs/made-with';
import { Network, type INetwork } from '../constructs/network';
import { awsProvider, type Deployment } from './deployed-to';
import { allowImageCache } from './image-cache';
import { LeftCrossing } from './left-crossing';

/** Settings of `EksClusterStack`. */
export interface EksClusterStackProps {
  readonly deployment: Deployment;
  readonly cluster: NewClusterSettings;
  /**
   * Ports by which the API server calls what the meshes in it bring.
   * @default none but those of the settings
   */
  readonly webhookPorts?: readonly WebhookPort[];
  /**
   * Elastic IP addresses of the NAT gateways.
   * @default new ones
   */
  readonly natAllocationIds?: readonly string[];
  /**
   * Further addresses that the public API endpoint admits, if there is one.
   * @default none
   */
  readonly admittedCidrs?: readonly string[];
  /**
   * What the names of copies in the account's cache of Docker Hub start with, for nodes that use it.
   * @default they use none
   */
  readonly imageCachePrefix?: string;
  /**
   * Ids of the accounts of all clusters, as far as the settings say them: their roles may be taken inside of the
   * VPC too.
   * @default none but its own
   */
  readonly accounts?: readonly string[];
  /**
   * Where the state of a private connection may be that the settings no longer name.
   * @default on this machine, where it is looked for without Terraform
   */
  readonly leftCrossing?: StateInBucket;
}

/** A new EKS cluster, in a VPC of its own or in one that exists. */
export class EksClusterStack extends TerraformStack {
  public readonly network: INetwork;
  public readonly cluster: EksCluster;

  public constructor(scope: Construct, id: string, props: EksClusterStackProps) {
    super(scope, id);
    const { deployment, cluster, natAllocationIds, admittedCidrs = [], imageCachePrefix } = props;
    const { aws } = deployment;
    const place = awsPlace(props.cluster, aws);
    awsProvider(this, deployment, place);
    if (props.leftCrossing !== undefined) {
      new LeftCrossing(this, 'left-crossing', { deployment, state: props.leftCrossing });
    }
    const { name, eks, existingVpc, network } = cluster;
    new MadeWith(this, 'placed_in', {
      what: `The cluster ${name}`,
      settings: { existingVpc: existingVpc?.vpcId ?? 'none: a VPC of its own' },
      otherwise: 'A cluster cannot move to another VPC: destroy this one first.',
    });
    const logKey = new LogKey(this, 'log_key', {
      name,
      logGroups: [`/aws/eks/${name}/cluster`, `/aws/vpc/${name}/flow-log`],
    });
    const encrypted = { encryptionKeyArn: logKey.arn };
    this.network = existingVpc
      ? Network.fromAttributes(existingVpc)
      : new Network(this, 'network', {
          name,
          cidr: cluster.cidr,
          zones: network.zones,
          nat: natOf(cluster),
          natAllocationIds,
          publicAddresses: eks.nodeSubnets === 'public',
          ipv6: eks.ipFamily === 'ipv6',
          clusterNames: [name],
          s3Endpoint: network.s3Endpoint,
          awsEndpoints: network.awsEndpoints && { accounts: props.accounts },
          flowLogs: network.flowLogs.enabled ? { ...network.flowLogs, ...encrypted } : undefined,
        });
    const { publicCidrs, allowAnywhere } = eks.endpoint;
    this.cluster = new EksCluster(this, 'cluster', {
      name,
      network: this.network,
      ...eks,
      serviceCidr: eks.ipFamily === 'ipv6' ? undefined : eks.serviceCidr,
      logs: { ...eks.logs, ...encrypted },
      endpoint: {
        allowAnywhere,
        publicCidrs: publicCidrs.length === 0 ? [] : [...publicCidrs, ...admittedCidrs],
      },
      // Auto Mode has the nodes in the group of the control plane, and makes them by itself.
      ...(eks.compute === 'auto'
        ? { webhookPorts: [] }
        : {
            webhookPorts: withoutRepeats([...(props.webhookPorts ?? []), ...eks.webhookPorts]),
            instanceTags: aws.tags,
          }),
    });

    if (imageCachePrefix !== undefined) {
      allowImageCache(this.cluster, aws, imageCachePrefix);
    }

    new TerraformOutput(this, 'cluster_name', { value: this.cluster.cluster.name });
    new TerraformOutput(this, 'endpoint', { value: this.cluster.endpoint });
    new TerraformOutput(this, 'kubeconfig_command', {
      description: 'Adds the cluster to your kubeconfig.',
      value: `aws eks update-kubeconfig --region ${place.region} --name ${name} --alias ${name}${roleOption(place)}`,
    });
  }
}

/** For a cluster of another account. */
function roleOption({ roleArn }: AwsPlace): string {
  return roleArn === undefined ? '' : ` --role-arn ${roleArn}`;
}

/** The same port may be named for the mesh and by the user. */
function withoutRepeats(ports: readonly WebhookPort[]): WebhookPort[] {
  return [...new Map(ports.map((entry) => [entry.port, entry])).values()];
}
