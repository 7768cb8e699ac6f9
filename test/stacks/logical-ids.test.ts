import { expect, test } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { synthesise } from '../support/synth';

/*
 * Terraform knows a resource by its logical id: with another id it destroys what is deployed and makes
 * it anew. A change here is a major version, unless it only adds lines. `npx jest logical-ids -u`
 * records it.
 */
test('The logical ids of everything that is deployed stay as they are', () => {
  const app = Testing.app();
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    network: { flowLogs: { enabled: true } },
  });
  addStacks(app, config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  const ids = stacks.flatMap((stack) => {
    const { resource = {}, output = {} } = synthesise(stack);
    return [
      ...Object.entries(resource).flatMap(([type, byId]) =>
        Object.keys(byId).map((id) => `${stack.node.id}: ${type}.${id}`),
      ),
      ...Object.keys(output).map((id) => `${stack.node.id}: output.${id}`),
    ];
  });
  expect(ids.sort().join('\n')).toMatchSnapshot();
});
