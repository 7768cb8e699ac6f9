/**
 * How Terraform reaches a cluster: the same two ways for a cluster made by this project and for
 * one that exists already.
 */
export type ClusterConnection = EksConnection | KubeconfigConnection;

/** An EKS cluster by name: endpoint and CA from the AWS API, tokens by `aws eks get-token`. */
export interface EksConnection {
  readonly kind: 'eks';
  readonly clusterName: string;
  readonly region: string;
}

/** Any cluster by one context of a kubeconfig file. */
export interface KubeconfigConnection {
  readonly kind: 'kubeconfig';
  /** Path of the kubeconfig file; `~` is expanded. */
  readonly path: string;
  readonly context: string;
}
