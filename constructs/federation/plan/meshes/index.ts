import type { PolicyMesh } from '../model';
import { CONSUL } from './consul';
import { ISTIO } from './istio';
import type { MeshKind } from './kind';

/** Every kind of mesh. A further one is a line here and a folder beside these. */
const KINDS: Readonly<Record<PolicyMesh['kind'], MeshKind>> = { istio: ISTIO, consul: CONSUL };

/** What the kind of a mesh, or of one of its services, answers. */
export function kindOf({ kind }: { readonly kind: PolicyMesh['kind'] }): MeshKind {
  return KINDS[kind];
}
