import { type KeyObject, sign } from 'node:crypto';
import { BIT_STRING, element, INTEGER, OCTET_STRING, SEQUENCE, SET } from './der-writer.ts';

/*
 * Just enough of DER to ask for a certificate (PKCS #10, RFC 2986).
 */

/** `[0]`, constructed: the attributes of a request. */
const ATTRIBUTES = 0xa0;
/** `[2]`: a DNS name among subject alternative names. */
const DNS_NAME = 0x82;

/** Object identifiers, tag and all. */
const EXTENSION_REQUEST = Buffer.from('06092a864886f70d01090e', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');

/**
 * A request for a certificate with one DNS name and no subject.
 *
 * @param keys On the curve P-256.
 * @returns DER
 */
export function signingRequest(
  name: string,
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): Buffer {
  const names = element(SEQUENCE, element(DNS_NAME, Buffer.from(name, 'ascii')));
  const extension = element(SEQUENCE, SUBJECT_ALT_NAME, element(OCTET_STRING, names));
  const attribute = element(
    SEQUENCE,
    EXTENSION_REQUEST,
    element(SET, element(SEQUENCE, extension)),
  );
  const toBeSigned = element(
    SEQUENCE,
    element(INTEGER, Buffer.of(0)),
    element(SEQUENCE),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(ATTRIBUTES, attribute),
  );
  return element(
    SEQUENCE,
    toBeSigned,
    element(SEQUENCE, ECDSA_WITH_SHA256),
    // No bits are unused.
    element(BIT_STRING, Buffer.of(0), sign('sha256', toBeSigned, privateKey)),
  );
}
