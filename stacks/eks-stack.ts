import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { AwsSettings } from '../config/aws';
import type { NewClusterSettings } from '../config/clusters';
import { EksCluster, type WebhookPort } from '../constructs/eks';
import { existingNetwork, Network, type NetworkAttributes } from '../constructs/network';
import { awsProviderConfig } from './aws-provider';
import { allowImageCache } from './image-cache';

/** Settings of a stack with one EKS cluster. */
export interface EksStackProps {
  readonly aws: AwsSettings;
  readonly cluster: NewClusterSettings;
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
}

/** An EKS cluster in a VPC of its own, or in one that exists. */
export abstract class EksStack extends TerraformStack {
  public readonly network: NetworkAttributes;
  public readonly cluster: EksCluster;

  protected constructor(
    scope: Construct,
    id: string,
    { aws, cluster, natAllocationIds, admittedCidrs = [], imageCachePrefix }: EksStackProps,
    webhookPorts: readonly WebhookPort[],
  ) {
    super(scope, id);
    new AwsProvider(this, 'aws', awsProviderConfig(aws));
    const { name, eks, existingVpc, network } = cluster;
    this.network = existingVpc
      ? existingNetwork(existingVpc)
      : new Network(this, 'network', {
          name,
          cidr: cluster.cidr,
          zones: network.zones,
          nat: network.nat,
          natAllocationIds,
          publicAddresses: eks.nodeSubnets === 'public',
          clusterNames: [name],
          s3Endpoint: network.s3Endpoint,
          flowLogs: network.flowLogs.enabled ? network.flowLogs : undefined,
        });
    const { publicCidrs, allowAnywhere } = eks.endpoint;
    this.cluster = new EksCluster(this, 'cluster', {
      name,
      network: this.network,
      ...eks,
      endpoint: {
        allowAnywhere,
        publicCidrs: publicCidrs.length === 0 ? [] : [...publicCidrs, ...admittedCidrs],
      },
      webhookPorts,
      instanceTags: aws.tags,
    });

    if (imageCachePrefix !== undefined) {
      allowImageCache(this.cluster, aws, imageCachePrefix);
    }

    new TerraformOutput(this, 'cluster_name', { value: this.cluster.cluster.name });
    new TerraformOutput(this, 'endpoint', { value: this.cluster.endpoint });
    new TerraformOutput(this, 'kubeconfig_command', {
      description: 'Adds the cluster to your kubeconfig.',
      value: `aws eks update-kubeconfig --region ${aws.region} --name ${name} --alias ${name}`,
    });
  }
}
