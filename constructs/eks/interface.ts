import type { TerraformProvider } from 'cdktf';
import type { EksConnection } from '../kubernetes/connection';

/** An EKS cluster as others need to know it: an `EksCluster`, or one that exists, by `EksCluster.fromAttributes`. */
export interface IEksCluster {
  /** Name of the cluster, known at synthesis. */
  readonly clusterName: string;
  /** URL of the Kubernetes API. */
  readonly endpoint: string;
  /** Certificate of the Kubernetes API's CA, PEM in base64. */
  readonly certificateAuthority: string;
  /** URL of the issuer of the service accounts' tokens. */
  readonly oidcIssuer: string;
  /** The security group that EKS made for the control plane's network interfaces. */
  readonly securityGroupId: string;
  /** How other stacks reach the cluster. */
  connection(region: string): EksConnection;
}

/** An EKS cluster that exists: see `EksCluster.fromAttributes`. */
export interface EksClusterAttributes {
  /** Name by which AWS knows the cluster. */
  readonly clusterName: string;
  /**
   * The AWS provider of its account and region, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}
