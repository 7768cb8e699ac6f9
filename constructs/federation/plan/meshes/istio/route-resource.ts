import type { PlannedResource } from '../../resources';

/** Leads the way and admits nobody. */
export function resource<Manifest extends PlannedResource['manifest']>(
  mesh: string,
  about: readonly string[],
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
    about,
    after,
    // Each begins with "federation" or says which way it is.
    ownName: manifest.kind !== 'Gateway',
  };
}
