import { z } from 'zod';

/** A label selector of Kubernetes' API. */
export const selectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.string(),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

/**
 * Whether it selects what has these labels. An empty one selects everything.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function selects(
  { matchLabels, matchExpressions }: z.output<typeof selectorSchema>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      const isIn = value !== undefined && values.includes(value);
      switch (operator) {
        case 'In':
          return isIn;
        case 'NotIn':
          return !isIn;
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}
