import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { type Block, synthesise } from '../helpers/synth';

const app = Testing.app();
addStacks(app, defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } }).config);
const made = app.node.children
  .filter((child) => TerraformStack.isStack(child))
  .flatMap((stack) => Object.entries(synthesise(stack).resource ?? {}));
const all = (type: string): readonly Block[] =>
  made.filter(([each]) => each === type).flatMap(([, byId]) => Object.values(byId));

/** Every container of a pod template, wherever it is in a resource. */
function containers(value: unknown): Block[] {
  if (Array.isArray(value)) return value.flatMap(containers);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'container' || key === 'init_container' ? (inner as Block[]) : containers(inner),
  );
}

describe('every pod of the pair', () => {
  const deployments = all('kubernetes_deployment_v1');

  it('runs an image that its node has without asking the registry', () => {
    const found = [
      ...deployments,
      ...all('kubernetes_job_v1'),
      ...all('kubernetes_cron_job_v1'),
    ].flatMap(containers);
    expect(found.length).toBeGreaterThan(10);
    for (const container of found) {
      expect(container).toMatchObject({ image_pull_policy: 'IfNotPresent' });
    }
  });

  it('stays restarted after "kubectl rollout restart" and a deploy', () => {
    expect(deployments.length).toBeGreaterThan(4);
    for (const { lifecycle } of deployments) {
      expect(lifecycle).toMatchObject({
        ignore_changes: [
          'spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]',
        ],
      });
    }
  });
});
