/**
 * Of a `topologySpreadConstraint`: pods of one template are spread among each other. Without it those that go while
 * a new template rolls out count as well, and the new ones may all end up on one node.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export const OF_ONE_TEMPLATE = { matchLabelKeys: ['pod-template-hash'] };
