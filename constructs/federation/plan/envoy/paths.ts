/*
 * What a rule with a prefix refuses beside other prefixes. Envoy judges and forwards a path that it has
 * decoded once, and whose dot segments it has resolved. What is left of escapes, an application may
 * decode once more, and then resolve a dot segment that no rule has seen.
 */

/** That some decoders drop, or at which they end: controls, format characters, spaces (Unicode's Cc, Cf, Z). */
const NOTHING = [
  '[01][0-9a-f]|20|7f',
  'c2%(?:[89][0-9a-f]|a0|ad)',
  'd8%(?:8[0-5]|9c)|db%9d|dc%8f',
  'e0%a(?:2%9[01]|3%a2)|e1%(?:9a%80|a0%8e)|e3%80%80',
  'e2%8(?:0%(?:8[0-9a-f]|a[89a-f])|1%(?:9f|a[0-9a-f]))',
  'ef%b(?:b%bf|f%b[9ab])',
  'f0%9(?:1%8(?:2%bd|3%8d)|3%90%b[0-9a-f]|b%b2%a[0-3]|d%85%b[3-9a])',
  'f3%a0%8(?:0%(?:81|[ab][0-9a-f])|1%[89ab][0-9a-f])',
].join('|');

/** A dot, and what becomes one or several when it is put into compatibility form (NFKC). */
const DOT = String.raw`\.|%(?:2e|e2%80%a[456]|ef%(?:b8%(?:99|b0)|b9%92|bc%8e))`;

/** What may end a segment to an application: `;`, `?`, `#`, and what becomes one of them in NFKC. */
const END = ';|%(?:3b|3f|23|cd%be|e2%81%8[78]|ef%(?:b8%9[46]|b9%9[46f]|bc%(?:83|9[bf])))';

const AMBIGUITIES: readonly string[] = [
  // A segment of nothing but dots. Servlets take "/..;x" for "/..".
  `/(?:${DOT}|%(?:${NOTHING}))+(?:/|${END}|$)`,
  // A slash or backslash that is not one yet; in the last three when put into compatibility form.
  String.raw`\\|%2f|%5c|%ef%b9%a8|%ef%bc%8f|%ef%bc%bc`,
  // An escape of an escape; in the last two when put into compatibility form.
  '%25(?:[0-9a-f]{2}|%|u)|%ef%b9%aa|%ef%bc%85',
  '%00',
];

/**
 * Paths that an application may take for another one, as a regular expression of the whole path, without
 * the query.
 */
export const AMBIGUOUS_PATH = `(?i).*(?:${AMBIGUITIES.join('|')}).*`;

/**
 * Paths whose every escape is one, and which are UTF-8 when decoded. Decoders differ in what they make of
 * the rest: some know "%u002e", some take "%c0%ae" for a dot, some leave out what they cannot read.
 */
export const DECODABLE_PATH = `(?i)(?:[^%]|%(?:${[
  '[0-7][0-9a-f]',
  'c[2-9a-f]%T|d[0-9a-f]%T',
  'e0%[ab][0-9a-f]%T|e[1-9a-f](?:%T){2}',
  'f0%[9ab][0-9a-f](?:%T){2}|f[1-3](?:%T){3}|f4%8[0-9a-f](?:%T){2}',
]
  .join('|')
  .replaceAll('T', '[89ab][0-9a-f]')}))*`;
