import { z } from 'zod';
import { ownEntry } from '../../../own-entry';
import { choice } from '../../../problems';
import { described } from '../../../schema-words';
import type { PolicyMesh } from '../model';
import { CONSUL } from './consul';
import { PUBLISHED_CONSUL } from './consul/published';
import { ISTIO } from './istio';
import { PUBLISHED_ISTIO } from './istio/published';
import type { MeshKind } from './kind';
import { LINKERD } from './linkerd';
import { PUBLISHED_LINKERD } from './linkerd/published';

/** Every kind of mesh. A further one is a line here and a folder beside these. */
const KINDS: Readonly<Record<PolicyMesh['kind'], MeshKind>> = {
  istio: ISTIO,
  consul: CONSUL,
  linkerd: LINKERD,
};

/**
 * What the kind of a mesh, or of one of its services, answers.
 *
 * @throws Error where there is no such kind: a policy may come from a file, which no compiler has seen.
 */
export function kindOf({ kind }: { readonly kind: PolicyMesh['kind'] }): MeshKind {
  const known = ownEntry(KINDS, kind);
  if (known !== undefined) return known;
  throw new Error(`the kind of a mesh ${described(kind)}; must be ${choice(Object.keys(KINDS))}`);
}

/** What is published of a mesh, by its kind: strict, for it comes from somebody else. */
export const PUBLISHED_MESH = z.discriminatedUnion('kind', [
  PUBLISHED_ISTIO,
  PUBLISHED_CONSUL,
  PUBLISHED_LINKERD,
]);
