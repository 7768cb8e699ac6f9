import type { TerraformResourceLifecycle } from 'cdktf';

/**
 * For every container: the tags and digests here are pinned, so what a node has is right, and a
 * registry that is down stops no restart.
 */
export const IMAGE_PULL_POLICY = 'IfNotPresent';

/**
 * `lifecycle` of a workload: `kubectl rollout restart` writes an annotation into the pod template, and
 * without this the next deploy takes it out again, which rolls the pods once more.
 */
export const KEEPS_RESTARTS: TerraformResourceLifecycle = {
  ignoreChanges: [
    'spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]',
  ],
};
