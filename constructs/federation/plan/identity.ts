import { DNS_NAME } from '../../dns-names';

/*
 * Identities as certificates carry them: a SPIFFE ID, as a URI, or a name, as Linkerd's certificates have.
 */

const SCHEME = 'spiffe://';

/** Where a certificate carries an identity. */
export function sanOf(identity: string): 'URI' | 'DNS' {
  return identity.startsWith(SCHEME) ? 'URI' : 'DNS';
}

/** Why it is none. */
export function identityMistake(identity: string): string | undefined {
  return SPIFFE_ID.test(identity) || DNS_NAME.test(identity)
    ? undefined
    : 'is neither a SPIFFE ID nor a DNS name';
}

const SPIFFE_ID = /^spiffe:\/\/[-._a-z0-9]+(\/[-._a-zA-Z0-9]+)+$/;
