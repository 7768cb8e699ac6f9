import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { LeftCrossing, leftCrossingProblem } from '../../stacks/left-crossing';
import { temporaryFolder, writeFile } from '../helpers/files';
import { synthesise } from '../helpers/synth';

const folder = temporaryFolder();
let count = 0;
const state = (resources: object[]) => {
  const directory = path.join(folder, String(count++));
  mkdirSync(directory);
  writeFile(directory, 'crossing.tfstate', JSON.stringify({ version: 4, resources }));
  return { kind: 'local', directory } as const;
};
const ROUTE = { mode: 'managed', type: 'aws_route' };

it('A private connection that no stack knows of any more is refused, and what to do is said', () => {
  expect(leftCrossingProblem(['federation'], state([ROUTE]))).toMatch(
    /crossing\.tfstate.*federation\.crossingFrom.*npx cdktf destroy crossing/,
  );
});

it.each([
  ['the stack is still there', ['crossing'], state([ROUTE])],
  ['it was destroyed', ['federation'], state([])],
  ['only data was read', ['federation'], state([{ ...ROUTE, mode: 'data' }])],
  [
    'there never was one',
    ['federation'],
    { kind: 'local', directory: path.join(folder, 'none') } as const,
  ],
])('Nothing is refused where %s', (_, stacks, settings) => {
  expect(leftCrossingProblem(stacks, settings)).toBeUndefined();
});

it('Of a state in a bucket, the plan stops while it has resources, read where the bucket is', () => {
  const stack = new TerraformStack(Testing.app(), 'test');
  const { aws, profile } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
  }).config;
  new LeftCrossing(stack, 'left', {
    deployment: { aws, profile },
    state: { kind: 's3', bucket: 'states', prefix: 'mesh', region: 'eu-west-3' },
  });
  const { data = {}, provider = {} } = synthesise(stack);
  const [read] = Object.values(data['aws_s3_object'] ?? {});
  expect(read?.lifecycle).toMatchObject({
    postcondition: [{ condition: expect.stringMatching(/one\.mode == "managed".*\) == 0\}$/) }],
  });
  expect(provider['aws']).toEqual([expect.objectContaining({ region: 'eu-west-3' })]);
});
