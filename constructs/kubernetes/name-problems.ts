import type { Problem } from '../problems';

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
  return Number.isInteger(port) && port >= 1 && port <= 65535
    ? []
    : [{ path, message: `is ${port}; must be a whole number from 1 to 65535` }];
}
