import { CLUSTER_DOMAIN, CLUSTER_DOMAIN_RULE } from '../dns-names';
import type { Problem } from '../problems';

/** DNS domain of a cluster, unless it was set up with another one. */
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/** What is wrong with one; nothing where it is left out. */
export function clusterDomainProblems(value: string | undefined): Problem[] {
  return value === undefined || CLUSTER_DOMAIN.test(value)
    ? []
    : [{ path: ['clusterDomain'], message: `is "${value}"; ${CLUSTER_DOMAIN_RULE}` }];
}

/** Full name of a Service in its own cluster. */
export function serviceHost(
  name: string,
  namespace: string,
  clusterDomain = DEFAULT_CLUSTER_DOMAIN,
): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}
