import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { parse } from 'yaml';
import { addDefaultPair } from '../../support/synth/default-pair';
import { type Block, synthesise } from '../helpers/synth';

/*
 * From what the build before this one made of the same settings to what this one makes: whatever is
 * costly to lose keeps its address in the state, and the arguments whose change would replace it.
 * previous.json holds these of the earlier build; it is recreated for each release.
 */

type Resources = Readonly<Record<string, Block>>;

const previous = JSON.parse(
  readFileSync(path.join(__dirname, 'previous.json'), 'utf8'),
) as Readonly<Record<string, Resources>>;

const app = Testing.app();
addDefaultPair(app);

const current: Readonly<Record<string, Resources>> = Object.fromEntries(
  app.node.children
    .filter((child) => TerraformStack.isStack(child))
    .map((stack) => [
      stack.node.id,
      Object.fromEntries(
        Object.entries(synthesise(stack).resource ?? {}).flatMap(([type, byId]) =>
          Object.entries(byId).map(([id, block]) => [`${type}.${id}`, block] as const),
        ),
      ),
    ]),
);

/** Resources that went, each with the reason why that is no loss. */
const GONE: Readonly<Record<string, string>> = {};

const KEPT = Object.entries(previous).flatMap(([stack, resources]) =>
  Object.entries(resources).map(([address, block]) => ({ stack, address, block })),
);

test('The earlier build is there', () => {
  expect(KEPT.length).toBeGreaterThan(30);
});

describe.each(KEPT)('$stack: $address', ({ stack, address, block }) => {
  test('stays', () => {
    if (address in GONE) {
      expect(current[stack]?.[address]).toBeUndefined();
      return;
    }
    expect(current[stack]?.[address]).toMatchObject(block);
  });
});

function values(stack: string, release: string): Block {
  const found = Object.entries(current[stack] ?? {}).find(
    ([address, { name }]) => address.startsWith('helm_release.') && name === release,
  );
  const [text = ''] = (found?.[1]['values'] as string[] | undefined) ?? [];
  return parse(text) as Block;
}

test("The meshes' trust domains stay, and the kind of their load balancers", () => {
  expect(values('istio-mesh', 'istiod')).toMatchObject({
    meshConfig: { trustDomain: 'cluster.local' },
  });
  const loadBalancer = {
    'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
  };
  expect(values('istio-mesh', 'istio-ingressgateway')).toMatchObject({
    service: { type: 'LoadBalancer', annotations: loadBalancer },
  });
});
