import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { leftCrossingProblem } from '../../stacks/left-crossing';
import { temporaryFolder, writeFile } from '../helpers/files';

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
