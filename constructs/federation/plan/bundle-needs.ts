import { type AccessPlan, isEnteredDirectly, meshOf } from './plan';
import { hasRootsOfSpire } from './spire';

/** The roots of a foreign mesh that one mesh's cluster needs, and where. */
export interface BundleNeed {
  /** The mesh whose workloads trust them. */
  readonly mesh: string;
  /** The mesh whose roots they are. */
  readonly foreignMesh: string;
  /** Namespaces of borders and of calling workloads. */
  readonly namespaces: readonly string[];
}

/**
 * Who must be able to verify whom: each border the mesh at its other end, and calling workloads that have
 * no border of their own the mesh that they call.
 */
export function bundleNeeds(plan: AccessPlan): BundleNeed[] {
  const needs = new Map<string, BundleNeed & { readonly namespaces: string[] }>();
  const add = (mesh: string, foreignMesh: string, namespace: string) => {
    const key = `${mesh} ${foreignMesh}`;
    const need = needs.get(key) ?? { mesh, foreignMesh, namespaces: [] };
    if (!need.namespaces.includes(namespace)) need.namespaces.push(namespace);
    needs.set(key, need);
  };
  for (const border of [...plan.borders, ...plan.formerBorders]) {
    if (!hasRootsOfSpire(meshOf(plan.meshes, border.mesh))) {
      add(border.mesh, border.foreignMesh, border.namespace);
    }
    if (isEnteredDirectly(border)) {
      add(border.foreignMesh, border.mesh, border.foreign.namespace);
    }
  }
  return [...needs.values()];
}
