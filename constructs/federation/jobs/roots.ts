import type { X509Certificate } from 'node:crypto';
import { subjectKeyId } from './der.ts';
import { NOBODY } from './nobody.ts';
import { certificatesIn, toPem } from './pem.ts';
import { printable } from './text.ts';

/*
 * Certificates of authorities: what tells them from each other, and in which order they are kept.
 *
 * This folder's programs run in the clusters on plain Node.js, which strips the types: they import
 * Node's own modules and each other only, with the file's ending.
 */

/** A certificate of an authority, and what tells it from others. */
export interface Root {
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly expires: Date;
  /** Normalised: one block, one newline at its end. */
  readonly pem: string;
  readonly certificate: X509Certificate;
}

/** Roots of a bundle that is our own: no question of whom to trust. */
export function parseOwn(bundle: string): Root[] {
  const [nobody] = certificatesIn(NOBODY);
  return rootsOf(certificatesIn(bundle)).filter(
    ({ fingerprint }) => fingerprint !== nobody?.fingerprint256,
  );
}

/** The PEM of these roots; of one that nobody can sign with where there are none. */
export function toBundle(roots: readonly Root[]): string {
  return roots.length === 0 ? NOBODY : pemOf(roots);
}

/** The PEM of these roots, the same text for the same ones; empty where there are none. */
export function pemOf(roots: readonly Root[]): string {
  return inStableOrder(roots)
    .map(({ pem }) => pem)
    .join('');
}

/**
 * By fingerprint, so that the same roots are the same text. Those of one name stay in the order in which
 * they come: where a certificate does not say by which key it was signed, Envoy tries the first root of
 * its issuer's name and no other, so the one that signs now goes first.
 */
export function inStableOrder(roots: readonly Root[]): readonly Root[] {
  const byFingerprint = (one: Root, other: Root) => (one.fingerprint < other.fingerprint ? -1 : 1);
  const groups = byName(roots).map((group) => ({
    group,
    first: [...group].sort(byFingerprint)[0]?.fingerprint ?? '',
  }));
  return groups
    .sort((one, other) => (one.first < other.first ? -1 : 1))
    .flatMap(({ group }) => group);
}

/** What verifiers other than this one make of roots that have one name. */
export function namesakes(roots: readonly Root[]): string[] {
  return byName(roots).flatMap((group) => [...otherKeys(group), ...otherIdentifiers(group)]);
}

/** Those of different keys. */
function otherKeys([first, ...others]: readonly Root[]): string[] {
  return first === undefined || others.every((root) => sameKey(first.certificate, root.certificate))
    ? []
    : [
        `${others.length + 1} roots have the name ${printable(first.subject, 100)}: a workload's ` +
          'certificate that does not say which of them signed it (no authority key identifier) is only ' +
          `checked with the first, ${first.fingerprint}, and else refused with CERTIFICATE_VERIFY_FAILED`,
      ];
}

/** A root that was renewed with its key: what the former has signed names that one's identifier. */
function otherIdentifiers(group: readonly Root[]): string[] {
  return group.flatMap((root) =>
    group
      .filter((other) => other.expires > root.expires && isOtherToEnvoy(root, other))
      .slice(0, 1)
      .map(
        (other) =>
          `the root ${root.fingerprint} was renewed as ${other.fingerprint} with its key, but with another ` +
          'subject key identifier: Envoy refuses what the former has signed once that expires, on ' +
          `${root.expires.toISOString()}; have it signed anew until then, intermediates above all`,
      ),
  );
}

/** @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1 */
export function isOtherToEnvoy(root: Root, other: Root): boolean {
  if (!sameKey(root.certificate, other.certificate)) return false;
  const [one, two] = [root, other].map(({ certificate }) => subjectKeyId(certificate.raw));
  return one !== undefined && two !== undefined && !one.equals(two);
}

function byName(roots: readonly Root[]): Root[][] {
  const names = new Map<string, Root[]>();
  for (const root of roots) {
    const { subject } = root.certificate;
    names.set(subject, [...(names.get(subject) ?? []), root]);
  }
  return [...names.values()];
}

/** Each once. */
export function rootsOf(certificates: readonly X509Certificate[]): Root[] {
  return unique(certificates.map(describe));
}

function describe(certificate: X509Certificate): Root {
  return {
    fingerprint: certificate.fingerprint256,
    subject: printable(certificate.subject.replace(/\n/g, ', '), 200),
    expires: new Date(certificate.validTo),
    pem: toPem(certificate),
    certificate,
  };
}

export function unique(roots: readonly Root[]): Root[] {
  return [...new Map(roots.map((root) => [root.fingerprint, root])).values()];
}

/**
 * Fingerprints as people write them: with or without colons, in either case, as OpenSSL prints them.
 *
 * @returns Those of the form that roots have here, and what is no SHA-256 fingerprint.
 */
export function parseFingerprints(text: string): {
  readonly fingerprints: readonly string[];
  readonly wrong: readonly string[];
} {
  const fingerprints: string[] = [];
  const wrong: string[] = [];
  for (const line of text.split(/[\n,;]/).map((part) => part.replace(/#.*/, '').trim())) {
    if (line === '') continue;
    const digits = line
      .replace(/^sha-?256( fingerprint)?\s*[=:]\s*/i, '')
      .replace(/[:\s]/g, '')
      .toUpperCase();
    if (/^[0-9A-F]{64}$/.test(digits)) {
      fingerprints.push((digits.match(/../g) ?? []).join(':'));
    } else {
      wrong.push(printable(line, 100));
    }
  }
  return { fingerprints, wrong };
}

export function sameKey(one: X509Certificate, other: X509Certificate): boolean {
  return one.publicKey.equals(other.publicKey);
}

export function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

export function selfSigned(certificate: X509Certificate): boolean {
  return signed(certificate, certificate);
}

/** Consul's roots name their trust domain, istiod's do not. */
export function uriNames({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
}
