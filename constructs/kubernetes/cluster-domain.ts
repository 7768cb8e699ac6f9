import type { Problem } from '../problems';

/** DNS domain of a cluster, unless it was set up with another one. */
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/** What is wrong with one; nothing where it is left out. */
export function clusterDomainProblems(value: string | undefined): Problem[] {
  const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
  return value === undefined ||
    (value.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(value))
    ? []
    : [
        {
          path: ['clusterDomain'],
          message: `is "${value}"; must be a DNS domain in lower case, such as ${DEFAULT_CLUSTER_DOMAIN}`,
        },
      ];
}

/** Full name of a Service in its own cluster. */
export function serviceHost(
  name: string,
  namespace: string,
  clusterDomain = DEFAULT_CLUSTER_DOMAIN,
): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}
