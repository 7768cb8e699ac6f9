import { describe, expect, it } from '@jest/globals';
import { type AccessLine, explain, explainBorders } from '../../../constructs/federation';
import { CONSUL_TRUST_DOMAIN } from '../../../support/policy/installed-meshes';
import { WEATHER } from '../../helpers/plans';
import { compile, pair } from './fixtures';

/** A line as a person reads it. */
function text({ caller, callee, methods, path }: AccessLine): string {
  return `${caller} -> ${callee}: ${methods} ${path}`;
}

describe('who may call what', () => {
  it('is a line for each entry that a rule allows, or one for all', () => {
    const plan = compile(
      pair(
        { a: {}, db: { protocol: 'tcp' } },
        { b: { protocol: 'grpc' } },
        {
          from: 'istio/a',
          to: 'consul/b',
          allow: [{ methods: ['POST'], pathPrefix: '/weather.' }, { pathExact: '/health' }],
        },
        { from: 'consul/b', to: 'istio/a' },
        { from: 'istio/*', to: 'istio/db', anyone: true },
      ),
    );
    expect(explain(plan).map(text)).toEqual([
      'istio/a -> consul/b: POST /weather.*',
      'istio/a -> consul/b: * /health',
      'consul/b -> istio/a: * /*',
      'istio/* -> istio/db: - -',
    ]);
  });

  it('says what a request passes, in its order, and in which mesh', () => {
    const ways = explain(compile(WEATHER)).map(({ enforcedBy }) =>
      enforcedBy.map(({ mesh, resource }) => `${mesh}: ${resource}`),
    );
    expect(ways).toEqual([
      ['istio: AuthorizationPolicy default/allow-istio.frontend.to.backend'],
      [
        'consul: ServiceIntentions consul/border.backend',
        'consul: border default/backend-inbound',
        'consul: ServiceIntentions default/allow-backend',
      ],
      [
        'consul: ServiceIntentions consul/border.backend-outbound',
        'consul: border default/backend-outbound',
        'istio: AuthorizationPolicy istio-ingress/federation',
        'istio: AuthorizationPolicy default/border.info',
        'istio: border default/info-border',
        'istio: AuthorizationPolicy default/allow-consul.info.to.backend',
      ],
    ]);
  });

  describe('while a former way is open', () => {
    const passed = (plan: ReturnType<typeof compile>) =>
      explain(plan)[0]?.enforcedBy.map(
        ({ mesh, resource, way = 'both' }) => `${way} ${mesh}: ${resource}`,
      );
    const meshes = (istio: object, consul = {}) => ({
      istio: { kind: 'istio', services: { a: {} }, ...istio } as const,
      consul: { kind: 'consul', services: { b: {} }, ...consul } as const,
    });

    it.each([
      ['border', 'sidecar', 'present'],
      ['sidecar', 'border', 'former'],
    ] as const)('says what is at the outbound border: out %s, was %s', (out, outFrom, way) => {
      const rules = [{ from: 'istio/a', to: 'consul/b' }];
      expect(passed(compile({ meshes: meshes({ out, outFrom }), rules }))).toEqual([
        `${way} istio: AuthorizationPolicy federation-borders/border.b-outbound`,
        `${way} istio: border federation-borders/b-outbound`,
        'both consul: ServiceIntentions consul/border.a',
        'both consul: border federation-borders/a-inbound',
        'both consul: ServiceIntentions default/callers-of-b',
      ]);
    });

    it.each([
      ['gateway', 'service', 'present'],
      ['service', 'gateway', 'former'],
    ] as const)('says what is at the gateway: in %s, was %s', (within, inFrom, way) => {
      const rules = [{ from: 'consul/b', to: 'istio/a' }];
      const ways = passed(compile({ meshes: meshes({ in: within, inFrom }), rules }));
      expect(ways?.filter((one) => !one.startsWith('both'))).toEqual([
        `${way} istio: AuthorizationPolicy istio-ingress/federation`,
      ]);
    });

    it('says what is at the former place of borders', () => {
      const moved = { borderNamespace: 'edge', bordersMovedFrom: 'federation-borders' };
      const rules = [{ from: 'consul/b', to: 'istio/a' }];
      expect(passed(compile({ meshes: meshes(moved), rules }))?.slice(3)).toEqual([
        'present istio: AuthorizationPolicy edge/border.b',
        'former istio: AuthorizationPolicy federation-borders/border.b',
        'present istio: border edge/b-border',
        'former istio: border federation-borders/b-border',
        'both istio: AuthorizationPolicy default/allow-consul.b.to.a',
      ]);
    });
  });

  it('does not name what a partner deploys, whose names depend on its own file', () => {
    const way = explain(compile(WEATHER), ['istio'])[2]?.enforcedBy ?? [];
    expect(way.map(({ mesh, resource }) => `${mesh}: ${resource}`)).toEqual([
      'consul: ServiceIntentions consul/border.backend-outbound',
      'consul: border default/backend-outbound',
      'istio: AuthorizationPolicy, named by its owner',
      'istio: AuthorizationPolicy, named by its owner',
      'istio: border default/info-border',
      'istio: AuthorizationPolicy, named by its owner',
    ]);
  });

  it('names no resource that is not there', () => {
    const plan = compile(pair({ a: {} }, { b: {}, c: {} }, { from: 'consul/b', to: 'consul/c' }));
    expect(explain(plan)).toHaveLength(1);
    expect(explainBorders(plan)).toEqual([]);
  });
});

describe('the borders', () => {
  it('are listed with their own identity and the only ones that they accept', () => {
    const consul = `spiffe://${CONSUL_TRUST_DOMAIN}/ns/default/dc/dc1/svc`;
    const istio = 'spiffe://cluster.local/ns/default/sa';
    expect(explainBorders(compile(WEATHER))).toEqual([
      {
        mesh: 'consul',
        border: 'default/backend-inbound',
        foreign: 'istio/backend',
        identity: `${consul}/backend`,
        peers: [`${istio}/backend`],
      },
      {
        mesh: 'consul',
        border: 'default/backend-outbound',
        foreign: 'istio/backend',
        identity: `${consul}/backend-outbound`,
        peers: [`${istio}/info`],
      },
      {
        mesh: 'istio',
        border: 'default/info-border',
        foreign: 'consul/info',
        identity: `${istio}/info`,
        peers: [`${consul}/backend-outbound`],
      },
    ]);
  });

  it('are listed with who came before too, while that way is open', () => {
    const plan = compile({
      meshes: {
        istio: { kind: 'istio', out: 'border', outFrom: 'sidecar', services: { a: {} } },
        consul: { kind: 'consul', services: { b: {} } },
      },
      rules: [{ from: 'istio/a', to: 'consul/b' }],
    });
    const inbound = explainBorders(plan).find(({ mesh }) => mesh === 'consul');
    expect(inbound?.peers).toEqual([
      'spiffe://cluster.local/ns/federation-borders/sa/b-outbound',
      'spiffe://cluster.local/ns/default/sa/a',
    ]);
  });
});
