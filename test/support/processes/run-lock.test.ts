import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { childrenOf } from '../../../support/processes/child-processes';
import { RunLock } from '../../../support/processes/run-lock';
import { writeFile } from '../../helpers/files';

let folder: string;
let other: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'));
  other = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)']);
});

afterEach(async () => {
  if (other.exitCode === null && other.signalCode === null) {
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
  rmSync(folder, { recursive: true });
});

test('A second run is refused while a process of the first one is at work', async () => {
  RunLock.take(folder).add(other.pid ?? 0);
  expect(() => RunLock.take(folder)).toThrow(
    `Another run is still at work here (process ${other.pid}).`,
  );
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(() => RunLock.take(folder)).not.toThrow();
});

test('A run that is over leaves no lock, whatever it started', () => {
  const lock = RunLock.take(folder);
  lock.add(other.pid ?? 0);
  lock.release();
  expect(() => RunLock.take(folder)).not.toThrow();
});

test('A lock that was cut off is no lock', () => {
  writeFileSync(path.join(folder, 'run.json'), '{"pids":[');
  expect(() => RunLock.take(folder)).not.toThrow();
});

test('Of two runs that find a lock which nobody holds at the same time, one takes it', async () => {
  const stranger = spawn('sleep', ['600']);
  writeFileSync(path.join(folder, 'run.json'), `{"pids":[${stranger.pid}]}`);
  const taken = path.join(folder, 'taken');
  const script = writeFile(
    folder,
    'take.cjs',
    `require(${JSON.stringify(path.resolve('support/processes/run-lock.ts'))}).RunLock.take(${JSON.stringify(folder)});
if (process.env.STAYS) {
  require('node:fs').writeFileSync(${JSON.stringify(taken)}, String(process.pid));
  setTimeout(() => {}, 600_000);
}`,
  );
  const take = ['--import', 'tsx', script];
  // While the one asks whose lock it is, the other takes it.
  const ps = `#!/bin/sh
PATH='${process.env['PATH']}'
if [ "$2" = ${stranger.pid} ] && [ ! -e '${taken}' ]; then
  STAYS=1 '${process.execPath}' ${take.join(' ')} >'${folder}/other.log' 2>&1 &
  while [ ! -s '${taken}' ] && kill -0 $!; do sleep 0.1; done
fi
exec ps "$@"
`;
  chmodSync(writeFile(folder, 'bin/ps', ps), 0o755);
  try {
    const { status, stderr } = spawnSync(process.execPath, take, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}` },
    });
    const holder = Number(readFileSync(taken, 'utf8'));
    try {
      expect(stderr).toContain(`Another run is still at work here (process ${holder}).`);
      expect(status).not.toBe(0);
      expect(RunLock.holder(folder)).toBe(holder);
      expect(readdirSync(folder).filter((name) => name.startsWith('run'))).toEqual(['run.json']);
    } finally {
      process.kill(holder, 'SIGKILL');
    }
  } finally {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  }
});

test('The children of a process are found', () => {
  expect(childrenOf(process.pid)).toContain(other.pid);
  expect(childrenOf(other.pid ?? 0)).toEqual([]);
});
