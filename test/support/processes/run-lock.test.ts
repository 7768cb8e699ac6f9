import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { childrenOf } from '../../../support/processes/child-processes';
import { RunLock } from '../../../support/processes/run-lock';

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

test('The children of a process are found', () => {
  expect(childrenOf(process.pid)).toContain(other.pid);
  expect(childrenOf(other.pid ?? 0)).toEqual([]);
});
