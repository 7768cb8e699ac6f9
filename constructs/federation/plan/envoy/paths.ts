/*
 * What a rule with a prefix refuses beside other prefixes. Envoy judges and forwards a path that it has
 * decoded once, and whose dot segments it has resolved. What is left of escapes, an application may
 * decode once more, and then resolve a dot segment that no rule has seen.
 */

/** That some decoders drop, or at which they end: controls, spaces, marks without width. */
const NOTHING = '%(?:[01][0-9a-f]|20|7f|c2%a0|c2%ad|e2%80%8[b-f]|ef%bb%bf)';

/** A dot, and what becomes one or several when it is put into compatibility form (NFKC). */
const DOT = String.raw`(?:\.|%2e|%e2%80%a[456]|%ef%b9%92|%ef%bc%8e)`;

const AMBIGUITIES: readonly string[] = [
  // A segment of nothing but dots. Servlets take "/..;x" for "/..".
  `/(?:${NOTHING})*(?:${DOT}(?:${NOTHING})*)+(?:/|;|%3b|$)`,
  // A slash or backslash that is not one yet; in the last three when put into compatibility form.
  String.raw`\\|%2f|%5c|%ef%b9%a8|%ef%bc%8f|%ef%bc%bc`,
  // An escape of an escape.
  '%25(?:[0-9a-f]{2}|%|u)',
  // No escape; some decoders leave it, and some know "%u002e".
  '%(?:[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)',
  // Longer forms of a character than UTF-8 allows, of which "%c0%ae" is a dot.
  '%c[01]|%e0%[89]|%f0%8',
  '%00',
];

/**
 * Paths that an application may take for another one, as a regular expression of the whole path, without
 * the query.
 */
export const AMBIGUOUS_PATH = `(?i).*(?:${AMBIGUITIES.join('|')}).*`;
