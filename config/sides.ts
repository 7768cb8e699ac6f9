/** The two sides of the federation. */
export const SIDES = ['istio', 'consul'] as const;
export type Side = (typeof SIDES)[number];

/** The side that is not this one. */
export function otherSide(side: Side): Side {
  return side === 'istio' ? 'consul' : 'istio';
}
