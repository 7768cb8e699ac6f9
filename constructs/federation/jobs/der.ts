/*
 * Just enough of DER to see what Node.js 20 does not tell of a certificate.
 */

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;

/** One element, and what is behind it. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

/** @returns `undefined` where it is cut off, or has a length that DER does not have. */
function element(der: Buffer): Element | undefined {
  const [tag, first] = der;
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4 || der.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (der.length < start + length) return undefined;
  return {
    tag,
    content: der.subarray(start, start + length),
    rest: der.subarray(start + length),
  };
}

/** Whether this is one element and nothing else. */
export function isWhole(der: Buffer): boolean {
  return element(der)?.rest.length === 0;
}

/**
 * Names the algorithm that a certificate is signed with: its object identifier, for RSASSA-PSS with
 * that of its hash behind a slash.
 */
export function signatureAlgorithm(certificate: Buffer): string | undefined {
  const toBeSigned = element(element(certificate)?.content ?? Buffer.alloc(0));
  const algorithm = toBeSigned && element(toBeSigned.rest);
  const name = algorithm && element(algorithm.content);
  if (name?.tag !== OBJECT_IDENTIFIER) return undefined;
  const oid = objectIdentifier(name.content);
  return oid === RSASSA_PSS ? `${oid}/${pssHash(name.rest) ?? SHA_1}` : oid;
}

/** The subject of a certificate, as it is encoded: what is signed with its key names it so. */
export function subjectOf(certificate: Buffer): Buffer {
  const toBeSigned = element(element(certificate)?.content ?? Buffer.alloc(0))?.content;
  // Version, serial number, algorithm, issuer, validity: then the subject.
  let at = toBeSigned ?? Buffer.alloc(0);
  for (let skipped = 0; skipped < 5; skipped++) at = element(at)?.rest ?? Buffer.alloc(0);
  const rest = element(at)?.rest;
  if (rest === undefined) throw new Error('a certificate has no subject');
  return at.subarray(0, at.length - rest.length);
}

/** `[3]` of a certificate: its extensions. */
const EXTENSIONS = 0xa3;
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';

/** By what name a certificate has its key, for those that are signed with it; undefined where by none. */
export function subjectKeyId(certificate: Buffer): Buffer | undefined {
  const toBeSigned = element(element(certificate)?.content ?? Buffer.alloc(0));
  const extensions = elements(toBeSigned?.content).find(({ tag }) => tag === EXTENSIONS);
  return elements(element(extensions?.content ?? Buffer.alloc(0))?.content)
    .map(({ content }) => elements(content))
    .filter(
      ([name]) => name !== undefined && objectIdentifier(name.content) === SUBJECT_KEY_IDENTIFIER,
    )
    .map((parts) => element(parts.at(-1)?.content ?? Buffer.alloc(0))?.content)[0];
}

/** What follows each other, as far as it can be read. */
function elements(content: Buffer = Buffer.alloc(0)): Element[] {
  const found: Element[] = [];
  for (let next = element(content); next !== undefined; next = element(next.rest)) found.push(next);
  return found;
}

/** @see RFC 4055, section 3.1 */
const RSASSA_PSS = '1.2.840.113549.1.1.10';
/** The hash where none is named. */
const SHA_1 = '1.3.14.3.2.26';
const HASH_ALGORITHM = 0xa0;

function pssHash(parameters: Buffer): string | undefined {
  const sequence = element(parameters);
  if (sequence?.tag !== SEQUENCE) return undefined;
  const tagged = element(sequence.content);
  if (tagged?.tag !== HASH_ALGORITHM) return undefined;
  const name = element(element(tagged.content)?.content ?? Buffer.alloc(0));
  return name?.tag === OBJECT_IDENTIFIER ? objectIdentifier(name.content) : undefined;
}

function objectIdentifier(content: Buffer): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0;
  }
  const [first = 0, ...others] = numbers;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - 40 * top, ...others].join('.');
}
