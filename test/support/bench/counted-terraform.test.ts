import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { CountedTerraform } from '../../../support/bench/counted-terraform';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();

test('Runs of Terraform are counted by command, and their CPU time by stack', () => {
  const terraform = path.join(folder, 'real-terraform');
  const spin =
    'const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end) for (let i = 0; i < 1e6; i++);';
  writeFileSync(
    terraform,
    `#!/bin/sh\n[ "$1" = apply ] && "${process.execPath}" -e '${spin}'\necho said "$@"\n`,
  );
  chmodSync(terraform, 0o755);
  const counted = new CountedTerraform(terraform, folder);
  const stacks = path.join(folder, 'my stacks');
  const run = (stack: string, ...words: readonly string[]) => {
    const cwd = path.join(stacks, stack);
    mkdirSync(cwd, { recursive: true });
    return execFileSync(counted.program, words, { cwd, encoding: 'utf8' });
  };
  expect(run('first', 'init')).toBe('said init\n');
  run('first', 'apply', '-auto-approve');
  run('second stack', 'init');
  // Asked by cdktf, before it does anything.
  run('first', 'version', '-json');
  const { runs, cpuSeconds, cpuSecondsOf } = counted.take();
  expect(runs).toEqual({ init: 2, apply: 1 });
  expect(Object.keys(cpuSecondsOf).toSorted()).toEqual(['first', 'second stack']);
  expect(cpuSecondsOf['first']).toBeGreaterThan(0.2);
  expect(cpuSecondsOf['second stack']).toBeLessThan(0.2);
  const sum = Object.values(cpuSecondsOf).reduce((all, one) => all + one, 0);
  expect(sum).toBeCloseTo(cpuSeconds);
  expect(counted.take()).toEqual({ runs: {}, cpuSeconds: 0, cpuSecondsOf: {} });
});
