import type { Construct } from 'constructs';
import type { AwsPlace } from '../config/connection';
import { type ClusterConnection, ClusterProviders } from '../constructs/kubernetes';
import { awsProvider, deployedToKubeconfig, type Deployment } from './deployed-to';
import { kubectlInOutputs } from './kubectl';
import { LargeStack } from './large-stack';

/** Settings of every stack whose resources are in one cluster. */
export interface KubernetesStackProps {
  readonly connection: ClusterConnection;
  /**
   * Where in AWS the cluster is.
   * @default where the settings say for all, in no AWS account where it is a kubeconfig
   */
  readonly place?: AwsPlace;
  readonly deployment: Deployment;
}

/** A stack whose Kubernetes and Helm resources go to one cluster, found by name or by context. */
export abstract class KubernetesStack extends LargeStack {
  /** How a person reaches the cluster: `kubectl --context mesh-istio`. */
  public readonly kubectl: string;

  /** @param given What the stack is made with, as in `LargeStack`. */
  public constructor(
    scope: Construct,
    id: string,
    { connection, place, deployment }: KubernetesStackProps,
    given?: object,
  ) {
    super(scope, id, given);
    this.kubectl = kubectlInOutputs(connection);
    if (connection.kind === 'eks') {
      const { region, roleArn } = connection;
      awsProvider(this, deployment, { region, roleArn, ...place, connection });
    }
    const { kubernetes } = new ClusterProviders(this, 'cluster', { connection });
    if (connection.kind === 'kubeconfig') {
      deployedToKubeconfig(this, deployment.profile, connection, kubernetes);
    }
  }
}
