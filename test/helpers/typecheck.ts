import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../support/paths';
import { writeFile } from './files';

const CACHE = path.join(ROOT, '.cache');
const TSC = path.join(ROOT, 'node_modules', 'typescript-7', 'bin', 'tsc');

/**
 * What the compiler says of programs that are in no file, with the project's own options. It is TypeScript 7, which
 * takes a third of the time of 5.
 *
 * @param programs by a name of the caller's
 * @returns `<name>:<line>: <message>` each
 * @throws Error where the compiler fails without a word about them
 */
export function typeErrors(programs: ReadonlyMap<string, string>): string[] {
  mkdirSync(CACHE, { recursive: true });
  // Below the root, since they import the project's packages.
  const folder = mkdtempSync(path.join(CACHE, 'shown-'));
  try {
    const names = [...programs.keys()];
    names.forEach((name, i) => writeFile(folder, `${i}.ts`, programs.get(name) ?? ''));
    writeFile(folder, 'tsconfig.json', JSON.stringify(settings(names.length)));
    const words = [TSC, '--project', folder, '--pretty', 'false', '--singleThreaded'];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
    });
    const errors = [...stdout.matchAll(/^(\d+)\.ts\((\d+),\d+\): error TS\d+: (.*(?:\n +.*)*)/gm)];
    if (status !== 0 && errors.length === 0) throw new Error(`${stdout}${stderr}`);
    return errors.map(([, i, line, message]) => `${names[Number(i)]}:${line}: ${message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As if so many programs were in the project's root. */
function settings(programs: number) {
  return {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      incremental: false,
      noUnusedLocals: false,
      rootDirs: ['.', ROOT],
    },
    files: Array.from({ length: programs }, (_, i) => `${i}.ts`),
    include: [],
  };
}
