import type { DeploymentV1SpecTemplateSpecTopologySpreadConstraint } from '@cdktf/provider-kubernetes/lib/deployment-v1';

/**
 * Of a `topologySpreadConstraint`: pods of one template are spread among each other. Without it those that go while
 * a new template rolls out count as well, and the new ones may all end up on one node.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export const OF_ONE_TEMPLATE = { matchLabelKeys: ['pod-template-hash'] };

/** Spreads pods with these labels over what the key tells apart, as far as there is room. */
export function spreadOver(
  topologyKey: string,
  matchLabels: Readonly<Record<string, string>>,
): DeploymentV1SpecTemplateSpecTopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: [{ matchLabels: { ...matchLabels } }],
    ...OF_ONE_TEMPLATE,
  };
}
