import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CACHE } from '../paths';
import { UserError } from '../terminal/user-error';

export interface Venv {
  /** Folder below `.cache`. */
  readonly name: string;
  /** Path of the pinned requirements. */
  readonly requirements: string;
  /** What the packages are, for the error: `The emulator's Python packages`. */
  readonly what: string;
  /** How much is fetched, in megabytes, to say before. */
  readonly megabytes: number;
}

/** The interpreter of an environment that is installed with these very pins, if it is. */
export function installedVenv({ name, requirements }: Venv): string | undefined {
  const stampFile = path.join(CACHE, name, 'installed');
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp(requirements)
    ? path.join(CACHE, name, 'bin', 'python')
    : undefined;
}

/**
 * A Python environment of its own, installed at the first use and again when the pins change.
 *
 * @param python the Python to build it with
 * @returns the interpreter of the environment
 * @throws UserError with the last lines of pip when an installation fails
 */
export function installVenv(python: string, venv: Venv): string {
  const installed = installedVenv(venv);
  if (installed !== undefined) return installed;

  // Built aside and moved into place, so that an interrupted installation is never taken for one.
  const place = path.join(CACHE, venv.name);
  const aside = `${place}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  // Python and pip would tell of it in their words, among others.
  accessSync(CACHE, constants.W_OK);
  const interpreter = path.join(aside, 'bin', 'python');
  try {
    const advice = 'python3 -m venv must work here.';
    run(venv.what, python, ['-m', 'venv', '--without-pip', aside], advice);
    // A pip of its own takes seconds, and is not needed where that of the machine can install for another Python.
    const shared = ['-m', 'pip', '--python', interpreter];
    const shares = spawnSync(python, [...shared, '--version']).status === 0;
    if (!shares) run(venv.what, interpreter, ['-m', 'ensurepip'], advice);
    const [program, ...pip] = shares ? [python, ...shared] : [interpreter, '-m', 'pip'];
    console.error(`${venv.what}: about ${venv.megabytes} MB are fetched from PyPI, once.`);
    // Python compiles what it imports, a small part; pip would compile all.
    pip.push('install', '--disable-pip-version-check', '--no-compile');
    // On a terminal its own progress shows what it is at; a log would only grow by it.
    if (!process.stderr.isTTY) pip.push('--quiet');
    run(
      venv.what,
      program,
      [...pip, '--requirement', venv.requirements],
      'It comes from https://pypi.org; pip.conf or PIP_INDEX_URL name another index, HTTPS_PROXY a proxy.',
    );
    writeFileSync(path.join(aside, 'installed'), stamp(venv.requirements));
    // Another process may have been faster.
    if (installedVenv(venv) === undefined) {
      rmSync(place, { recursive: true, force: true });
      renameSync(aside, place);
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return path.join(place, 'bin', 'python');
}

function stamp(requirements: string): string {
  return createHash('sha256').update(readFileSync(requirements)).digest('hex');
}

function run(what: string, program: string, args: readonly string[], advice: string): void {
  // What it is doing is shown, on the stream for such things; what went wrong is kept.
  const result = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 2, 'pipe'] });
  if (result.status === 0) return;
  const said = `${result.stderr ?? ''}${result.error?.message ?? ''}`;
  throw new UserError(
    `${what} could not be installed: "${program} ${args.join(' ')}" failed.\n` +
      `${said.trimEnd().split('\n').slice(-15).join('\n')}\n` +
      advice,
  );
}
