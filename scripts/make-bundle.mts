/** Makes the bundles that `bundle.mjs` loads. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { MADE_OF, ROOT, stateOf } from './made-of.mjs';

/** Folders of this repository, in which imports are looked up. */
const OWN = /^(?!node_modules|\.$)/;
/** What has a say in how the bundle is made, besides what is in it. */
const BESIDE = [
  'package.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
  'scripts/make-bundle.mts',
];

export interface Program {
  /** Its first file, from the root on. */
  readonly entry: string;
  /** Name of its bundle. */
  readonly name: string;
  /** What it never comes to, as it imports it. */
  readonly without?: readonly string[];
}

/** What is added to files of cdktf, which a synthesis runs through thousands of times. It comes to the same. */
const LEANER = new Map([
  // It keeps for each token the whole stack of calls that made it, and shows it only within an error that has a stack
  // of its own.
  ['tokens/private/stack-trace.js', 'exports.captureStackTrace = () => [];'],
  // It makes a token for each resource that waits and each that it waits for.
  ['tfExpression.js', once('dependable')],
  ['util.js', once('snakeCase')],
  [
    'private/unique.js',
    'pathHash = (path) => crypto.hash("md5", path.join(PATH_SEP)).slice(0, HASH_LEN).toUpperCase();',
  ],
]);

/** Calls a function of a module once for each argument. */
function once(name: string): string {
  return `{
    const make = ${name};
    const made = new Map();
    exports.${name} = ${name} = (of) => {
      if (!made.has(of)) made.set(of, make(of));
      return made.get(of);
    };
  }`;
}

const leanerCdktf: Plugin = {
  name: 'leaner-cdktf',
  setup(build) {
    build.onLoad({ filter: /node_modules\/cdktf\/lib\/.*\.js$/ }, ({ path: file }) => {
      const more = LEANER.get(file.split('node_modules/cdktf/lib/').at(-1) ?? '');
      return more === undefined
        ? undefined
        : { contents: `${readFileSync(file, 'utf8')}\n${more}` };
    });
  },
};

/** Bundles a program into a file. */
export async function make(bundle: string, { entry, without = [] }: Program): Promise<void> {
  // The clock of the files is a little behind.
  const began = Date.now() - 50;
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    // A script that is compiled by hand can require what is not in it, and not import it.
    supported: { 'dynamic-import': false },
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
    plugins: [leanerCdktf],
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
