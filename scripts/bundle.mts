/*
 * A program of this repository with all that it imports in one file, since Node.js reads one file much faster than
 * a thousand, and faster still from its own cache of compiled code. The file is made again whenever something that
 * it was made of has changed.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import path from 'node:path';
import type { Plugin } from 'esbuild';

export const ROOT = path.dirname(import.meta.dirname);
/** One folder below the root, as constructs/package-files.ts has to be. */
const CACHE = path.join(ROOT, '.cache');
/** The first line of the bundle says what it was made of. */
const MADE_OF = '//made-of ';

/** Folders of this repository, in which imports are looked up. */
const OWN = /^(?!node_modules|\.$)/;
/** What has a say in how the bundle is made, besides what is in it. */
const BESIDE = [
  'package.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
  'scripts/bundle.mts',
];

/** The state of each file and folder, by its path. */
type Sources = Readonly<Record<string, string>>;

interface Program {
  /** Its first file, from the root on. */
  readonly entry: string;
  /** Name of its bundle. */
  readonly name: string;
  /** What it never comes to, as it imports it. */
  readonly without?: readonly string[];
}

/** Another one for each change: the time of a file's last change cannot be set back. */
function stateOf(file: string): string {
  const found = statSync(path.join(ROOT, file), { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.ino} ${found.size} ${found.ctimeMs}`;
}

function madeOf(bundle: string): Sources {
  if (!existsSync(bundle)) return {};
  const start = Buffer.alloc(1024 * 1024);
  const file = openSync(bundle, 'r');
  const text = start.toString('utf8', 0, readSync(file, start));
  closeSync(file);
  const end = text.indexOf('\n');
  return text.startsWith(MADE_OF) && end > 0
    ? (JSON.parse(text.slice(MADE_OF.length, end)) as Sources)
    : {};
}

function isCurrent(sources: Sources): boolean {
  const files = Object.entries(sources);
  return files.length > 0 && files.every(([file, state]) => stateOf(file) === state);
}

/**
 * cdktf keeps for each token the whole stack of calls that made it, a tenth of the time of a synthesis, and shows
 * it only within an error that has a stack of its own.
 */
const withoutCreationStacks: Plugin = {
  name: 'without-creation-stacks',
  setup(build) {
    const filter = /node_modules\/cdktf\/lib\/tokens\/private\/stack-trace\.js$/;
    build.onLoad({ filter }, () => ({ contents: 'exports.captureStackTrace = () => [];' }));
  },
};

async function make(bundle: string, { entry, without = [] }: Program): Promise<void> {
  const { build } = await import('esbuild');
  // The clock of the files is a little behind.
  const began = Date.now() - 50;
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: `node${process.versions.node}`,
    // It reads files of its own, by where it lies.
    external: [...without, 'playwright-core'],
    // Half the size, and all ASCII, which is read faster. Names and short lines stay, for what a fault prints.
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: 'none',
    write: false,
    metafile: true,
    logLevel: 'error',
    plugins: [withoutCreationStacks],
  });
  const files = Object.keys(metafile.inputs);
  // A file that comes or goes may be found in place of another one.
  const folders = files.map((file) => path.dirname(file)).filter((folder) => OWN.test(folder));
  const all = [...new Set([...files, ...folders, ...BESIDE])];
  // What was changed meanwhile may be in the bundle or not.
  const certain = all.every((file) => statSync(path.join(ROOT, file)).ctimeMs < began);
  const sources = certain ? Object.fromEntries(all.map((file) => [file, stateOf(file)])) : {};
  const aside = `${bundle}.${process.pid}`;
  mkdirSync(path.dirname(bundle), { recursive: true });
  writeFileSync(
    aside,
    `${MADE_OF}${JSON.stringify(sources)}\n${outputFiles.map(({ text }) => text).join('')}`,
  );
  renameSync(aside, bundle);
}

/** Loads a program, and gives what its first file exports. Where it cannot be bundled, it says so and ends. */
export async function load(program: Program): Promise<unknown> {
  const bundle = path.join(CACHE, `${program.name}.js`);
  try {
    if (!isCurrent(madeOf(bundle))) await make(bundle, program);
  } catch (error) {
    const { environmentProblem } = await import('../constructs/environment-problem.ts');
    const problem = environmentProblem(error);
    if (problem === undefined) throw error;
    console.error(problem);
    process.exit(1);
  }
  enableCompileCache(path.join(CACHE, 'compiled'));
  return createRequire(import.meta.url)(bundle);
}
