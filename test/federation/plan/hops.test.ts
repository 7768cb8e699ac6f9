import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  crossCalls,
  explain,
  type Hop,
  hops,
  plannedResources,
} from '../../../constructs/federation/plan';
import { WEATHER } from '../../helpers/plans';
import { compile, gatewayAddress, pair } from './fixtures';
import { randomPolicy } from './random';

const plan = compile(WEATHER);

function of(id: string): Hop[] {
  const call = crossCalls(plan).find((one) => one.id === id);
  if (call === undefined) throw new Error(`no call ${id}`);
  return hops(plan, call, { addresses: gatewayAddress });
}

describe('the hops of a call', () => {
  it('lead from the calling pods to the called ones, mesh by mesh', () => {
    const way = (id: string) => of(id).map(({ place, mesh, name }) => `${place} ${mesh} ${name}`);
    expect(way('istio/backend -> consul/info')).toEqual([
      'caller istio default/backend',
      'gateway consul consul/consul-ingress-gateway',
      expect.stringMatching(/^border-in consul .*\/backend-inbound$/),
      'callee consul default/info',
    ]);
    expect(way('consul/info -> istio/backend')).toEqual([
      'caller consul default/info',
      expect.stringMatching(/^border-out consul .*\/backend-outbound$/),
      'gateway istio istio-ingress/istio-ingressgateway',
      expect.stringMatching(/^border-in istio .*\/info-border$/),
      'callee istio default/backend',
    ]);
  });

  it('are refused for a call of another plan', () => {
    const [call] = crossCalls(plan);
    if (call === undefined) throw new Error('no call');
    const other = compile({ ...WEATHER, rules: [] });
    expect(() => hops(other, call, { addresses: gatewayAddress })).toThrow(
      `The way of a call cannot be told:\n  ${call.id}: has no border in this plan; take one of crossCalls(plan)`,
    );
  });

  it('lead from an Istio caller by an outbound border, which admits this caller', () => {
    const left = compile(
      pair(
        { backend: { namespace: 'web', out: 'border', serviceAccount: 'web-sa' } },
        { info: {} },
        { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['POST'] }] },
      ),
    );
    const [call] = crossCalls(left);
    if (call === undefined) throw new Error('no call');
    const way = hops(left, call, { addresses: gatewayAddress });
    expect(way.map(({ place, mesh }) => `${place} ${mesh}`)).toEqual([
      'caller istio',
      'border-out istio',
      'gateway consul',
      'border-in consul',
      'callee consul',
    ]);
    const [caller, border] = way;
    expect(caller).toMatchObject({ pods: { annotations: {} }, resources: [] });
    expect(caller?.roots).toBeUndefined();
    expect(border?.roots?.mesh).toBe('consul');
    const [policy] = border?.resources ?? [];
    expect(policy?.manifest).toMatchObject({
      kind: 'AuthorizationPolicy',
      spec: { rules: [{ from: [{ source: { principals: [border?.admission?.source] } }] }] },
    });
    expect(border?.admission).toMatchObject({
      source: expect.stringMatching(/\/ns\/web\/sa\/web-sa$/),
      requests: [{ method: 'POST', path: '/' }],
    });
    expect(explain(left)[0]?.enforcedBy).toContainEqual({
      resource: expect.stringMatching(/^border .*\/info-outbound$/),
      mesh: 'istio',
    });
  });

  it('have every resource of the federation that is about borders or foreign services', () => {
    const found = new Set(
      crossCalls(plan).flatMap(({ id }) =>
        of(id).flatMap(({ resources }) => resources.map((one) => `${one.mesh} ${one.id}`)),
      ),
    );
    const missing = plannedResources(plan, gatewayAddress)
      .filter(({ layer }) => layer === 'federation')
      .map(({ mesh, id }) => `${mesh} ${id}`)
      .filter((one) => !found.has(one));
    expect(missing).toEqual([]);
  });

  it('ask the gateway for the border that the plan expects behind it', () => {
    for (const border of plan.borders) {
      if (border.direction === 'out') continue;
      for (const [index, { serverName }] of border.crossings.entries()) {
        const entrance = of(border.calls[index]?.id ?? '').find((hop) => hop.entrance)?.entrance;
        expect(entrance).toMatchObject({ serverName, identities: [border.identity] });
      }
    }
  });

  it('need the roots of the other mesh wherever foreign certificates are verified', () => {
    const roots = (id: string) =>
      of(id).flatMap((hop) => (hop.roots ? [`${hop.place}: ${hop.roots.mesh}`] : []));
    expect(roots('istio/backend -> consul/info')).toEqual(['caller: consul', 'border-in: istio']);
    expect(roots('consul/info -> istio/backend')).toEqual([
      'border-out: istio',
      'border-in: consul',
    ]);
  });

  it('name resources that are about the call, so that they come in the order of its way', () => {
    fc.assert(
      fc.property(randomPolicy, (policy) => {
        const random = compile(policy);
        for (const call of crossCalls(random)) {
          const found = hops(random, call, { addresses: gatewayAddress });
          for (const { id, about } of found.flatMap(({ resources }) => resources)) {
            expect([id, about]).toEqual([id, expect.arrayContaining([call.id])]);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
