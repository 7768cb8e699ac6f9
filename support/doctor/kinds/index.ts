import type { PlannedMesh } from '../../../constructs/federation/plan';
import { consulKind } from './consul';
import { istioKind } from './istio';
import type { KindOfMesh } from './kind';
import { linkerdKind } from './linkerd';

export type { KindOfMesh } from './kind';

const KINDS: Readonly<Record<PlannedMesh['kind'], KindOfMesh>> = {
  istio: istioKind,
  consul: consulKind,
  linkerd: linkerdKind,
};

/** What is particular to a mesh. */
export function kindOf({ kind }: PlannedMesh): KindOfMesh {
  return KINDS[kind];
}
