import type { Problem } from '../../problems';
import { identityMistake } from './identity';
import type { MeshMember } from './model';
import {
  DEFAULT_SPIRE_PATH,
  type PublishedSpire,
  SPIRE_DEFAULTS,
  type SpireBundle,
  type SpireOptions,
} from './spire-options';

/** The SPIFFE ID by which SPIRE knows the pods of a service account. */
export function spireId(
  { trustDomain, path = DEFAULT_SPIRE_PATH }: PublishedSpire,
  namespace: string,
  serviceAccount: string,
): string {
  return `spiffe://${trustDomain}${path
    .replaceAll('{namespace}', namespace)
    .replaceAll('{serviceAccount}', serviceAccount)}`;
}

/**
 * Whether pods of two meshes may have the same SPIFFE ID. The IDs of `/a/{serviceAccount}` are those of
 * `/{namespace}/{serviceAccount}` in a namespace `a`.
 */
export function shareSpireIds(one: PublishedSpire, other: PublishedSpire): boolean {
  const [parts, others] = [one, other].map((spire) => spireId(spire, ANY, ANY).split('/'));
  return (
    parts?.length === others?.length &&
    parts?.every((part, index) => mayBeSame(part, others?.[index] ?? '')) === true
  );
}

/** Stands for a name. No path can have it. */
const ANY = '*';

/** Whether two parts of a path, with names still to come, may be the same text: they begin and end alike. */
function mayBeSame(one: string, other: string): boolean {
  if (!one.includes(ANY) && !other.includes(ANY)) return one === other;
  const [first, second] = [head(one), head(other)];
  const [last, final] = [tail(one), tail(other)];
  return (
    (first.startsWith(second) || second.startsWith(first)) &&
    (last.endsWith(final) || final.endsWith(last))
  );
}

/** What stands before any name. */
function head(part: string): string {
  return part.split(ANY, 1).join('');
}

/** What stands behind every name. */
function tail(part: string): string {
  return part.slice(part.lastIndexOf(ANY) + 1);
}

/** What others see of it. */
export function publishedSpire({ spire }: Pick<MeshMember, 'spire'>): {
  readonly spire?: PublishedSpire;
} {
  if (spire === undefined) return {};
  const { trustDomain, path } = spire;
  return { spire: { trustDomain, ...(path === undefined ? {} : { path }) } };
}

/** Where it shows its trust bundle, with every default. */
export function spireBundle({ bundle }: SpireOptions): Required<SpireBundle> {
  return { ...SPIRE_DEFAULTS.bundle, ...bundle };
}

/** The trust domain that other meshes see of a mesh: the one whose roots they trust. */
export function crossingTrustDomain({ mesh, spire }: MeshMember): string {
  return spire?.trustDomain ?? mesh.trustDomain;
}

/** Whether the borders of a mesh have the roots of others from SPIRE. */
export function hasRootsOfSpire({ spire }: Pick<MeshMember, 'spire'>): boolean {
  return spire?.foreignRoots === 'spire';
}

/** What is wrong with a path. */
export function spirePathMistake(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must start with "/"';
  if (!path.includes('{serviceAccount}')) {
    return 'must have {serviceAccount} in it: without it all borders would be one';
  }
  return identityMistake(spireId({ trustDomain: 'example', path }, 'namespace', 'account')) ===
    undefined
    ? undefined
    : 'must be the path of a SPIFFE ID: letters, digits, "-", ".", "_" and "/", {namespace} and {serviceAccount}';
}

/** What is wrong with the SPIRE of a mesh by itself; paths from the mesh. */
export function spireProblems({ spire }: Pick<MeshMember, 'spire'>): Problem[] {
  const mistake = spire?.path === undefined ? undefined : spirePathMistake(spire.path);
  return mistake === undefined
    ? []
    : [{ path: ['spire', 'path'], message: `is ${spire?.path}; ${mistake}` }];
}
