import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('a program that npx starts goes on when something fails unnoticed, and still ends with 1', () => {
  // Which is what cdktf does with the failure of one stack while the others are under way.
  const program = 'Promise.reject(new Error("one failed")); setTimeout(() => console.log("done"))';
  const { status, stdout } = spawnSync('npm', ['exec', '--call', `node -e '${program}'`], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'done\n' });
});
