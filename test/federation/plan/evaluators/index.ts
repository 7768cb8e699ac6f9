import type { PlannedMesh } from '../../../../constructs/federation';
import { consul } from './consul';
import type { Evaluator } from './evaluator';
import { istio } from './istio';
import { linkerd } from './linkerd';

/** One for each kind of mesh. */
const EVALUATORS: Readonly<Record<PlannedMesh['kind'], Evaluator>> = {
  istio,
  consul,
  linkerd,
};

export function evaluatorOf({ kind }: Pick<PlannedMesh, 'kind'>): Evaluator {
  return EVALUATORS[kind];
}
