import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../constructs/environment-problem';
import { jsonIn } from '../files/json';
import { writeWhole } from '../files/whole-file';
import { isAlive } from '../demo/emulator';
import { UserError } from '../terminal/user-error';

const record = z.object({ pids: z.array(z.number()) });

/** Lets one run at a time work in a folder, and sees when a run was killed and left its lock. */
export class RunLock {
  private constructor(private readonly file: string) {}

  /**
   * @throws UserError naming the process that is still at work, and what to do
   */
  public static take(folder: string): RunLock {
    mkdirSync(folder, { recursive: true });
    const file = lockFile(folder);
    const own = `${file}.${process.pid}`;
    writeFileSync(own, textOf([process.pid]));
    try {
      for (;;) {
        const found = statSync(file, { throwIfNoEntry: false });
        const working = RunLock.holder(folder);
        if (working !== undefined) {
          throw new UserError(
            `Another run is still at work here (process ${working}). Wait until it has ended, ` +
              `or end it with "kill -INT ${working}", and try again.`,
          );
        }
        if (found !== undefined) discard(file, found);
        if (isLinked(own, file)) return new RunLock(file);
      }
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** The process that is at work in a folder, besides this one, if any is. */
  public static holder(folder: string): number | undefined {
    const pids = holders(lockFile(folder));
    return pids.find((pid) => pid !== process.pid && isOurs(pid));
  }

  /** Another process that must have ended before the next run may start. */
  public add(pid: number): void {
    writeWhole(this.file, textOf([...holders(this.file), pid]));
  }

  public release(): void {
    rmSync(this.file, { force: true });
  }
}

function lockFile(folder: string): string {
  return path.join(folder, 'run.json');
}

function textOf(pids: readonly number[]): string {
  return JSON.stringify({ pids });
}

/** Whether a file got another name, which only one of several processes can give it at a time. */
function isLinked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a lock away that nobody holds: this one, and not that of a run which did so first. */
function discard(file: string, { ino, mtimeMs }: Stats): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch {
    // Another one took it away. What keeps both from doing so keeps the next step from succeeding.
    return;
  }
  const moved = statSync(aside);
  if (moved.ino !== ino || moved.mtimeMs !== mtimeMs) isLinked(aside, file);
  rmSync(aside);
}

function holders(file: string): readonly number[] {
  if (!existsSync(file)) return [];
  return record.safeParse(jsonIn(readFileSync(file, 'utf8'))).data?.pids ?? [];
}

/** A process id is used again some day: only one that runs Node.js is taken for a run of ours. */
function isOurs(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'args='], {
    encoding: 'utf8',
  });
  return status !== 0 || /node|cdktf/.test(stdout);
}
