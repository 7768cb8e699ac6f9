import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differences } from './admitted';
import { compile, membersFor, mistakes, planned, withDefaultDeny, withoutAcls } from './fixtures';
import { randomPolicy } from './random';
import { World } from './world';

type Meshes = ReturnType<typeof membersFor>;

describe('for random policies', () => {
  it('exactly those requests get through that were asked for', () => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        // The generator writes what a user could.
        expect(mistakes(one)).toEqual([]);
        const plan = compile(one);
        expect(differences(one, plan, new World(plan, planned(plan)))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['that allow by default', (meshes: Meshes) => withDefaultDeny(meshes, false)],
    ['without ACLs', withoutAcls],
    [
      'that allow by default without ACLs',
      (meshes: Meshes) => withoutAcls(withDefaultDeny(meshes, false)),
    ],
  ])('also between meshes %s, to the services that a rule is about', (_, changed) => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        const plan = compile(one, changed(membersFor(one)));
        expect(differences(one, plan, new World(plan, planned(plan)))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});
