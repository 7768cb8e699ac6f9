import { DNS_LABEL, LABEL_LENGTH, labelRule, SUBDOMAIN, subdomainRule } from '../dns-names';
import type { Problem } from '../problems';
import { isUnresolved, isUnresolvedNumber } from '../unresolved';

/** A name that is part of a host name. */
export function labelProblems(
  path: Problem['path'],
  value: string,
  length = LABEL_LENGTH,
): Problem[] {
  return DNS_LABEL.test(value) && value.length <= length
    ? []
    : [{ path, message: `is "${value}"; ${labelRule(length)}` }];
}

/** The name of an object of which no host name is made. */
export function subdomainProblems(path: Problem['path'], value: string): Problem[] {
  return SUBDOMAIN.test(value) ? [] : [{ path, message: `is "${value}"; ${subdomainRule()}` }];
}

/**
 * What is wrong with the name of a Helm release, which is shorter than those of objects that are made of it.
 *
 * @see https://github.com/helm/helm/blob/v3.19.0/pkg/chartutil/validate_name.go
 */
export function releaseNameProblems(path: Problem['path'], value: string): Problem[] {
  return isUnresolved(value) || (SUBDOMAIN.test(value) && value.length <= RELEASE_NAME_LENGTH)
    ? []
    : [{ path, message: `is "${value}"; ${subdomainRule(RELEASE_NAME_LENGTH)}` }];
}

const RELEASE_NAME_LENGTH = 53;

/** What is wrong with the number of a port. */
export function portProblems(path: Problem['path'], port: number): Problem[] {
  return rangeProblems(path, port, { min: 1, max: 65535 });
}

/** From the least to the greatest that a whole number may be, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is wrong with a whole number that has bounds; nothing where it is left out. */
export function rangeProblems(
  path: Problem['path'],
  value: number | undefined,
  { min, max }: Range,
): Problem[] {
  return value === undefined ||
    isUnresolvedNumber(value) ||
    (Number.isInteger(value) && value >= min && value <= max)
    ? []
    : [{ path, message: `is ${value}; must be a whole number from ${min} to ${max}` }];
}
