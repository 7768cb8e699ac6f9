import { MAX_ROOTS, parsePem } from './pem.ts';
import {
  isOtherToEnvoy,
  parseOwn,
  type Root,
  rootsOf,
  sameKey,
  selfSigned,
  signed,
  toBundle,
  unique,
  uriNames,
} from './roots.ts';
import { weakness } from './strength.ts';
import { printable } from './text.ts';

/* What may become a trust anchor of a foreign mesh. Nothing here reads or writes anything. */

/** What a bundle must not be taken for. */
export interface Expectations {
  /** Trust domain of the mesh whose roots these are, where it matters: a root of another is refused. */
  readonly trustDomain?: string;
  /** Roots of the mesh that would trust them: a foreign mesh that shows one of ours is lying. */
  readonly own: readonly Root[];
  /**
   * Fingerprints of roots that are never trusted, nor what has their key or their signature.
   * @default none
   */
  readonly distrusted?: readonly string[];
  /**
   * Roots of that list that were seen before. A fingerprint tells nothing of another certificate of the same key,
   * which may be shown when they are long gone.
   * @default none
   */
  readonly known?: readonly Root[];
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
  /** In the order of the bundle. Empty where it is refused, or where all of them are distrusted. */
  readonly roots: readonly Root[];
  /** Roots that are merely past their time. They are left out, and the others are good. */
  readonly expired: readonly Rejection[];
  /** Those that are distrusted: left out as well. */
  readonly distrusted: readonly Rejection[];
  /** Those that are on the list themselves, here or before. */
  readonly listed: readonly Root[];
  /** Why the whole bundle is refused; empty where it is not. */
  readonly refused: readonly Rejection[];
}

/** Old and new roots together. */
const MAX_TRUSTED = 2 * MAX_ROOTS;

/**
 * Looks at a bundle that came from elsewhere. One root that must not be there spoils all of it:
 * whoever sends it is mistaken or an attacker, and the roots that are trusted already stay. One that is
 * distrusted is left out alone: its mesh may need a while to take it out.
 */
export function examine(bundle: string, expectations: Expectations): Examination {
  const { certificates, problem } = parsePem(bundle);
  if (problem !== undefined) return refused([{ reason: problem }]);
  const roots = rootsOf(certificates);
  const forbidden = roots.flatMap((root) =>
    rejection(root, forbiddenReason(root, roots, expectations)),
  );
  if (forbidden.length > 0) return refused(forbidden);
  const listed = listedIn(roots, expectations);
  const distrust = distrustBy(listed);
  const distrusted = roots.flatMap((root) => rejection(root, distrust(root)));
  const others = roots.filter((root) => distrust(root) === undefined);
  const expired = others.flatMap((root) => rejection(root, expiredReason(root, expectations.now)));
  const good = others.filter((root) => expiredReason(root, expectations.now) === undefined);
  return good.length > 0 || distrusted.length > 0
    ? { roots: good, expired, distrusted, listed, refused: [] }
    : refused([...expired, { reason: 'no root in it is valid any more' }]);
}

/** The roots that a mesh trusts, as they are kept in a ConfigMap. */
export interface Trusted {
  readonly bundle: string;
  /** When each root that its mesh no longer shows was missed first, by fingerprint; ISO 8601. */
  readonly withdrawn: Readonly<Record<string, string>>;
}

/** What becomes of the trusted roots. */
export interface Merge extends Trusted {
  readonly roots: readonly Root[];
  /** Those that are on the list of distrusted ones, here or before. */
  readonly listed: readonly Root[];
  readonly changed: boolean;
  readonly added: readonly string[];
  readonly kept: readonly string[];
  readonly dropped: readonly Rejection[];
  /** Why none of what is shown was taken; absent where nothing speaks against it. */
  readonly problem?: string;
}

const DAY = 24 * 3600 * 1000;

/**
 * The roots to trust from now on: those that the foreign mesh shows, and those that it showed before,
 * so that a certificate that an old root signed goes on to be accepted while all others are renewed.
 * An old root goes when it expires, or when it has been missing for `keepWithdrawnDays`: the roots of
 * both meshes live for ten years, and one that was replaced because its key leaked must not. One that was
 * renewed with its key and another subject key identifier stays until it expires.
 *
 * What was trusted and must not be (somebody wrote into the ConfigMap, or it is distrusted now) goes at
 * once. Where that is all of them, the bundle holds a root that nobody can sign with.
 *
 * A mesh that shows ever new roots is taken for one that shows nothing good: what must go still goes.
 *
 * @param shown `undefined` where nothing good came: then no root begins to be missed. Those that are
 * overdue go all the same.
 */
export function merge(
  before: Trusted,
  shown: readonly Root[] | undefined,
  expectations: Expectations,
  keepWithdrawnDays: number,
): Merge {
  const { now } = expectations;
  const current = parseOwn(before.bundle);
  const seen = unique([...(shown ?? []), ...current]);
  const listed = listedIn(seen, expectations);
  const distrusted = distrustBy(listed);
  const published =
    shown ?? current.filter((root) => before.withdrawn[root.fingerprint] === undefined);
  // Its key is trusted anyway, and what it has signed is good with no other.
  const isStillNeeded = (root: Root) => published.some((other) => isOtherToEnvoy(root, other));
  const withdrawn: Record<string, string> = {};
  const dropped: Rejection[] = [];
  const kept: Root[] = [];
  for (const root of current) {
    const { fingerprint } = root;
    const marked = before.withdrawn[fingerprint];
    const missing = shown === undefined ? marked !== undefined : !has(shown, fingerprint);
    const since = missing ? (marked ?? now.toISOString()) : undefined;
    const reason =
      distrusted(root) ??
      forbiddenReason(root, seen, expectations) ??
      expiredReason(root, now) ??
      (isStillNeeded(root) ? undefined : withdrawnReason(since, now, keepWithdrawnDays));
    if (reason !== undefined) {
      dropped.push({ fingerprint, reason });
      continue;
    }
    kept.push(root);
    if (since !== undefined) withdrawn[fingerprint] = since;
  }
  const added = (shown ?? []).filter(
    (root) => !has(current, root.fingerprint) && distrusted(root) === undefined,
  );
  const newestFirst = seen.filter(({ fingerprint }) => has([...kept, ...added], fingerprint));
  if (added.length > 0 && newestFirst.length > MAX_TRUSTED) {
    return {
      ...merge(before, undefined, expectations, keepWithdrawnDays),
      problem:
        `${added.length} new roots beside ${kept.length} would be more than ${MAX_TRUSTED}: does its mesh ` +
        'change them all the time?',
    };
  }
  const bundle = toBundle(newestFirst);
  return {
    bundle,
    roots: newestFirst,
    listed,
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
    ? `its mesh has not published it since ${since}`
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

/**
 * Why a certificate must not be trusted, whenever it is shown.
 *
 * @param beside All that are known of its mesh, itself included.
 */
function forbiddenReason(
  { certificate }: Root,
  beside: readonly Root[],
  { trustDomain, own }: Expectations,
): string | undefined {
  // Basic constraints, and a key usage that allows to sign certificates where there is one.
  if (!certificate.ca) return 'it is not the certificate of an authority';
  const weak = weakness(certificate);
  if (weak !== undefined) return weak;
  if (own.some((root) => sameKey(root.certificate, certificate))) {
    return "it is our own mesh's root: with it, our authority could sign foreign identities";
  }
  if (own.some((root) => signed(root.certificate, certificate))) {
    return "it is signed by our own mesh's root, so it is no foreign authority";
  }
  // Somewhere above it could be our own root. All that stands between is looked at as well.
  if (
    own.length > 0 &&
    !selfSigned(certificate) &&
    !beside.some(
      (root) => root.certificate !== certificate && signed(root.certificate, certificate),
    )
  ) {
    return (
      `it is signed by "${printable(certificate.issuer, 100)}", which is not in the bundle, so nobody ` +
      'can tell whether our own root is above it; the bundle must have all up to the root'
    );
  }
  const foreign = uriNames(certificate).find((uri) => uri !== `spiffe://${trustDomain}`);
  return trustDomain === undefined || foreign === undefined
    ? undefined
    : `it is for ${printable(foreign, 100)}, and must be for spiffe://${trustDomain}`;
}

/** Of these and those that are known, all that are on the list of distrusted ones. */
function listedIn(
  roots: readonly Root[],
  { distrusted = [], known = [] }: Expectations,
): readonly Root[] {
  return unique([...roots, ...known]).filter(({ fingerprint }) => distrusted.includes(fingerprint));
}

/** Why a root is distrusted: it is one of these, or it has the key of one, or its signature. */
function distrustBy(listed: readonly Root[]): (root: Root) => string | undefined {
  return ({ certificate, fingerprint }) => {
    const cause = listed.find(
      (other) => sameKey(other.certificate, certificate) || signed(other.certificate, certificate),
    );
    if (cause === undefined) return undefined;
    return listed.some((other) => other.fingerprint === fingerprint)
      ? 'it is distrusted'
      : `it has the key or the signature of ${cause.fingerprint}, which is distrusted`;
  };
}

function expiredReason({ expires }: Root, now: Date): string | undefined {
  return expires > now ? undefined : `it expired on ${expires.toISOString()}`;
}

function rejection({ fingerprint }: Root, reason: string | undefined): Rejection[] {
  return reason === undefined ? [] : [{ fingerprint, reason }];
}

function refused(reasons: readonly Rejection[]): Examination {
  return { roots: [], expired: [], distrusted: [], listed: [], refused: reasons };
}
