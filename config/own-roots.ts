import { rootsOf } from '../constructs/federation/plan';
import { examine, parseOwn, readRoots } from '../constructs/federation/plan/internal';
import type { Problem } from '../constructs/problems';
import { objection } from './checked';
import { crossesTo } from './placed-meshes';
import type { Settings } from './schema';

/**
 * Where a mesh would trust its own root as that of another one: its authority could sign the other's identities.
 * Paths from the root.
 */
export function ownRootProblems({ federation, accessPolicy, partners }: Settings): Problem[] {
  const given = Object.entries(federation.trust.roots).flatMap(([name, file]) =>
    objection(() => readRoots(file)) === undefined
      ? [{ name, path: ['federation', 'trust', 'roots', name], roots: readRoots(file) }]
      : [],
  );
  const offered = Object.entries(partners).flatMap(([name, { offer }]) =>
    offer === undefined ? [] : [{ name, path: ['meshes', name, 'partner'], roots: rootsOf(offer) }],
  );
  return given.flatMap((own, i) =>
    [...given.slice(i + 1), ...offered]
      .filter(({ name }) => crossesTo(accessPolicy, own.name, name))
      .flatMap(({ path, roots }) => {
        const { refused } = examine(roots, { own: parseOwn(own.roots), now: new Date() });
        return refused.slice(0, 1).map(({ fingerprint = '', reason }): Problem => ({
          path,
          message: `${fingerprint}, beside the roots of ${own.name}: ${reason}`,
          comparedWith: [own.path],
        }));
      }),
  );
}
