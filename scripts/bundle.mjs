// @ts-check
/*
 * A program of this repository with all that it imports in one file, since Node.js reads one file much faster than
 * a thousand, and faster still with what it compiled of it before. The file is made again whenever something that it
 * was made of has changed.
 *
 * This much is JavaScript, since Node.js takes 70 ms and 17 MB to get ready for TypeScript.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { isCurrent, ROOT } from './made-of.mjs';

/** One folder below the root, as constructs/package-files.ts has to be. */
const CACHE = path.join(ROOT, '.cache');
const SUM_BYTES = 4;

/**
 * Loads a program, and gives what its first file exports. Where it cannot be bundled, it says so and ends.
 *
 * @param {import('./make-bundle.mts').Program} program
 */
export async function load(program) {
  const bundle = path.join(CACHE, `${program.name}.js`);
  try {
    if (!isCurrent(bundle)) {
      const { make } = await import('./make-bundle.mts');
      await make(bundle, program);
    }
  } catch (error) {
    const { environmentProblem } = await import('../constructs/environment-problem.ts');
    const problem = environmentProblem(error);
    if (problem === undefined) throw error;
    console.error(problem);
    process.exit(1);
  }
  return run(bundle);
}

/**
 * Runs a bundle with the functions that the first run of it compiled which went well. Node.js's own cache of modules
 * lacks those that are compiled when they are first called, which are most.
 *
 * @param {string} bundle
 */
function run(bundle) {
  const file = `${bundle}.compiled`;
  const source = readFileSync(bundle);
  const cachedData = compiledBefore(file, source);
  const script = new Script(source.toString(), { filename: bundle, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    process.once('exit', (code) => {
      if (code === 0) keep(file, script.createCachedData(), source);
    });
  }
  const module = new Module(bundle);
  const require = createRequire(bundle);
  script.runInThisContext()(module.exports, require, module, bundle, path.dirname(bundle));
  return module.exports;
}

/**
 * V8 looks itself whether it has made it, and of a text as long as this.
 *
 * @param {string} file
 * @param {Buffer} source
 */
function compiledBefore(file, source) {
  const kept = readIfPossible(file);
  const compiled = kept.subarray(0, -SUM_BYTES);
  return kept.subarray(-SUM_BYTES).equals(sum(compiled, source)) ? compiled : undefined;
}

/** @param {string} file */
function readIfPossible(file) {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * @param {string} file
 * @param {Buffer} compiled
 * @param {Buffer} source
 */
function keep(file, compiled, source) {
  const aside = `${file}.${process.pid}`;
  try {
    writeFileSync(aside, Buffer.concat([compiled, sum(compiled, source)]));
    renameSync(aside, file);
  } catch {
    // It only saves time.
    rmSync(aside, { force: true });
  }
}

/**
 * What tells that a file is whole, and of this source.
 *
 * @param {Buffer} compiled
 * @param {Buffer} source
 */
function sum(compiled, source) {
  const bytes = Buffer.alloc(SUM_BYTES);
  bytes.writeUInt32LE(crc32(compiled, crc32(source)));
  return bytes;
}
