import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPlan, AccessPolicy, FederationResource } from '../../../constructs/federation';
import { WEATHER } from '../../helpers/plans';
import { asked } from './asked';
import { compile, manifests, ofKind, pair } from './fixtures';
import { type IstioPod, type WayOut, waysOut } from './evaluators/istio-semantics';
import { randomPolicy } from './random';
import { type Workload, World } from './world';

/** A connection that ends before it carries anything, whoever answers it. */
function failsClosed({ tls }: WayOut): boolean {
  return (
    tls !== undefined &&
    tls.mode === 'SIMPLE' &&
    // Without roots of its own the sidecar takes the system's, and no authority signs for `.invalid`.
    tls.caCertificates === undefined &&
    tls.subjectAltNames.length > 0 &&
    tls.subjectAltNames.every((name) => name.endsWith('.invalid'))
  );
}

/** TLS to one border, with the pod's own certificate. */
function isAuthenticated({ tls }: WayOut): boolean {
  return (
    tls !== undefined &&
    tls.mode === 'MUTUAL' &&
    tls.clientCertificate !== undefined &&
    tls.caCertificates !== undefined &&
    tls.subjectAltNames.length === 1 &&
    tls.subjectAltNames.every((name) => name.startsWith('spiffe://'))
  );
}

/** Where any pod's connection to any foreign host is neither authenticated nor fails closed. */
function leaks(
  policy: AccessPolicy,
  plan: AccessPlan,
  resourcesOf: (mesh: string) => readonly FederationResource[],
): string[] {
  const { workloads } = new World(plan, []);
  return plan.services
    .filter(({ kind }) => kind === 'consul')
    .flatMap((callee) =>
      workloads
        .filter(({ mesh }) => plan.meshes[mesh]?.kind === 'istio')
        .flatMap((caller) => {
          const ways = waysOut(resourcesOf(caller.mesh), caller, callee.standIn, callee.port);
          const right = mayCall(policy, caller, callee.ref)
            ? // To the outbound border the mesh's own TLS leads.
              (way: WayOut) => way.routed === 'to a service of the mesh' || isAuthenticated(way)
            : failsClosed;
          return ways.every(right)
            ? []
            : [`${caller.ref} in ${caller.namespace} -> ${callee.ref}: ${JSON.stringify(ways)}`];
        }),
    );
}

function mayCall(policy: AccessPolicy, caller: Workload, callee: string): boolean {
  return policy.rules.some(({ from, to }) => from === caller.ref && to === callee);
}

const several = pair(
  { frontend: {}, backend: {}, cart: { namespace: 'shop' }, till: { namespace: 'shop' } },
  { info: {}, stock: { protocol: 'tcp', port: 5432 } },
  { from: 'istio/frontend', to: 'consul/info' },
  { from: 'istio/backend', to: 'consul/info' },
  { from: 'istio/cart', to: 'consul/info' },
  { from: 'istio/backend', to: 'consul/stock' },
);

const stranger: IstioPod = { namespace: 'default', labels: { app: 'stranger' } };

describe('what is for a foreign host', () => {
  it.each([
    ['one caller', WEATHER],
    ['several callers, hosts and namespaces', several],
  ])('never leaves in plaintext: %s', (_, policy) => {
    const plan = compile(policy);
    expect(leaks(policy, plan, (mesh) => manifests(plan, mesh))).toEqual([]);
  });

  it('leaves with a certificate from callers, and fails closed for all others', () => {
    const plan = compile(several);
    const resources = manifests(plan, 'istio');
    const ways = (pod: IstioPod, host: string, port: number) => waysOut(resources, pod, host, port);
    const backend: IstioPod = { namespace: 'default', labels: { app: 'backend', v: '2' } };
    const frontend: IstioPod = { namespace: 'default', labels: { app: 'frontend' } };

    expect(ways(backend, 'stock', 5432)).toEqual([
      expect.objectContaining({ tls: expect.objectContaining({ mode: 'MUTUAL' }) as object }),
    ]);
    for (const pod of [frontend, stranger]) {
      const others = ways(pod, 'stock', 5432);
      expect(others.length).toBeGreaterThan(0);
      expect(others.every(failsClosed)).toBe(true);
    }
    // A host exists in the callers' namespace only.
    expect(ways({ ...backend, namespace: 'shop' }, 'stock', 5432)).toEqual([]);
  });

  it('is the same in whatever order Istio saw the rules', () => {
    fc.assert(
      fc.property(
        randomPolicy.chain((policy) => {
          const plan = compile(policy);
          const orders = Object.keys(plan.meshes).map((mesh) => {
            const all = manifests(plan, mesh);
            return fc
              .shuffledSubarray(all, { minLength: all.length })
              .map((order): [string, FederationResource[]] => [mesh, order]);
          });
          return fc.tuple(...orders).map((order) => ({ policy, plan, order: new Map(order) }));
        }),
        ({ policy, plan, order }) => {
          expect(leaks(policy, plan, (mesh) => order.get(mesh) ?? [])).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/*
 * What was seen on a wire with Istio 1.30.3, in both orders of creation: the rules above are there for
 * a reason, and this test would tell.
 */
describe('other pods send plaintext', () => {
  const plan = compile(WEATHER);
  const resources = manifests(plan, 'istio');
  const host = ofKind(resources, 'ServiceEntry')[0]?.spec.hosts[0];
  const callee = plan.services.find(({ ref }) => ref === 'consul/info');

  function strangersWays(changed: readonly FederationResource[]): (WayOut['tls'] | 'none')[] {
    const port = callee?.port ?? 0;
    return waysOut(changed, stranger, 'info', port).map(({ tls }) => tls ?? 'none');
  }

  it('without the rule for all others', () => {
    const bound = resources.filter(
      (resource) =>
        resource.kind !== 'DestinationRule' ||
        resource.spec.host !== host ||
        resource.spec.workloadSelector,
    );
    expect(bound).toHaveLength(resources.length - 1);
    expect(strangersWays(bound)).toEqual(['none']);
    expect(leaks(WEATHER, plan, () => bound)).toContainEqual(
      expect.stringMatching(/^istio\/\?stranger in default -> consul\/info: /),
    );
  });

  it.each([['callers first'], ['all others first']])(
    'when both rules are exported alike: %s',
    (order) => {
      const alike = resources.map((resource) =>
        resource.kind === 'DestinationRule'
          ? { ...resource, spec: { ...resource.spec, exportTo: ['.'] } }
          : resource,
      );
      expect(strangersWays(order === 'callers first' ? alike.toReversed() : alike)).toEqual([
        'none',
      ]);
    },
  );

  it('but not as it is', () => {
    expect(strangersWays(resources)).toEqual([expect.objectContaining({ mode: 'SIMPLE' })]);
    const rules = ofKind(resources, 'DestinationRule').filter(({ spec }) => spec.host === host);
    expect(rules.map(({ spec }) => spec.exportTo)).toEqual([['*'], ['.']]);
    expect(asked(WEATHER, 'istio/?stranger', 'consul/info', 'bytes')).toBe(false);
  });
});
