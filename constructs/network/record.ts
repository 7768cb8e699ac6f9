/**
 * What a record of a gateway is: `alias`, an A record that Route 53 answers with the addresses of the load
 * balancer, without a charge for the queries and at the apex of a zone too; or `CNAME`, which also leads to
 * what is no load balancer of this region.
 */
export const RECORD_TYPES = ['alias', 'CNAME'] as const;
/** How a DNS record points to a load balancer: one of `RECORD_TYPES`. */
export type RecordType = (typeof RECORD_TYPES)[number];

/** What is wrong with the zone or the name of a record. */
export function recordProblem({
  zoneId,
  name,
}: {
  readonly zoneId?: string;
  readonly name?: string;
}): string | undefined {
  if (zoneId !== undefined && !/^Z[A-Z0-9]{1,31}$/.test(zoneId)) {
    return `is "${zoneId}"; must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ`;
  }
  const label = '[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9])?';
  return name === undefined || new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`).test(name)
    ? undefined
    : `is "${name}"; must be a host name in lower case, such as istio.mesh.example.com`;
}
