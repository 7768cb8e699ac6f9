import type { Problem } from '../problems';
import { isUnresolved } from '../unresolved';

/** What is wrong with the id of an account. */
export function accountProblems(path: Problem['path'], account: string): Problem[] {
  return isUnresolved(account) || /^\d{12}$/.test(account)
    ? []
    : [{ path, message: `is "${account}"; must be the 12 digits of an account` }];
}
