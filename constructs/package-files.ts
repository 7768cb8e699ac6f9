import { join } from 'node:path';

/**
 * A file or folder of this package that constructs read when they are synthesised. Its place is said here
 * alone: in the source, in the built package and in the bundle of main.ts, this code is one folder below the root.
 *
 * @param names from the root on
 * @internal
 */
export function packageFile(...names: readonly string[]): string {
  return join(__dirname, '..', ...names);
}
