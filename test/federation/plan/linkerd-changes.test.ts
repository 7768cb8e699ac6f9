import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPolicy, AccessRule } from '../../../constructs/federation';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';
import { LINKERD } from '../../../constructs/federation/plan/meshes/linkerd';
import { own } from '../../../constructs/federation/plan/meshes/kind';
import type { HttpRoute, PlannedResource } from '../../../constructs/federation/plan/resources';
import { asked } from './asked';
import { linkerdAdmits } from './evaluators/linkerd-semantics';
import { compile, ofKind, planned } from './fixtures';

/*
 * Linkerd finds one route for a request and asks that one's policies, so what several callers may send is shared by
 * them, and another caller makes other routes. While Terraform replaces some by others, calls must go on.
 */

interface Step {
  readonly what: 'put' | 'remove';
  readonly one: PlannedResource;
}

/** All that comes before a resource, directly or through others. */
function before(resources: readonly PlannedResource[], { after }: PlannedResource): Set<string> {
  const direct = resources.filter(({ id }) => after.includes(id));
  return new Set([...after, ...direct.flatMap((one) => [...before(resources, one)])]);
}

/**
 * One of the orders in which Terraform may do it. It makes a resource behind those that it depends on, and removes
 * it before them. With `create_before_destroy` it removes what is no longer wanted behind the changes of all that
 * did depend on it, and else before them.
 *
 * @see https://github.com/hashicorp/terraform/blob/v1.14.0/docs/destroying.md
 * @returns What is there after each step, the oldest first.
 */
function states(
  from: readonly PlannedResource[],
  to: readonly PlannedResource[],
  seed: number,
): PlannedResource[][] {
  const there = new Map(from.map((one) => [one.id, one]));
  const wanted = new Map(to.map((one) => [one.id, one]));
  const isSame = (one: PlannedResource) =>
    JSON.stringify(there.get(one.id)?.manifest) === JSON.stringify(one.manifest);
  const luck = ({ what, one }: Step) =>
    createHash('sha256').update(`${seed} ${what} ${one.id}`).digest('hex');
  const steps = [
    ...to.filter((one) => !isSame(one)).map((one): Step => ({ what: 'put', one })),
    ...from.filter(({ id }) => !wanted.has(id)).map((one): Step => ({ what: 'remove', one })),
  ].sort((one, other) => (luck(one) < luck(other) ? -1 : 1));
  const isBehind = (step: Step, other: Step): boolean => {
    const { id } = other.one;
    const formerly = there.get(step.one.id);
    const depended = formerly !== undefined && before(from, formerly).has(id);
    if (step.what === 'put') {
      return other.what === 'put'
        ? before(to, step.one).has(id)
        : depended && other.one.successorFirst !== true;
    }
    const former = there.get(id);
    const dependsOnIt = former !== undefined && before(from, former).has(step.one.id);
    return dependsOnIt && (other.what === 'remove' || step.one.successorFirst === true);
  };
  const all: PlannedResource[][] = [];
  const now = new Map(there);
  const left = new Set(steps);
  while (left.size > 0) {
    const next = [...left].find((step) => ![...left].some((other) => isBehind(step, other)));
    if (next === undefined) throw new Error('a cycle');
    left.delete(next);
    if (next.what === 'put') now.set(next.one.id, next.one);
    else now.delete(next.one.id);
    all.push([...now.values()]);
  }
  return all;
}

const permission: fc.Arbitrary<HttpPermission> = fc
  .record(
    {
      methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
      pathPrefix: fc.constantFrom('/', '/weather', '/api', '/api/v1'),
    },
    { requiredKeys: ['pathPrefix'] },
  )
  .chain(({ pathPrefix, ...one }) =>
    fc.constantFrom({ ...one, pathPrefix }, { ...one, pathExact: pathPrefix }),
  );
const CALLERS = ['b', 'c', 'd'];
/** The first is limited, so that there are routes whoever else calls. */
const rules = fc
  .tuple(
    ...CALLERS.map((caller, index) =>
      fc
        .uniqueArray(permission, {
          minLength: 1,
          maxLength: 3,
          selector: (one) => JSON.stringify(one),
        })
        .chain((allow) => {
          const rule: AccessRule = { from: `linkerd/${caller}`, to: 'linkerd/a' };
          const limited = { ...rule, allow };
          return index === 0
            ? fc.constant<AccessRule>(limited)
            : fc.constantFrom<AccessRule>(limited, rule);
        }),
    ),
  )
  .chain((all) => fc.record({ all: fc.constant(all), at: fc.nat({ max: all.length - 1 }) }))
  .filter(({ all, at }) => all.some((rule, index) => index !== at && rule.allow !== undefined));

const SENT = ['GET', 'DELETE'].flatMap((method) =>
  ['/', '/weather', '/weatherman', '/api', '/api/v1', '/api/v1/x', '/x'].map((path) => ({
    method,
    path,
  })),
);

it('while a rule comes or goes, all other calls go on, and no others', () => {
  fc.assert(
    fc.property(rules, fc.boolean(), fc.nat(), ({ all, at }, comes, seed) => {
      const policy: AccessPolicy = {
        meshes: { linkerd: { kind: 'linkerd', services: { a: {}, b: {}, c: {}, d: {} } } },
        rules: all,
      };
      const less = { ...policy, rules: all.filter((_, index) => index !== at) };
      const plan = compile(policy);
      const [more, fewer] = [planned(plan), planned(compile(less))];
      const member = plan.meshes['linkerd'];
      const [callee, ...callers] = plan.services;
      if (member === undefined || callee === undefined) throw new Error('no such mesh');
      const { labels, namespace, podPort: port } = own(callee, 'linkerd');
      for (const state of states(
        ...(comes ? ([fewer, more] as const) : ([more, fewer] as const)),
        seed,
      )) {
        const here = state.map(({ manifest }) => manifest);
        const age = (route: HttpRoute) => ofKind(here, 'HTTPRoute').indexOf(route);
        for (const caller of callers) {
          const identity = LINKERD.identity(member, caller);
          for (const sent of SENT) {
            const isAdmitted = linkerdAdmits(
              here,
              { namespace, labels },
              { identity, port, sent },
              true,
              (one, other) => age(one) < age(other),
            );
            const may = asked(less, caller.ref, callee.ref, sent);
            if (may || !asked(policy, caller.ref, callee.ref, sent)) {
              expect(`${caller.ref} ${sent.method} ${sent.path}: ${String(isAdmitted)}`).toBe(
                `${caller.ref} ${sent.method} ${sent.path}: ${String(may)}`,
              );
            }
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});
