import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differences } from './admitted';
import { compile, membersFor, mistakes, planned, withDefaultDeny } from './fixtures';
import { randomPolicy } from './random';
import { World } from './world';

describe('for random policies', () => {
  it('exactly those requests get through that were asked for', () => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        // The generator writes what a user could.
        expect(mistakes(one)).toEqual([]);
        const plan = compile(one);
        expect(differences(one, plan, new World(plan, planned(plan)))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('also between meshes that allow by default, to the services that a rule is about', () => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        const plan = compile(one, withDefaultDeny(membersFor(one), false));
        expect(differences(one, plan, new World(plan, planned(plan)))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
