import type { Problem } from '../problems';
import { isUnresolved } from '../unresolved';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const LONGEST = 256;

/** What is wrong with the name of what has one in its tag `Name` only. EC2 takes any characters there. */
export function nameTagProblems(name: string): Problem[] {
  if (isUnresolved(name) || (name.trim() !== '' && name.length <= LONGEST)) return [];
  const what = name.length > LONGEST ? `has ${name.length} characters` : `is "${name}"`;
  return [{ path: ['name'], message: `${what}; must have 1 to ${LONGEST} characters` }];
}
