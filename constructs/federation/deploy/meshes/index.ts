import type { MeshMember } from '../../plan/model';
import { CONSUL } from './consul';
import { ISTIO } from './istio';
import type { DeployedMeshKind } from './kind';
import { LINKERD } from './linkerd';

/** Every kind of mesh, as in `plan/meshes/`. */
const KINDS: Readonly<Record<MeshMember['kind'], DeployedMeshKind>> = {
  istio: ISTIO,
  consul: CONSUL,
  linkerd: LINKERD,
};

/** What the kind of a mesh answers. */
export function deployedKindOf({ kind }: { readonly kind: MeshMember['kind'] }): DeployedMeshKind {
  return KINDS[kind];
}
