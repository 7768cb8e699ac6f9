import { certificatesIn, readDer, toPem } from '../federation/jobs/pem';

/*
 * Files of certificates as people have them.
 */

/** A file's text: UTF-16 where its byte order mark says so, and one certificate in DER as PEM. */
export function pemText(content: Buffer): string {
  const certificate = readDer(content);
  if (certificate !== undefined) return toPem(certificate);
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(content);
  return content.toString('utf8');
}

/**
 * PEM of the certificates by which a server is verified, and nothing else that stands beside them: words,
 * byte order marks and, by mistake, keys. What cannot be read is passed over, as client-go does.
 *
 * @returns `undefined` where there is no certificate.
 * @see https://pkg.go.dev/crypto/x509#CertPool.AppendCertsFromPEM
 */
export function authoritiesIn(content: Buffer): string | undefined {
  const found = new Set(certificatesIn(pemText(content)).map(toPem));
  return found.size === 0 ? undefined : [...found].join('');
}
