import type { PlannedMesh } from '../../../constructs/federation/plan';
import { consulKind } from './consul';
import { istioKind } from './istio';
import type { KindOfMesh } from './kind';

export type { KindOfMesh } from './kind';

const KINDS: Readonly<Record<PlannedMesh['kind'], KindOfMesh>> = {
  istio: istioKind,
  consul: consulKind,
};

/** What is particular to a mesh. */
export function kindOf({ kind }: PlannedMesh): KindOfMesh {
  return KINDS[kind];
}
