import type { Problem } from './problems';

/**
 * What is wrong with a SPIFFE trust domain.
 *
 * @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain
 */
export function trustDomainProblems(path: Problem['path'], trustDomain: string): Problem[] {
  return /^[a-z0-9]([-a-z0-9._]*[a-z0-9])?$/.test(trustDomain) && trustDomain.length <= 255
    ? []
    : [
        {
          path,
          message:
            `is "${trustDomain}"; must be at most 255 lower case letters, digits, "-", "." and "_", with a ` +
            'letter or digit at both ends, such as shop.example.com',
        },
      ];
}
