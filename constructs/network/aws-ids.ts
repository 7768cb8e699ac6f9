import type { Problem } from '../problems';
import { isUnresolved } from '../unresolved';

/** What ids begin with: of a VPC, a subnet, a route table, a security group, a peering, an endpoint, an address. */
export type AwsIdPrefix = 'vpc' | 'subnet' | 'rtb' | 'sg' | 'pcx' | 'vpce' | 'eipalloc';

/** The form of such ids. How many digits is left to AWS, which has changed it before. */
export function awsIdPattern(prefix: AwsIdPrefix): RegExp {
  return new RegExp(`^${prefix}-[0-9a-f]+$`);
}

/** What such an id must be like, for a message. */
export function awsIdRule(prefix: AwsIdPrefix): string {
  return `must be an id such as ${prefix}-0123456789abcdef0`;
}

/** What is wrong with an id; nothing where it is left out. */
export function awsIdProblems(
  path: Problem['path'],
  prefix: AwsIdPrefix,
  id: string | undefined,
): Problem[] {
  return id === undefined || isUnresolved(id) || awsIdPattern(prefix).test(id)
    ? []
    : [{ path, message: `is "${id}"; ${awsIdRule(prefix)}` }];
}

/** The same of a list. */
export function awsIdsProblems(
  path: Problem['path'],
  prefix: AwsIdPrefix,
  ids: readonly string[] | undefined = [],
): Problem[] {
  return ids.flatMap((id, i) => awsIdProblems([...path, i], prefix, id));
}
