import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { subjectKeyId, subjectOf } from './der.ts';
import {
  BIT_STRING,
  BOOLEAN,
  element,
  GENERALIZED_TIME,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
  SET,
  UTC_TIME,
  UTF8_STRING,
} from './der-writer.ts';

/*
 * Certificates of authorities (RFC 5280), which Node.js can read and not make.
 */

/** A certificate and its key, PEM. */
export interface Authority {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a new authority is to be. */
export interface AuthorityProps {
  /** Common name of its subject. */
  readonly name: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /**
   * Who signs it; it may then sign no further authorities.
   * @default itself: a root
   */
  readonly signedBy?: Authority;
}

/** `[0]`: the version. */
const VERSION = 0xa0;
/** `[0]`, of the identifier of a signer's key. */
const KEY_ID = 0x80;
/** `[3]`: the extensions. */
const EXTENSIONS = 0xa3;

/** Object identifiers, tag and all. */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const KEY_USAGE = Buffer.from('0603551d0f', 'hex');
const SUBJECT_KEY_ID = Buffer.from('0603551d0e', 'hex');
const AUTHORITY_KEY_ID = Buffer.from('0603551d23', 'hex');

/** Of the signer's key: ECDSA with SHA-256, or RSA with SHA-256 and its parameters, which are none. */
const SIGNATURES: Readonly<Record<string, Buffer>> = {
  ec: element(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex')),
  rsa: element(SEQUENCE, Buffer.from('06092a864886f70d01010b0500', 'hex')),
};

/** A new authority, with a new key on the curve P-256. */
export function newAuthority(props: AuthorityProps): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const subject = nameOf(props.name);
  const { signedBy } = props;
  const keyId = idOf(publicKey);
  const signer =
    signedBy === undefined
      ? { key: privateKey, name: subject, keyId }
      : {
          key: createPrivateKey(signedBy.privateKey),
          name: subjectOf(new X509Certificate(signedBy.certificate).raw),
          keyId: subjectKeyId(new X509Certificate(signedBy.certificate).raw),
        };
  const algorithm = SIGNATURES[signer.key.asymmetricKeyType ?? ''];
  if (algorithm === undefined) {
    throw new Error(`a key of type ${signer.key.asymmetricKeyType ?? '?'} cannot sign here`);
  }
  const toBeSigned = element(
    SEQUENCE,
    element(VERSION, element(INTEGER, Buffer.of(2))),
    serialNumber(),
    algorithm,
    signer.name,
    element(SEQUENCE, time(props.notBefore), time(props.notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(
      EXTENSIONS,
      element(SEQUENCE, ...usage(signedBy === undefined), ...keyIds(keyId, signer.keyId)),
    ),
  );
  const der = element(
    SEQUENCE,
    toBeSigned,
    algorithm,
    // No bits are unused.
    element(BIT_STRING, Buffer.of(0), sign('sha256', toBeSigned, signer.key)),
  );
  return {
    certificate: new X509Certificate(der).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Whether the key is that of the certificate. */
export function fits({ certificate, privateKey }: Authority): boolean {
  const key: KeyObject = createPublicKey(createPrivateKey(privateKey));
  return new X509Certificate(certificate).publicKey.equals(key);
}

function nameOf(commonName: string): Buffer {
  const text = element(UTF8_STRING, Buffer.from(commonName));
  return element(SEQUENCE, element(SET, element(SEQUENCE, COMMON_NAME, text)));
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  // Positive, and as short as it can be written.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return element(INTEGER, bytes);
}

/** In two digits up to 2049, in four from then on. */
function time(date: Date): Buffer {
  const text = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? element(UTC_TIME, Buffer.from(text.slice(2)))
    : element(GENERALIZED_TIME, Buffer.from(text));
}

/** It is an authority, which signs certificates and lists of revoked ones. Both are critical. */
function usage(isRoot: boolean): Buffer[] {
  const yes = element(BOOLEAN, Buffer.of(0xff));
  const noFurther = isRoot ? [] : [element(INTEGER, Buffer.of(0))];
  return [
    element(
      SEQUENCE,
      BASIC_CONSTRAINTS,
      yes,
      element(OCTET_STRING, element(SEQUENCE, yes, ...noFurther)),
    ),
    element(
      SEQUENCE,
      KEY_USAGE,
      yes,
      element(OCTET_STRING, element(BIT_STRING, Buffer.of(1, 0x06))),
    ),
  ];
}

/** By these, two roots of one name are told apart: while they are rotated. */
function keyIds(own: Buffer, signer: Buffer | undefined): Buffer[] {
  return [
    element(SEQUENCE, SUBJECT_KEY_ID, element(OCTET_STRING, element(OCTET_STRING, own))),
    ...(signer === undefined
      ? []
      : [
          element(
            SEQUENCE,
            AUTHORITY_KEY_ID,
            element(OCTET_STRING, element(SEQUENCE, element(KEY_ID, signer))),
          ),
        ]),
  ];
}

/** As RFC 5280 has it (4.2.1.2): SHA-1 of the bits of the key, for which this hash is no protection. */
function idOf(publicKey: KeyObject): Buffer {
  // On this curve the bits are the last 65 bytes: a point, uncompressed.
  const bits = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha1').update(bits).digest();
}
