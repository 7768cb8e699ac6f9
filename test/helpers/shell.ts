import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { writeFile } from './files';

/** A program that a script has called, and the words behind it. */
export type Call = readonly [program: string, ...words: string[]];

/** What a script did. */
export interface ShellRun {
  readonly calls: readonly Call[];
  readonly exitCode: number | null;
  readonly stderr: string;
}

/**
 * Runs a script as it stands by a real bash that knows no programs but these, each of which only writes
 * down how it was called. So quotes, globs, pipes and here-documents mean what they mean to a person.
 *
 * @param folder where it runs; what it writes is there afterwards
 * @param programs each with what it prints; `cat` and `mkdir` are the real ones
 */
export function record(
  script: string,
  folder: string,
  programs: Readonly<Record<string, string>>,
): ShellRun {
  const log = path.join(folder, '.calls');
  const bin = path.join(folder, '.bin');
  rmSync(bin, { recursive: true, force: true });
  rmSync(log, { force: true });
  mkdirSync(bin, { recursive: true });
  for (const real of ['cat', 'mkdir']) symlinkSync(`/bin/${real}`, path.join(bin, real));
  for (const [name, prints] of Object.entries(programs)) {
    // One write for a call: the programs of a pipe run at the same time.
    const text = `#!/bin/sh\nprintf '%s\\0' ${name} "$@" '\n' >>${log}\nprintf %b '${prints}'\n`;
    chmodSync(writeFile(bin, name, text), 0o755);
  }
  const { status, stderr } = spawnSync('/bin/bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: bin, HOME: folder },
  });
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  const calls = text
    .split('\0\n\0')
    .slice(0, -1)
    .map((line): Call => {
      const [program = '', ...words] = line.split('\0');
      return [program, ...words];
    });
  return { calls, exitCode: status, stderr };
}
