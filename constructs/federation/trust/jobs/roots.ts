import { X509Certificate } from 'node:crypto';

/*
 * What may become a trust anchor of a foreign mesh. Nothing here reads or writes anything.
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

/** What a bundle must not be taken for. */
export interface Expectations {
  /** Trust domain of the mesh whose roots these are, where it matters: a root of another is refused. */
  readonly trustDomain?: string;
  /** Roots of the mesh that would trust them: a foreign mesh that shows one of ours is lying. */
  readonly own: readonly Root[];
  readonly now: Date;
}

/** A root that is not trusted, and why. */
export interface Rejection {
  /** Absent where the text is no certificate. */
  readonly fingerprint?: string;
  readonly reason: string;
}

/** A bundle that was looked at: good roots to trust, or the reason to trust none of it. */
export interface Examination {
  /** Empty where the bundle is refused. */
  readonly roots: readonly Root[];
  /** Roots that are merely past their time. They are left out, and the others are good. */
  readonly expired: readonly Rejection[];
  /** Why the whole bundle is refused; empty where it is not. */
  readonly refused: readonly Rejection[];
}

/** Far more than any mesh has, and far less than what would fill a ConfigMap. */
export const MAX_BYTES = 64 * 1024;
export const MAX_ROOTS = 16;
/** Old and new roots together. */
const MAX_TRUSTED = 2 * MAX_ROOTS;

/**
 * Looks at a bundle that came from elsewhere. One root that must not be there spoils all of it:
 * whoever sends it is mistaken or an attacker, and the roots that are trusted already stay.
 */
export function examine(bundle: string, expectations: Expectations): Examination {
  const { certificates, problem } = parse(bundle);
  if (problem !== undefined) return refused([{ reason: problem }]);
  const roots = unique(certificates.map(describe));
  const forbidden = roots.flatMap((root) => rejection(root, forbiddenReason(root, expectations)));
  if (forbidden.length > 0) return refused(forbidden);
  const expired = roots.flatMap((root) => rejection(root, expiredReason(root, expectations.now)));
  const good = roots.filter((root) => expiredReason(root, expectations.now) === undefined);
  return good.length > 0
    ? { roots: good, expired, refused: [] }
    : refused([...expired, { reason: 'no root in it is valid any more' }]);
}

/** Roots of a bundle that is our own: no question of whom to trust. */
export function parseOwn(bundle: string): Root[] {
  return unique(certificatesIn(bundle).map(describe));
}

/** The roots that a mesh trusts, as they are kept in a ConfigMap. */
export interface Trusted {
  readonly bundle: string;
  /** When each root that its mesh no longer shows was missed first, by fingerprint; ISO 8601. */
  readonly withdrawn: Readonly<Record<string, string>>;
}

/** What becomes of the trusted roots. */
export interface Merge extends Trusted {
  readonly changed: boolean;
  readonly added: readonly string[];
  readonly kept: readonly string[];
  readonly dropped: readonly Rejection[];
}

const DAY = 24 * 3600 * 1000;

/**
 * The roots to trust from now on: those that the foreign mesh shows, and those that it showed before,
 * so that a certificate that an old root signed goes on to be accepted while all others are renewed.
 * An old root goes when it expires, or when it has been missing for `keepWithdrawnDays`: the roots of
 * both meshes live for ten years, and one that was replaced because its key leaked must not.
 *
 * What was trusted and must never have been (somebody wrote into the ConfigMap) goes at once.
 *
 * @param shown `undefined` where nothing good came: then no root gets older by it.
 * @throws Where a mesh shows ever new roots.
 */
export function merge(
  before: Trusted,
  shown: readonly Root[] | undefined,
  expectations: Expectations,
  keepWithdrawnDays: number,
): Merge {
  const { now } = expectations;
  const current = unique(certificatesIn(before.bundle).map(describe));
  const withdrawn: Record<string, string> = {};
  const dropped: Rejection[] = [];
  const kept: Root[] = [];
  for (const root of current) {
    const { fingerprint } = root;
    const marked = before.withdrawn[fingerprint];
    const missing = shown === undefined ? marked !== undefined : !has(shown, fingerprint);
    const since = missing ? (marked ?? now.toISOString()) : undefined;
    const reason =
      forbiddenReason(root, expectations) ??
      (shown && (expiredReason(root, now) ?? withdrawnReason(since, now, keepWithdrawnDays)));
    if (reason !== undefined) {
      dropped.push({ fingerprint, reason });
      continue;
    }
    kept.push(root);
    if (since !== undefined) withdrawn[fingerprint] = since;
  }
  const added = (shown ?? []).filter(({ fingerprint }) => !has(current, fingerprint));
  const all = [...kept, ...added].sort((one, other) =>
    one.fingerprint < other.fingerprint ? -1 : 1,
  );
  if (all.length > MAX_TRUSTED) {
    throw new Error(
      `${added.length} new roots beside ${kept.length} would be more than ${MAX_TRUSTED}: does its mesh ` +
        'change them all the time?',
    );
  }
  const bundle = all.map(({ pem }) => pem).join('');
  return {
    bundle,
    withdrawn,
    changed: bundle !== before.bundle || !sameEntries(withdrawn, before.withdrawn),
    added: fingerprints(added),
    kept: fingerprints(kept),
    dropped,
  };
}

function withdrawnReason(
  since: string | undefined,
  now: Date,
  keepDays: number,
): string | undefined {
  return since !== undefined && now.getTime() - Date.parse(since) >= keepDays * DAY
    ? `its mesh has not shown it since ${since}`
    : undefined;
}

function has(roots: readonly Root[], fingerprint: string): boolean {
  return roots.some((root) => root.fingerprint === fingerprint);
}

function fingerprints(roots: readonly Root[]): string[] {
  return roots.map(({ fingerprint }) => fingerprint);
}

function sameEntries(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const text = (record: Readonly<Record<string, string>>) =>
    JSON.stringify(Object.entries(record).sort());
  return text(one) === text(other);
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

function parse(text: string): {
  readonly certificates: X509Certificate[];
  readonly problem?: string;
} {
  const nothing = (problem: string) => ({ certificates: [], problem });
  if (/PRIVATE KEY-----/.test(text)) {
    return nothing('a private key is in it: whoever could read it can sign identities');
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return nothing(`it is larger than ${MAX_BYTES} bytes`);
  }
  const blocks = [...text.matchAll(BLOCK)];
  const rest = text.replace(BLOCK, '').trim();
  if (rest !== '') {
    return nothing(`it is not PEM: "${rest.slice(0, 20).replace(/[^\x20-\x7e]/g, '?')}..."`);
  }
  if (blocks.length === 0) return nothing('it is empty');
  if (blocks.length > MAX_ROOTS) return nothing(`it has more than ${MAX_ROOTS} certificates`);
  const certificates: X509Certificate[] = [];
  for (const [index, [block, type]] of blocks.entries()) {
    if (type !== 'CERTIFICATE') return nothing(`it has a ${type}, not only certificates`);
    const certificate = read(block);
    if (certificate === undefined) {
      return nothing(`its certificate number ${index + 1} cannot be read`);
    }
    certificates.push(certificate);
  }
  return { certificates };
}

/** All certificates in a text of our own making, whatever else somebody wrote into it. */
function certificatesIn(text: string): X509Certificate[] {
  return [...text.matchAll(BLOCK)].flatMap(([block, type]) =>
    type === 'CERTIFICATE' ? (read(block) ?? []) : [],
  );
}

function read(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function describe(certificate: X509Certificate): Root {
  return {
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.replace(/\n/g, ', '),
    expires: new Date(certificate.validTo),
    pem: `${certificate.toString().trim()}\n`,
    certificate,
  };
}

function unique(roots: readonly Root[]): Root[] {
  return [...new Map(roots.map((root) => [root.fingerprint, root])).values()];
}

/** Why a certificate must not be trusted, whenever it is shown. */
function forbiddenReason(
  { certificate }: Root,
  { trustDomain, own }: Expectations,
): string | undefined {
  // Basic constraints, and a key usage that allows to sign certificates where there is one.
  if (!certificate.ca) return 'it is not the certificate of an authority';
  if (own.some((root) => sameKey(root.certificate, certificate))) {
    return "it is our own mesh's root: with it, our authority could sign foreign identities";
  }
  if (own.some((root) => signed(root.certificate, certificate))) {
    return "it is signed by our own mesh's root, so it is no foreign authority";
  }
  const foreign = uriNames(certificate).find((uri) => uri !== `spiffe://${trustDomain}`);
  return trustDomain === undefined || foreign === undefined
    ? undefined
    : `it is for ${foreign}, and must be for spiffe://${trustDomain}`;
}

function sameKey(one: X509Certificate, other: X509Certificate): boolean {
  return one.publicKey.equals(other.publicKey);
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Consul's roots name their trust domain, istiod's do not. */
function uriNames({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
}

function expiredReason({ expires }: Root, now: Date): string | undefined {
  return expires > now ? undefined : `it expired on ${expires.toISOString()}`;
}

function rejection({ fingerprint }: Root, reason: string | undefined): Rejection[] {
  return reason === undefined ? [] : [{ fingerprint, reason }];
}

function refused(reasons: readonly Rejection[]): Examination {
  return { roots: [], expired: [], refused: reasons };
}
