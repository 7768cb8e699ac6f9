// @ts-check
/*
 * A program of this repository with all that it imports in one file, since Node.js reads one file much faster than
 * a thousand, and faster still from its own cache of compiled code. The file is made again whenever something that
 * it was made of has changed.
 *
 * This much is JavaScript, since Node.js takes 70 ms and 17 MB to get ready for TypeScript.
 */
import { enableCompileCache, createRequire } from 'node:module';
import path from 'node:path';
import { isCurrent, ROOT } from './made-of.mjs';

/** One folder below the root, as constructs/package-files.ts has to be. */
const CACHE = path.join(ROOT, '.cache');

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
  enableCompileCache(path.join(CACHE, 'compiled'));
  return createRequire(import.meta.url)(bundle);
}
