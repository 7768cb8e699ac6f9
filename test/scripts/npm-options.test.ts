import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

describe('a program that npx starts', () => {
  // Which is what cdktf does with the failure of one stack while the others are under way.
  const leavesARejection =
    'Promise.reject(new Error("one failed")); setTimeout(() => console.log("done"), 10)';

  function npx(env: NodeJS.ProcessEnv) {
    const run = spawnSync('npm', ['exec', '--call', `node -e '${leavesARejection}'`], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return { status: run.status, output: run.stdout.trim() };
  }

  it('goes on when something fails unnoticed, and still ends with 1', () => {
    expect(npx({ NODE_OPTIONS: undefined })).toEqual({ status: 1, output: 'done' });
  });

  it("takes the user's own NODE_OPTIONS, which win", () => {
    expect(npx({ NODE_OPTIONS: '--unhandled-rejections=strict' })).toEqual({
      status: 1,
      output: '',
    });
  });
});
