import type { PlannedMesh } from '../../constructs/federation/plan';
import { CONSUL } from './consul';
import type { Imitation } from './imitation';
import { ISTIO } from './istio';
import { LINKERD } from './linkerd';

/** One for each kind of mesh. */
const IMITATIONS: Readonly<Record<PlannedMesh['kind'], Imitation>> = {
  istio: ISTIO,
  consul: CONSUL,
  linkerd: LINKERD,
};

export function imitationOf({ kind }: Pick<PlannedMesh, 'kind'>): Imitation {
  return IMITATIONS[kind];
}
