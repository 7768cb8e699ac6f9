import type { PlannedResource } from '../../resources';

/** Leads the way and admits nobody. */
export function resource<Manifest extends PlannedResource['manifest']>(
  { mesh }: { readonly mesh: string },
  id: string,
  after: readonly string[],
  manifest: Manifest,
) {
  return {
    mesh,
    id,
    layer: 'federation' as const,
    manifest,
    enforces: [],
    after,
    // Each begins with "federation" or says which way it is.
    ownName: manifest.kind !== 'Gateway',
  };
}
