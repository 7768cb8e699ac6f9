import { readFileSync } from 'node:fs';
import { type ClusterSettings, hasIPv6Pods } from '../config/clusters';
import { awsPlace, clusterConnection } from '../config/connection';
import type { ApiServer } from '../constructs/kubernetes';
import { authoritiesIn } from '../constructs/kubernetes/certificates';
import { kubeconfigServer } from '../constructs/kubernetes/kubeconfig';
import { expandPath } from '../constructs/kubernetes/yaml-file';
import type { Deployment } from './deployed-to';

/** What a stack on a cluster is made with, as the settings of the cluster say. */
export function onCluster(cluster: ClusterSettings, deployment: Deployment) {
  const { aws } = deployment;
  const connection = clusterConnection(cluster, aws.region);
  return {
    connection,
    deployment,
    ...(cluster.kind !== 'kubeconfig' && { tags: aws.tags, place: awsPlace(cluster, aws) }),
    ...(hasIPv6Pods(cluster) && { ipFamily: 'ipv6' as const }),
  };
}

/** The API server by which other clusters reach it, where that is not the one that Terraform calls. */
export function apiServer(cluster: ClusterSettings): ApiServer | undefined {
  if (cluster.kind !== 'kubeconfig' || cluster.apiServer === undefined) return undefined;
  const { apiServer: address, apiServerCa } = cluster;
  return {
    address,
    certificateAuthority:
      apiServerCa === undefined
        ? kubeconfigServer(cluster).certificateAuthority
        : authoritiesIn(readFileSync(expandPath(apiServerCa))),
  };
}
