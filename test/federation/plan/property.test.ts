import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPolicy } from '../../../constructs/federation';
import { differences } from './admitted';
import {
  compile,
  membersFor,
  mistakes,
  planned,
  withDefaultDeny,
  withoutAcls,
  withSpire,
} from './fixtures';
import { randomPolicy } from './random';
import { World } from './world';

type Meshes = ReturnType<typeof membersFor>;

/** The policy where every call leaves its mesh by a border. */
function byBorders(policy: AccessPolicy): AccessPolicy {
  return {
    ...policy,
    meshes: Object.fromEntries(
      Object.entries(policy.meshes).map(([name, mesh]) => [
        name,
        mesh.kind === 'istio' ? { ...mesh, out: 'border' as const } : mesh,
      ]),
    ),
  };
}

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

  it('also between borders that have what they show each other from SPIRE', () => {
    fc.assert(
      fc.property(randomPolicy, fc.boolean(), (one, all) => {
        const policy = byBorders(one);
        const [first = '', ...others] = Object.keys(policy.meshes);
        const plan = compile(
          policy,
          withSpire(membersFor(policy), all ? [first, ...others] : [first]),
        );
        expect(differences(policy, plan, new World(plan, planned(plan)))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});
