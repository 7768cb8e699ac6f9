import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPolicy, PolicyMesh } from '../../../constructs/federation';
import { differences } from './admitted';
import {
  compile,
  membersFor,
  mistakes,
  planned,
  withApiGateways,
  withDefaultDeny,
  withoutAcls,
  withSpire,
  withTlsRoutes,
} from './fixtures';
import { randomPolicy } from './random';
import { World } from './world';

type Meshes = ReturnType<typeof membersFor>;

/**
 * The policy where every call leaves its mesh by a border, which cannot tell two callers on tcp apart: of the
 * rules for those the first.
 */
function byBorders(policy: AccessPolicy): AccessPolicy {
  const meshOf = (ref: string) => ref.split('/')[0] ?? '';
  const isTcp = (ref: string) => {
    const services: PolicyMesh['services'] = policy.meshes[meshOf(ref)]?.services ?? {};
    return services[ref.split('/')[1] ?? '']?.protocol === 'tcp';
  };
  const crossing = new Set<string>();
  return {
    rules: policy.rules.filter(({ from, to }) => {
      if (!isTcp(to) || meshOf(from) === meshOf(to)) return true;
      const way = `${meshOf(from)} ${to}`;
      if (crossing.has(way)) return false;
      crossing.add(way);
      return true;
    }),
    meshes: Object.fromEntries(
      Object.entries(policy.meshes).map(([name, mesh]) => [
        name,
        mesh.kind === 'istio' ? { ...mesh, out: 'border' as const, outFrom: undefined } : mesh,
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
      'that are entered by the Gateway API',
      (meshes: Meshes) => withTlsRoutes(withApiGateways(meshes)),
    ],
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
        expect(mistakes(policy)).toEqual([]);
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
