/** DNS domain of a cluster, unless it was set up with another one. */
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/** Full name of a Service in its own cluster. */
export function serviceHost(
  name: string,
  namespace: string,
  clusterDomain = DEFAULT_CLUSTER_DOMAIN,
): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}
