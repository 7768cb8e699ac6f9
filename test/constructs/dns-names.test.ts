import { expect, it } from '@jest/globals';
import {
  CLUSTER_DOMAIN,
  DNS_LABEL,
  DNS_NAME,
  QUALIFIED_NAME,
  SUBDOMAIN,
} from '../../constructs/dns-names';
import { TRUST_DOMAIN } from '../../constructs/trust-domain';

/** A text of this length, of parts of 50 letters. */
const name = (length: number) => `${'a'.repeat(50)}.`.repeat(6).slice(0, length);

const EVERY = { DNS_LABEL, DNS_NAME, CLUSTER_DOMAIN, SUBDOMAIN, QUALIFIED_NAME };

const takers = (text: string) =>
  Object.entries(EVERY).flatMap(([kind, pattern]) => (pattern.test(text) ? [kind] : []));

it.each<[string, string, readonly string[]]>([
  ['a label', 'a-1', ['DNS_LABEL', 'CLUSTER_DOMAIN', 'SUBDOMAIN', 'QUALIFIED_NAME']],
  ['a label of 63', 'a'.repeat(63), ['DNS_LABEL', 'CLUSTER_DOMAIN', 'SUBDOMAIN', 'QUALIFIED_NAME']],
  ['one of 64, which only a subdomain may have', 'a'.repeat(64), ['SUBDOMAIN']],
  ['a name', 'a.b', ['DNS_NAME', 'CLUSTER_DOMAIN', 'SUBDOMAIN', 'QUALIFIED_NAME']],
  ['one of 200', name(200), ['DNS_NAME', 'CLUSTER_DOMAIN', 'SUBDOMAIN']],
  ['one of 201', name(201), ['DNS_NAME', 'SUBDOMAIN']],
  ['one of 253', name(253), ['DNS_NAME', 'SUBDOMAIN']],
  ['one of 254', name(254), []],
  ['one in upper case', 'Example.com', ['QUALIFIED_NAME']],
  ['one with a dot at its end', 'example.com.', []],
  ['an empty label', 'a..b', ['QUALIFIED_NAME']],
  ['a hyphen beside a dot', 'a-.b', ['QUALIFIED_NAME']],
  ['nothing', '', []],
  ['a line end', 'a.b\n', []],
  ['the key of a label', 'example.com/release_1', ['QUALIFIED_NAME']],
  ['one whose prefix has an empty label', 'example..com/release', []],
  ['one without a name', 'example.com/', []],
  ['one with a prefix too long', `${name(254)}/a`, []],
])('Who takes %s: %s', (_, text, expected) => {
  expect(takers(text)).toEqual(expected);
});

it.each<[string, boolean]>([
  ['shop_1.example.com', true],
  [`${name(253)}aa`, true],
  ['a'.repeat(256), false],
  ['Shop', false],
  ['-shop', false],
  ['shop.', false],
  ['', false],
])('%s is a trust domain of SPIFFE: %s', (text, expected) => {
  expect(TRUST_DOMAIN.test(text)).toBe(expected);
});
