/** Makes the bundles that `bundle.mjs` loads. */
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
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
