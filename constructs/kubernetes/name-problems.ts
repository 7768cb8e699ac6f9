import type { Problem } from '../problems';
import { isUnresolvedNumber } from '../unresolved';

/** Longest name of a Kubernetes Service, a volume, and each part of a host name. */
export const LABEL_LENGTH = 63;

/** A name that is part of a host name. */
export function labelProblems(
  path: Problem['path'],
  value: string,
  length = LABEL_LENGTH,
): Problem[] {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) && value.length <= length
    ? []
    : [
        {
          path,
          message:
            `is "${value}"; must be at most ${length} lower case letters, digits and "-", with a ` +
            'letter or digit at both ends',
        },
      ];
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export function objectNameProblems(path: Problem['path'], value: string): Problem[] {
  return /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(value) && value.length <= 253
    ? []
    : [
        {
          path,
          message:
            `is "${value}"; must be at most 253 lower case letters, digits, "-" and ".", with a letter ` +
            'or digit at both ends',
        },
      ];
}

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
