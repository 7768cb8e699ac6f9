/**
 * How Terraform reaches a cluster: the same two ways for a cluster made by this project and for
 * one that exists already.
 */
export type ClusterConnection = EksConnection | KubeconfigConnection;

/**
 * An EKS cluster by name: endpoint and CA from the AWS API, for which the stack needs an `AwsProvider`, tokens
 * by `aws eks get-token`.
 */
export interface EksConnection {
  /** Says that it is an EKS cluster. */
  readonly kind: 'eks';
  /** The EKS cluster to connect to, by its name. */
  readonly clusterName: string;
  /** Region of the cluster. */
  readonly region: string;
  /**
   * Role that is taken to get a token for the cluster.
   * @default none: the credentials themselves
   */
  readonly roleArn?: string;
}

/** The plugin by which clients of an EKS cluster get their tokens: the AWS CLI. */
export function eksToken({ clusterName, region, roleArn }: EksConnection) {
  return {
    // What the AWS CLI answers when it is not told which version the caller takes.
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: 'aws',
    args: [
      'eks',
      'get-token',
      '--cluster-name',
      clusterName,
      '--region',
      region,
      ...(roleArn === undefined ? [] : ['--role-arn', roleArn]),
      '--output',
      'json',
    ],
  };
}

/** Any cluster by one context of a kubeconfig file. */
export interface KubeconfigConnection {
  /** A cluster of a kubeconfig file. */
  readonly kind: 'kubeconfig';
  /** Path of the kubeconfig file; `~` is expanded. */
  readonly path: string;
  /** Name of the context in the file. */
  readonly context: string;
}
