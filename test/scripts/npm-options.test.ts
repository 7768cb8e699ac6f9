import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { packages } from '../../package-lock.json';

it('a program that npx starts goes on when something fails unnoticed, and still ends with 1', () => {
  // Which is what cdktf does with the failure of one stack while the others are under way.
  const program = 'Promise.reject(new Error("one failed")); setTimeout(() => console.log("done"))';
  const { status, stdout } = spawnSync('npm', ['exec', '--call', `node -e '${program}'`], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'done\n' });
});

it('npm ci is told where each package is, so that it need not ask for each first', () => {
  const asked = Object.entries(packages).filter(
    ([folder, entry]) =>
      folder !== '' &&
      !('inBundle' in entry) &&
      !('resolved' in entry && entry.resolved.startsWith('https://registry.npmjs.org/')),
  );
  expect(asked.map(([folder]) => folder)).toEqual([]);
});
