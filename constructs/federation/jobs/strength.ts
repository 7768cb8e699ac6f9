import type { KeyObject, X509Certificate } from 'node:crypto';
import { signatureAlgorithm } from './der.ts';

/*
 * Keys and signatures that are strong enough, and that Envoy can check.
 */

const MIN_RSA_BITS = 2048;
/** Envoy's TLS library refuses larger ones, since each check takes long. */
const MAX_RSA_BITS = 8192;

const CURVES: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

const RSASSA_PSS = '1.2.840.113549.1.1.10';

const SIGNATURES: readonly string[] = [
  // RSA with SHA-256, SHA-384 and SHA-512.
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  `${RSASSA_PSS}/2.16.840.1.101.3.4.2.1`,
  `${RSASSA_PSS}/2.16.840.1.101.3.4.2.2`,
  `${RSASSA_PSS}/2.16.840.1.101.3.4.2.3`,
  // ECDSA with the same.
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  // Ed25519.
  '1.3.101.112',
];

const WEAK_SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'RSA with MD2',
  '1.2.840.113549.1.1.4': 'RSA with MD5',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1',
  '1.2.840.113549.1.1.14': 'RSA with SHA-224',
  '1.3.14.3.2.29': 'RSA with SHA-1',
  [`${RSASSA_PSS}/1.3.14.3.2.26`]: 'RSASSA-PSS with SHA-1',
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.1': 'ECDSA with SHA-224',
  '1.2.840.10040.4.3': 'DSA with SHA-1',
  '2.16.840.1.101.3.4.3.2': 'DSA with SHA-256',
};

/** Why a certificate is too weak to be a trust anchor. */
export function weakness(certificate: X509Certificate): string | undefined {
  return keyWeakness(certificate.publicKey) ?? signatureWeakness(certificate);
}

function keyWeakness({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject) {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = asymmetricKeyDetails ?? {};
  switch (type) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) {
        return `its RSA key has ${modulusLength} bits, and must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`;
      }
      return publicExponent < 3n || publicExponent % 2n === 0n
        ? `the exponent of its RSA key is ${publicExponent}, and must be such as 65537`
        : undefined;
    case 'ec':
      return CURVES.includes(namedCurve)
        ? undefined
        : `its key is on the curve ${namedCurve ?? 'that it describes itself'}, and must be on P-256, P-384 or P-521`;
    case 'ed25519':
      return undefined;
    default:
      return `its key is of the kind ${type ?? 'unknown'}, and must be RSA, ECDSA or Ed25519`;
  }
}

function signatureWeakness({ raw }: X509Certificate): string | undefined {
  const algorithm = signatureAlgorithm(raw) ?? 'unknown';
  return SIGNATURES.includes(algorithm)
    ? undefined
    : `it is signed by ${WEAK_SIGNATURES[algorithm] ?? `the algorithm ${algorithm}`}, and must be by RSA, ` +
        'ECDSA or Ed25519 with SHA-256 or better';
}
