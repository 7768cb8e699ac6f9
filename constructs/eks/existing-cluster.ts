import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { Construct } from 'constructs';
import type { EksConnection } from '../kubernetes/connection';
import type { EksClusterAttributes, IEksCluster } from './interface';

/** A cluster that exists, as AWS describes it. */
export class ExistingEksCluster extends Construct implements IEksCluster {
  public readonly clusterName: string;
  public readonly endpoint: string;
  public readonly certificateAuthority: string;
  public readonly oidcIssuer: string;
  public readonly securityGroupId: string;

  public constructor(
    scope: Construct,
    id: string,
    { clusterName, provider }: EksClusterAttributes,
  ) {
    super(scope, id);
    const cluster = new DataAwsEksCluster(this, 'cluster', { name: clusterName, provider });
    this.clusterName = clusterName;
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
    this.oidcIssuer = cluster.identity.get(0).oidc.get(0).issuer;
    this.securityGroupId = cluster.vpcConfig.get(0).clusterSecurityGroupId;
  }

  public connection(region: string): EksConnection {
    return eksConnection(this.clusterName, region);
  }
}

/** How Terraform reaches a cluster by its name. */
export function eksConnection(clusterName: string, region: string): EksConnection {
  return { kind: 'eks', clusterName, region };
}
