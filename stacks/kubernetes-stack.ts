import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type ClusterConnection, ClusterProviders } from '../constructs/kubernetes';
import { awsProvider, deployedToKubeconfig, type Deployment } from './deployed-to';

/** Settings of every stack whose resources are in one cluster. */
export interface KubernetesStackProps {
  readonly connection: ClusterConnection;
  readonly deployment: Deployment;
}

/** A stack whose Kubernetes and Helm resources go to one cluster, found by name or by context. */
export abstract class KubernetesStack extends TerraformStack {
  public constructor(
    scope: Construct,
    id: string,
    { connection, deployment }: KubernetesStackProps,
  ) {
    super(scope, id);
    if (connection.kind === 'eks') {
      awsProvider(this, deployment, { region: connection.region, connection });
    }
    const { kubernetes } = new ClusterProviders(this, 'cluster', { connection });
    if (connection.kind === 'kubeconfig') {
      deployedToKubeconfig(this, deployment.profile, connection, kubernetes);
    }
  }
}
