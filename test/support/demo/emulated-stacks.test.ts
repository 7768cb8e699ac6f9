import { expect, test } from '@jest/globals';
import { emulatedStacks } from '../../../support/demo/emulated-stacks';

test('An emulated run deploys what needs AWS alone, and names all that it leaves out', () => {
  const { deployed, leftOut } = emulatedStacks();
  expect(deployed).toEqual(['nat-addresses', 'istio-cluster', 'consul-cluster']);
  expect(leftOut).toEqual(expect.arrayContaining(['istio-mesh', 'consul-mesh']));
  expect(leftOut.filter((stack) => deployed.includes(stack))).toEqual([]);
});
