import { existsSync, readFileSync } from 'node:fs';
import { expandPath } from '../../kubernetes/yaml-file';
import { examine } from './jobs/roots';

/**
 * Reads a PEM file with the roots of a mesh.
 *
 * @throws When the file is missing or holds anything but valid roots; the message says what.
 */
export function readRoots(path: string): string {
  const file = expandPath(path);
  if (!existsSync(file)) {
    throw new Error(`${file} does not exist; must be a PEM file with the roots of the mesh`);
  }
  const bundle = readFileSync(file, 'utf8');
  const { refused } = examine(bundle, { own: [], now: new Date() });
  if (refused.length > 0) {
    const reasons = refused.map(({ fingerprint, reason }) =>
      fingerprint === undefined ? reason : `${fingerprint}: ${reason}`,
    );
    throw new Error(`${file} is no file of roots: ${reasons.join('; ')}`);
  }
  return bundle;
}
