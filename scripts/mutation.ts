/**
 * `npm run mutation` changes code that security rests on, one place at a time, and says which changes no unit
 * test notices: with Stryker, by stryker.config.mjs. Words behind `--` are Stryker's.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { npmPrograms } from '../support/programs/npm-packages';
import { ROOT } from '../support/paths';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { STRYKER } from '../versions';

function main(): number {
  const { version } = STRYKER;
  const programs = npmPrograms({
    name: `stryker-${version}`,
    packages: ['core', 'jest-runner'].map((name) => `@stryker-mutator/${name}@${version}`),
    megabytes: 60,
  });
  const { status } = spawnSync(path.join(programs, 'stryker'), ['run', ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return status ?? EXIT.couldNotRun;
}

void runProgram(main);
