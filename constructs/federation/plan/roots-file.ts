import { existsSync, readFileSync, statSync } from 'node:fs';
import { pemText } from '../../kubernetes/certificates';
import { expandPath } from '../../kubernetes/yaml-file';
import { toBundle } from '../jobs/roots';
import { examine, type Expectations, type Rejection } from '../jobs/trust';

/** Roots that were given, as they are passed on; or why they are not. */
export type GivenRoots =
  | {
      /** PEM, encoded anew: what was looked at, and nothing else that was in the text. */
      readonly roots: string;
    }
  | { readonly refused: readonly Rejection[] };

/** Looks at roots that somebody gave, and so trusts. */
export function givenRoots(
  text: string,
  expectations: Partial<Omit<Expectations, 'now'>> = {},
): GivenRoots {
  const { roots, refused, distrusted } = examine(text, {
    own: [],
    ...expectations,
    now: new Date(),
  });
  // Whoever gives a root and distrusts it is asked what was meant.
  const problems = [...refused, ...distrusted];
  return problems.length > 0 ? { refused: problems } : { roots: toBundle(roots) };
}

/**
 * Reads a file with the roots of a mesh: PEM, with any words around the certificates, or one
 * certificate in DER.
 *
 * @param distrusted Fingerprints of roots that must not be in it.
 * @returns PEM of the roots that are valid now, and nothing else that is in the file.
 * @throws When the file is missing or holds anything but valid roots; the message says what.
 */
export function readRoots(path: string, distrusted: readonly string[] = []): string {
  const file = expandPath(path);
  if (!existsSync(file)) {
    throw new Error(`${file} does not exist; must be a PEM file with the roots of the mesh`);
  }
  if (!statSync(file).isFile()) {
    throw new Error(`${file} is no file; must be a PEM file with the roots of the mesh`);
  }
  const given = givenRoots(pemText(readFileSync(file)), { distrusted });
  if ('roots' in given) return given.roots;
  const reasons = given.refused.map(({ fingerprint, reason }) =>
    fingerprint === undefined ? reason : `${fingerprint}: ${reason}`,
  );
  throw new Error(`${file} is no file of roots: ${reasons.join('; ')}`);
}
