import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { type Block, releaseValues, stackOf, synthesise } from '../helpers/synth';

const app = Testing.app();
addStacks(app, defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } }).config);
const made = app.node.children
  .filter((child) => TerraformStack.isStack(child))
  .flatMap((stack) => Object.entries(synthesise(stack).resource ?? {}));
/** The resources of a stack by their addresses. */
function blocksOf(stack: string): ReadonlyMap<string, Block> {
  return new Map(
    Object.entries(synthesise(stackOf(app, stack)).resource ?? {}).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, block]) => [`${type}.${id}`, block] as const),
    ),
  );
}

/** Addresses of all that is there before a resource, and goes after it. */
function allBefore(
  name: string,
  blocks: ReadonlyMap<string, Block>,
  found = new Set<string>(),
): ReadonlySet<string> {
  const text = JSON.stringify(blocks.get(name));
  for (const [other] of text.matchAll(/kubernetes_\w+\.[\w-]+/g)) {
    if (found.has(other) || !blocks.has(other)) continue;
    found.add(other);
    allBefore(other, blocks, found);
  }
  return found;
}

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

/** What a key has, wherever it is in a resource. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? [inner as unknown] : valuesOf(inner, key),
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

  it('is spread among the pods of its own template, and not with those that it takes the place of', () => {
    const found = [
      ...deployments.flatMap((one) => valuesOf(one, 'topology_spread_constraint')),
      ...['istiod', 'istio-ingressgateway'].flatMap((release) =>
        valuesOf(releaseValues(stackOf(app, 'istio-mesh'), release), 'topologySpreadConstraints'),
      ),
    ].flat();
    expect(found.length).toBeGreaterThanOrEqual(8);
    for (const constraint of found as Block[]) {
      expect(constraint['match_label_keys'] ?? constraint['matchLabelKeys']).toEqual([
        'pod-template-hash',
      ]);
    }
  });

  it.each([
    ['istio-workloads', ['strict', 'default-deny']],
    ['consul-workloads', ['policy_mesh', 'default-deny']],
  ])('of %s starts when its mesh is closed, and goes before it is open again', (stack, closed) => {
    const blocks = blocksOf(stack);
    const deployed = [...blocks.keys()].filter((name) =>
      name.startsWith('kubernetes_deployment_v1.'),
    );
    expect(deployed.length).toBeGreaterThan(0);
    for (const name of deployed) {
      const before = [...allBefore(name, blocks)].filter((one) => /^kubernetes_manifest/.test(one));
      for (const policy of closed) {
        expect(before).toContainEqual(expect.stringContaining(policy));
      }
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
