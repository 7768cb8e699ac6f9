import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
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
    const file = path.join(folder, 'run.json');
    const working = RunLock.holder(folder);
    if (working !== undefined) {
      throw new UserError(
        `Another run is still at work here (process ${working}). Wait until it has ended, ` +
          `or end it with "kill -INT ${working}", and try again.`,
      );
    }
    const lock = new RunLock(file);
    lock.write([process.pid]);
    return lock;
  }

  /** The process that is at work in a folder, besides this one, if any is. */
  public static holder(folder: string): number | undefined {
    const pids = holders(path.join(folder, 'run.json'));
    return pids.find((pid) => pid !== process.pid && isOurs(pid));
  }

  /** Another process that must have ended before the next run may start. */
  public add(pid: number): void {
    this.write([...holders(this.file), pid]);
  }

  public release(): void {
    rmSync(this.file, { force: true });
  }

  private write(pids: readonly number[]): void {
    writeWhole(this.file, JSON.stringify({ pids }));
  }
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
