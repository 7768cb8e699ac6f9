import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';
import { kindOf } from '../plan/meshes';
import type { AccessPlan } from '../plan/plan';
import { hasRootsOfSpire } from '../plan/spire';
import { isOpen } from './border/entrance';
import type { FederatedMesh } from './federated-mesh';

/*
 * What is weaker than it could be: possible, and said aloud at each synthesis.
 */

type Meshes = Readonly<Record<string, FederatedMesh>>;

/** Says what is weak about our own meshes. */
export function sayWeaknesses(scope: Construct, plan: AccessPlan, meshes: Meshes): void {
  for (const [name, mesh] of Object.entries(meshes)) {
    for (const weakness of kindOf(mesh).weaknesses(name, mesh)) {
      Annotations.of(scope).addWarning(weakness);
    }
    if (isOpen(plan, name)) {
      Annotations.of(scope).addWarning(
        `Whoever reaches the load balancer of the ${kindOf(mesh).title} mesh ${name} may try a handshake with ` +
          'its borders: set entrance.allowedSources to the addresses of the other meshes.',
      );
    }
  }
}

/** Nothing here comes between a border and the roots that a SPIRE agent gives it. */
export function sayWhatIsNotDistrusted(
  scope: Construct,
  meshes: Meshes,
  distrusted: readonly string[] = [],
): void {
  if (distrusted.length === 0) return;
  for (const [name] of Object.entries(meshes).filter(([, mesh]) => hasRootsOfSpire(mesh))) {
    Annotations.of(scope).addWarning(
      `The borders of ${name} have their roots from SPIRE, and the list of distrusted ones says nothing to ` +
        "them: take such a root out of the SPIRE server's bundles (docs/spire.md).",
    );
  }
}
