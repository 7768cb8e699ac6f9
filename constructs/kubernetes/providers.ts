import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import type { HelmProviderKubernetes } from '@cdktf/provider-helm/lib/provider';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { DataKubernetesServerVersion } from '@cdktf/provider-kubernetes/lib/data-kubernetes-server-version';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { Fn, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { ApiServer } from './api-server';
import type { ClusterConnection, EksConnection } from './connection';
import { kubeconfigProblem, kubeconfigServer } from './kubeconfig';
import { expandPath } from './yaml-file';

/** Settings of `ClusterProviders`. */
export interface ClusterProvidersProps {
  /**
   * The cluster that every Kubernetes and Helm resource of the stack goes to. For an EKS cluster
   * the stack also needs an `AwsProvider` of the cluster's account and region.
   */
  readonly connection: ClusterConnection;
}

/**
 * The Kubernetes and Helm providers of a stack, both pointed at the same cluster. One for each
 * stack.
 *
 * An EKS cluster is looked up by name, and tokens come from `aws eks get-token` at the moment they
 * are needed: no token is stored, and none expires in the middle of a deploy. The file and context
 * of a kubeconfig are checked at synthesis, since both providers take `localhost` for a missing
 * one. The server's version is read first, so that a cluster that cannot be reached stops the plan
 * before anything is changed.
 *
 * @throws When the kubeconfig file or its context does not exist; the contexts that do are listed.
 */
export class ClusterProviders extends Construct {
  /** Provider of `kubernetes_*` resources; the stack's default. */
  public readonly kubernetes: KubernetesProvider;
  /** Provider of `helm_release` resources; the stack's default. */
  public readonly helm: HelmProvider;
  /** The API server that both talk to. */
  public readonly apiServer: ApiServer;

  public constructor(scope: Construct, id: string, props: ClusterProvidersProps) {
    super(scope, id);
    const connection = props.connection;
    if (connection.kind === 'eks') {
      const cluster = eksCluster(this, connection);
      this.kubernetes = new KubernetesProvider(this, 'kubernetes', {
        ...cluster,
        exec: [cluster.exec],
      });
      this.helm = new HelmProvider(this, 'helm', { kubernetes: cluster });
      this.apiServer = {
        address: cluster.host,
        certificateAuthority: cluster.clusterCaCertificate,
      };
    } else {
      const problem = kubeconfigProblem(connection);
      if (problem !== undefined) {
        throw new Error(problem.message);
      }
      this.apiServer = kubeconfigServer(connection);
      const cluster = {
        configPath: expandPath(connection.path),
        configContext: connection.context,
      };
      this.kubernetes = new KubernetesProvider(this, 'kubernetes', cluster);
      this.helm = new HelmProvider(this, 'helm', { kubernetes: cluster });
    }
    new DataKubernetesServerVersion(this, 'reachable', { provider: this.kubernetes });
  }
}

function eksCluster(
  scope: Construct,
  connection: EksConnection,
): Required<Pick<HelmProviderKubernetes, 'host' | 'clusterCaCertificate' | 'exec'>> {
  const stack = TerraformStack.of(scope);
  scope.node.addValidation({
    validate: () =>
      stack.node.findAll().some((child) => child instanceof AwsProvider)
        ? []
        : [
            `the EKS cluster ${connection.clusterName} is looked up through AWS: ` +
              `add new AwsProvider(stack, 'aws', { region: '${connection.region}' })`,
          ],
  });
  const cluster = new DataAwsEksCluster(scope, 'cluster', { name: connection.clusterName });
  return {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority.get(0).data),
    exec: {
      // What the AWS CLI answers when it is not told which version the caller takes.
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'aws',
      args: [
        'eks',
        'get-token',
        '--cluster-name',
        connection.clusterName,
        '--region',
        connection.region,
        '--output',
        'json',
      ],
    },
  };
}
