import type { ClusterConnection } from '../constructs/kubernetes';
import type { AwsSettings } from './aws';
import type { ClusterSettings, EksClusterSettings } from './clusters';

/** How the stacks on top of a cluster reach it. */
export function clusterConnection(cluster: ClusterSettings, region: string): ClusterConnection {
  if (cluster.kind === 'kubeconfig') return cluster;
  return {
    kind: 'eks',
    clusterName: cluster.name,
    region: cluster.region ?? region,
    ...(cluster.assumeRole !== undefined && { roleArn: cluster.assumeRole }),
  };
}

/** Where in AWS a cluster is, and who acts there. */
export interface AwsPlace {
  readonly region: string;
  /** @default whatever account the credentials belong to */
  readonly accountId?: string;
  /** @default none: the credentials themselves */
  readonly roleArn?: string;
}

/** Where a cluster is: what it says itself, else what all clusters share. */
export function awsPlace(
  { region, accountId, assumeRole }: EksClusterSettings,
  aws: Pick<AwsSettings, 'region' | 'accountId'>,
): AwsPlace {
  // In the account of a role no other one is meant than that of the role.
  const own = accountId ?? assumeRole?.split(':')[4] ?? aws.accountId;
  return {
    region: region ?? aws.region,
    ...(own !== undefined && { accountId: own }),
    ...(assumeRole !== undefined && { roleArn: assumeRole }),
  };
}

/** DNS domain of a cluster, where it is not the usual one. */
export function clusterDomain(cluster: ClusterSettings): string | undefined {
  return cluster.kind === 'eks' ? undefined : cluster.clusterDomain;
}
