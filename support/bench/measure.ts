import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../paths';
import { UserError } from '../terminal/user-error';

/** What a run took. */
export interface Usage {
  /** CPU time of the program and all that it started, in seconds. A busy machine changes it little. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Peak of memory, in MB: of the largest program of Node.js, where there are several. */
  readonly megabytes: number;
}

/** A program of Node.js that is run. */
export interface Run {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder for what it prints. */
  readonly folder: string;
}

/**
 * Runs a program to its end, by the `time` of bash, which counts the programs below it too.
 *
 * @throws UserError with the end of what it printed, when it fails
 */
export function measured({ words, cwd, env, folder }: Run): Usage {
  const said = path.join(folder, 'said');
  const peaks = path.join(folder, 'peaks');
  const output = openSync(said, 'w');
  // What the program prints goes to the file, what `time` prints to us.
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >&3 2>&3';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], {
    cwd,
    env: {
      ...process.env,
      ...env,
      NODE_OPTIONS: `--require ${path.join(ROOT, 'support/bench/report-usage.cjs')}`,
      USAGE_FILE: peaks,
    },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', output],
  });
  closeSync(output);
  const text = readFileSync(said, 'utf8');
  rmSync(said);
  if (status !== 0)
    throw new UserError(`"${words.join(' ')}" failed in ${cwd}:\n${text.slice(-4000)}`);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  const kilobytes = readFileSync(peaks, 'utf8').trim().split('\n').map(Number);
  rmSync(peaks);
  return {
    cpuSeconds: user + system,
    wallSeconds: wall,
    megabytes: Math.max(...kilobytes) / 1024,
  };
}

/** The middle one; of two in the middle the mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [below = 0, above = below] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (below + above) / 2;
}
