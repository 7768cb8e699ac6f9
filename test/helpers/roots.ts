import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 3600 * 1000;

/** What a certificate shall be like. */
export interface CertificateProps {
  /** @default 'root' */
  readonly name?: string;
  /** The SPIFFE ID of a trust domain, or whatever URI it shall carry. */
  readonly uri?: string;
  /** Days from now; negative ones are past. @default 3650, as both meshes' own */
  readonly expiresInDays?: number;
  /** @default true */
  readonly authority?: boolean;
  /** @default itself */
  readonly issuer?: Certificate;
  /** @default new ones */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Its subject key identifier, hexadecimal. @default none */
  readonly keyIdentifier?: string;
}

/** A certificate with its key, both PEM. */
export interface Certificate {
  readonly pem: string;
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
  /** SHA-256, as OpenSSL prints it. */
  readonly fingerprint: string;
  readonly subject: string;
}

/** A real certificate, of the kind that bundles are made of or that has no place in them. */
export async function certificate(props: CertificateProps = {}): Promise<Certificate> {
  const keys =
    props.keys ?? (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']));
  const authority = props.authority ?? true;
  const subject = `CN=${props.name ?? 'root'}`;
  const made = await x509.X509CertificateGenerator.create({
    subject,
    issuer: props.issuer?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (props.issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 400 * DAY),
    notAfter: new Date(Date.now() + (props.expiresInDays ?? 3650) * DAY),
    extensions: [
      new x509.BasicConstraintsExtension(authority, undefined, true),
      new x509.KeyUsagesExtension(
        authority ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(props.keyIdentifier === undefined
        ? []
        : [new x509.SubjectKeyIdentifierExtension(props.keyIdentifier)]),
      ...(props.uri === undefined
        ? []
        : [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: props.uri }])]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const thumbprint = Buffer.from(await made.getThumbprint('SHA-256'));
  return {
    pem: `${made.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    keys,
    fingerprint: (thumbprint.toString('hex').toUpperCase().match(/../g) ?? []).join(':'),
    subject,
  };
}

/** A server's certificate, signed by this authority: for 127.0.0.1 and until tomorrow, unless told otherwise. */
export async function loopbackCertificate(
  issuer: Certificate,
  { address = '127.0.0.1', expiresInDays = 1 } = {},
): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.create({
    subject: 'CN=server',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 2 * DAY),
    notAfter: new Date(Date.now() + expiresInDays * DAY),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: address }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    pem: `${made.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    keys,
    fingerprint: '',
    subject: 'CN=server',
  };
}
