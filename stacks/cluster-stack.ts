import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type ClusterConnection, ClusterProviders } from '../constructs/kubernetes';

/** Settings of every stack that deploys to one cluster. */
export interface ClusterStackProps {
  readonly connection: ClusterConnection;
  /**
   * The AWS provider's configuration, for an EKS cluster.
   * @default the cluster's region
   */
  readonly aws?: AwsProviderConfig;
}

/** A stack whose Kubernetes and Helm resources go to one cluster, found by name or by context. */
export abstract class ClusterStack extends TerraformStack {
  public constructor(scope: Construct, id: string, { connection, aws }: ClusterStackProps) {
    super(scope, id);
    if (connection.kind === 'eks') {
      new AwsProvider(this, 'aws', aws ?? { region: connection.region });
    }
    new ClusterProviders(this, 'cluster', { connection });
  }
}
