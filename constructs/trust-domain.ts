import type { Problem } from './problems';

/**
 * A SPIFFE trust domain.
 *
 * @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain
 */
export const TRUST_DOMAIN = /^(?=.{1,255}$)[a-z0-9]([-a-z0-9._]*[a-z0-9])?$/;

/** What a trust domain must be like, for a message. */
export const TRUST_DOMAIN_RULE =
  'must be at most 255 lower case letters, digits, "-", "." and "_", with a letter or digit at both ends, such as ' +
  'shop.example.com';

/** What is wrong with a SPIFFE trust domain. */
export function trustDomainProblems(path: Problem['path'], trustDomain: string): Problem[] {
  return TRUST_DOMAIN.test(trustDomain)
    ? []
    : [{ path, message: `is "${trustDomain}"; ${TRUST_DOMAIN_RULE}` }];
}
