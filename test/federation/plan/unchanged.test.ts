import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPolicy } from '../../../constructs/federation';
import type { AccessPlan, PlannedBorder } from '../../../constructs/federation/plan/plan';
import type { PlannedResource } from '../../../constructs/federation/plan/resources';
import { compile, manifests, mistakes, ofKind, pair, planned } from './fixtures';
import { randomPolicy } from './random';

/** A policy, one of its rules, and the policy with its rules in another order. */
const changed = randomPolicy
  .filter(({ rules }) => rules.length > 0)
  .chain((policy) =>
    fc.record({
      policy: fc.constant(policy),
      at: fc.nat({ max: policy.rules.length - 1 }),
      rules: fc.shuffledSubarray([...policy.rules], { minLength: policy.rules.length }),
    }),
  );

const keyOf = ({ mesh, id }: PlannedResource) => `${mesh} ${id}`;

function objectOf({ mesh, manifest: { apiVersion, kind, metadata } }: PlannedResource): string {
  return `${mesh} ${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function byKey(plan: AccessPlan): Map<string, PlannedResource> {
  return new Map(planned(plan).map((resource) => [keyOf(resource), resource]));
}

/** What of one plan would be replaced by a deploy of another: what Terraform knows by the same address. */
function replaced(before: AccessPlan, after: AccessPlan): string[] {
  const later = byKey(after);
  return planned(before)
    .filter((resource) => {
      const successor = later.get(keyOf(resource));
      return successor !== undefined && objectOf(successor) !== objectOf(resource);
    })
    .map(objectOf);
}

/** Objects that one address gives up and another takes in the same deploy, in whatever order. */
function handedOver(before: AccessPlan, after: AccessPlan): string[] {
  const holders = new Map(planned(before).map((one) => [objectOf(one), keyOf(one)]));
  return planned(after)
    .filter((one) => (holders.get(objectOf(one)) ?? keyOf(one)) !== keyOf(one))
    .map(objectOf);
}

/** What a deploy of the second plan takes away of the first, though calls that need it stay. */
function takenAway(before: AccessPlan, after: AccessPlan): PlannedResource[] {
  const later = byKey(after);
  const calls = new Set(after.calls.map(({ id }) => id));
  return planned(before).filter(
    // What is about other calls than it enforces names these to except them; ServiceDefaults that nobody calls by
    // say when a caller leaves out a pod.
    (one) =>
      !later.has(keyOf(one)) &&
      one.manifest.kind !== 'ServiceDefaults' &&
      (one.enforces.length > 0 ? one.enforces : one.about).some((call) => calls.has(call)),
  );
}

/** What is there for no more than one call. What several callers share lists them. */
function ofOneCall(plan: AccessPlan): Map<string, PlannedResource> {
  return new Map([...byKey(plan)].filter(([, { about }]) => about.length === 1));
}

/** A border as it is, wherever the rules about it stand in the policy. */
function content({ calls, ...border }: PlannedBorder) {
  return { ...border, calls: calls.map(({ id, allow }) => ({ id, allow })) };
}

const borderKey = ({ mesh, namespace, name }: PlannedBorder) => `${mesh} ${namespace}/${name}`;

describe('for random policies', () => {
  it('taking a rule out changes nothing that is there for other calls alone', () => {
    fc.assert(
      fc.property(changed, ({ policy, at }) => {
        const before = compile(policy);
        const after = compile({
          ...policy,
          rules: policy.rules.filter((_, index) => index !== at),
        });
        const gone = before.calls[at]?.id;
        expect(replaced(before, after)).toEqual([]);
        expect(handedOver(before, after)).toEqual([]);
        for (const gone of [...takenAway(before, after), ...takenAway(after, before)]) {
          // In Linkerd those who may send the same share a route: see linkerd-changes.test.ts.
          expect([before.meshes[gone.mesh]?.kind, gone.successorFirst]).toEqual(['linkerd', true]);
        }
        const later = byKey(after);
        for (const [key, resource] of ofOneCall(before)) {
          if (resource.about[0] !== gone) expect(later.get(key)).toEqual(resource);
        }
        const borders = new Map(after.borders.map((one) => [borderKey(one), content(one)]));
        for (const border of before.borders) {
          if (border.calls.some(({ id }) => id === gone)) continue;
          expect(borders.get(borderKey(border))).toEqual(content(border));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('another order of the rules changes nothing but the order in what lists several callers', () => {
    fc.assert(
      fc.property(changed, ({ policy, rules }) => {
        const [before, after] = [compile(policy), compile({ ...policy, rules })];
        const later = byKey(after);
        expect(new Set(later.keys())).toEqual(new Set(byKey(before).keys()));
        expect(replaced(before, after)).toEqual([]);
        for (const [key, resource] of ofOneCall(before)) {
          expect(later.get(key)).toEqual(resource);
        }
        expect(new Set(after.borders.map(borderKey))).toEqual(
          new Set(before.borders.map(borderKey)),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('the AuthorizationPolicy of a call in Istio', () => {
  const services = { b: {}, c: {} };
  const names = (policy: AccessPolicy) =>
    planned(compile(policy)).flatMap(({ layer, manifest, successorFirst }) =>
      layer === 'mesh' && manifest.kind === 'AuthorizationPolicy'
        ? [[manifest.metadata.name, successorFirst]]
        : [],
    );

  it('is named by caller and callee, and one of another name comes before it goes', () => {
    const rules = [
      { from: 'istio/a', to: 'istio/b' },
      { from: 'consul/d', to: 'istio/c', policyName: 'allow-d' },
      { from: 'istio/*', to: 'istio/a', anyone: true },
    ];
    expect(names(pair({ a: {}, ...services }, { d: {} }, ...rules))).toEqual([
      ['allow-istio.a.to.b', true],
      ['allow-d', true],
      ['allow-istio.anyone.to.a', true],
    ]);
  });

  it('has a name of its own, where one is given', () => {
    const policyName = 'allow-it';
    const both = [
      { from: 'consul/d', to: 'istio/b', policyName },
      { from: 'consul/d', to: 'istio/c', policyName },
    ];
    expect(mistakes(pair(services, { d: {} }, ...both))).toEqual([
      'rules[1].policyName: is "allow-it", which rules[0] has in default too; each needs its own',
    ]);
    expect(mistakes(pair({ b: {}, c: { namespace: 'shop' } }, { d: {} }, ...both))).toEqual([]);
    expect(
      mistakes(pair(services, { d: {} }, { from: 'consul/d', to: 'istio/b', policyName: 'a.b' })),
    ).toEqual([expect.stringContaining('rules[0].policyName: is "a.b"; must be ')]);
  });

  it('is Istio’s alone: another mesh has no policy for each caller', () => {
    expect(
      mistakes(pair(services, { d: {} }, { from: 'istio/b', to: 'consul/d', policyName: 'mine' })),
    ).toEqual([
      'rules[0].policyName: is "mine", and consul/d is in Consul, which has no policy for each caller; leave it out',
    ]);
  });
});

it('The route of a name is about the callers of its namespace alone, which share a border with others', () => {
  const rules = [
    { from: 'istio/a', to: 'consul/d' },
    { from: 'istio/b', to: 'consul/d' },
  ];
  const services = { a: {}, b: { namespace: 'shop' } };
  const policy = pair(services, { d: {} }, ...rules);
  const plan = compile({
    ...policy,
    meshes: { ...policy.meshes, istio: { kind: 'istio', out: 'border', services } },
  });
  expect(
    planned(plan)
      .filter(({ manifest }) => manifest.kind === 'VirtualService')
      .map(({ manifest: { metadata }, about }) => [metadata.namespace, about]),
  ).toEqual([
    ['default', ['istio/a -> consul/d']],
    ['shop', ['istio/b -> consul/d']],
  ]);
});

it('Whoever is let in as anyone is no border, also where this federation has none in the mesh', () => {
  const anyone = { from: 'istio/*', to: 'istio/a', anyone: true };
  const excluded = (...rules: AccessPolicy['rules']) =>
    ofKind(manifests(compile(pair({ a: {} }, { d: {} }, ...rules)), 'istio'), 'AuthorizationPolicy')
      .filter(({ metadata }) => metadata.name === 'allow-istio.anyone.to.a')
      .flatMap(({ spec }) => spec.rules[0]?.from?.[0]?.source.notPrincipals ?? []);
  expect(excluded(anyone)).toEqual(
    expect.arrayContaining([
      'cluster.local/ns/federation-borders/*',
      'cluster.local/ns/federation-borders-*',
      'cluster.local/ns/mesh-federation/*',
    ]),
  );
  expect(excluded(anyone, { from: 'consul/d', to: 'istio/a' })).toEqual(
    expect.arrayContaining(excluded(anyone)),
  );
});
