/**
 * `npm test` runs the unit tests on all cores, and then those of test/e2e one after the other: each of
 * them takes the machine for itself. With words behind `--` it runs Jest with them.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './support/paths';

const JEST = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

function jest(words: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
  const { status } = spawnSync(process.execPath, [JEST, ...words], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

const words = process.argv.slice(2);
const right =
  words.length > 0
    ? [jest(words)]
    : [
        jest(['--testPathIgnorePatterns', 'test/e2e', '--maxWorkers', '100%']),
        jest(['--runInBand', 'test/e2e'], { ADD_TO_TEST_SUMMARY: 'true' }),
      ];
process.exitCode = right.every(Boolean) ? 0 : 1;
