import { z } from 'zod';

/** Of a resource of which Istio takes the oldest of several. */
export const agedMetadata = z.object({
  name: z.string(),
  namespace: z.string(),
  creationTimestamp: z.string().default(''),
});

interface Aged {
  readonly metadata: z.output<typeof agedMetadata>;
}

export function oldestFirst<T extends Aged>(all: readonly T[]): T[] {
  return all.toSorted(({ metadata: one }, { metadata: other }) =>
    `${one.creationTimestamp} ${one.name}` < `${other.creationTimestamp} ${other.name}` ? -1 : 1,
  );
}
