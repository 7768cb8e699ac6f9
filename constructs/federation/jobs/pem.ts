import { X509Certificate } from 'node:crypto';
import { isWhole } from './der.ts';
import { printable } from './text.ts';

/*
 * Reads PEM as OpenSSL and people write it. What is handed on is never the text, but the certificates in
 * it, encoded anew: Envoy's reader is stricter than this one.
 */

/** Far more than any mesh has, and far less than what would fill a ConfigMap. */
const MAX_BYTES = 64 * 1024;
export const MAX_ROOTS = 16;

/** Certificates, or why there are none to be had. */
export interface Parsed {
  readonly certificates: readonly X509Certificate[];
  readonly problem?: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** `X509 CERTIFICATE` is what OpenSSL once called it, and still reads. */
const CERTIFICATE = /^(X509 )?CERTIFICATE$/;

const REMEDIES: Readonly<Record<string, string>> = {
  'TRUSTED CERTIFICATE':
    ', a certificate with settings that only OpenSSL knows: "openssl x509 -in FILE" prints it without',
  PKCS7: ': "openssl pkcs7 -print_certs -in FILE" prints the certificates in it',
  CMS: ': "openssl cms -cmsout -print_certs" or "openssl pkcs7 -print_certs" prints the certificates in it',
};

/**
 * All certificates in a text. Words around them are ignored (`openssl x509 -text`, bag attributes), as
 * are a byte order mark, line ends, indentation and missing line ends between two of them. Whatever is
 * neither words nor a certificate makes all of it unusable.
 */
export function parsePem(text: string): Parsed {
  const nothing = (problem: string): Parsed => ({ certificates: [], problem });
  if (/PRIVATE KEY-----/.test(text)) {
    return nothing('a private key is in it: whoever could read it can sign identities');
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return nothing(`it is larger than ${MAX_BYTES} bytes`);
  }
  if (text.includes('\0')) return nothing('it is not PEM, but binary or UTF-16');
  const words = text.replace(BLOCK, '\n').replace(/^\uFEFF/, '');
  const blocks = [...text.matchAll(BLOCK)];
  if (/-----(BEGIN|END) |(BEGIN|END) ([A-Z0-9]+ )*CERTIFICATE/.test(words)) {
    return nothing('one of its certificates has no beginning or no end: is the text complete?');
  }
  if (blocks.length === 0) {
    return nothing(
      words.trim() === '' ? 'it is empty' : `it is not PEM: "${printable(words, 20)}"`,
    );
  }
  if (blocks.length > MAX_ROOTS) return nothing(`it has more than ${MAX_ROOTS} certificates`);
  const certificates: X509Certificate[] = [];
  for (const [index, [, type = '', body = '']] of blocks.entries()) {
    if (!CERTIFICATE.test(type)) {
      return nothing(
        `it has a ${printable(type, 40)}, not only certificates${REMEDIES[type] ?? ''}`,
      );
    }
    const certificate = read(body);
    if (certificate === undefined) {
      const escaped = body.includes('\\n') ? ': line ends are written as "\\n" in it' : '';
      return nothing(`its certificate number ${index + 1} cannot be read${escaped}`);
    }
    certificates.push(certificate);
  }
  return { certificates };
}

/** All certificates in a text of our own making, whatever else somebody wrote into it. */
export function certificatesIn(text: string): X509Certificate[] {
  return [...text.matchAll(BLOCK)].flatMap(([, type = '', body = '']) =>
    CERTIFICATE.test(type) ? (read(body) ?? []) : [],
  );
}

function read(body: string): X509Certificate | undefined {
  const base64 = body.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  return readDer(Buffer.from(base64, 'base64'));
}

/** @returns `undefined` where it is not one certificate and nothing else. */
export function readDer(der: Buffer): X509Certificate | undefined {
  if (!isWhole(der)) return undefined;
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** One block, with one line end behind it. */
export function toPem(certificate: X509Certificate): string {
  return `${certificate.toString().trim()}\n`;
}
