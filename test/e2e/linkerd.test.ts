import { describe, expect, it } from '@jest/globals';
import { type AccessPolicy, compilePolicy, type MeshMember } from '../../constructs/federation';
import { attempt } from '../../rehearsal/clients';
import { ownCases } from '../../rehearsal/own-cases';
import { PolicyWorld } from '../../rehearsal/own-policy';
import { consulMember, istioMember, linkerdMember } from '../../support/policy/installed-meshes';
import { describeWithEnvoy } from '../helpers/envoy';

type Other = readonly [AccessPolicy['meshes'][string], MeshMember];

/*
 * Crossings between Linkerd and each kind of mesh on real Envoys. The meshes' own proxies are imitated by
 * Envoys too: Linkerd's is a program of its own.
 */

const ISTIO = istioMember('istio.example.com');
const services = { web: {}, mail: { port: 8080 } };

const PAIRS: readonly (readonly [string, Other])[] = [
  ['Istio, by sidecars', [{ kind: 'istio', services }, ISTIO]],
  ['Istio, by borders', [{ kind: 'istio', out: 'border', services }, ISTIO]],
  ['Consul', [{ kind: 'consul', services }, consulMember()]],
  ['Linkerd of another root', [{ kind: 'linkerd', services }, linkerdMember('other.example.com')]],
];

function planWith([settings, member]: Other) {
  const policy: AccessPolicy = {
    meshes: {
      linkerd: {
        kind: 'linkerd',
        services: { orders: { podPort: 8081 }, shop: {}, prices: { protocol: 'grpc' } },
      },
      other: settings,
    },
    rules: [
      {
        from: 'other/web',
        to: 'linkerd/orders',
        allow: [
          { methods: ['GET'], pathPrefix: '/orders/' },
          { methods: ['POST'], pathExact: '/orders' },
        ],
      },
      { from: 'other/mail', to: 'linkerd/orders' },
      {
        from: 'linkerd/shop',
        to: 'linkerd/orders',
        allow: [{ methods: ['GET'], pathExact: '/orders/1' }],
      },
      { from: 'other/web', to: 'linkerd/prices' },
      {
        from: 'linkerd/shop',
        to: 'other/web',
        allow: [{ methods: ['GET'], pathPrefix: '/' }],
      },
      {
        from: 'linkerd/prices',
        to: 'other/web',
        allow: [{ methods: ['PUT'], pathExact: '/prices' }],
      },
      { from: 'linkerd/orders', to: 'other/mail' },
    ],
  };
  return compilePolicy({ policy, meshes: { linkerd: linkerdMember(), other: member } });
}

describeWithEnvoy('Linkerd with another mesh', (envoy) => {
  describe.each(PAIRS)('%s', (_, other) => {
    it('lets through what rules admit and nothing else, whoever tries', async () => {
      const world = await PolicyWorld.start(envoy, planWith(other));
      try {
        const failed: string[] = [];
        const cases = ownCases(world);
        for (const one of cases) {
          const { passed, seen } = await one.run(world);
          if (!passed) failed.push(`${one.id}: ${seen}`);
        }
        expect(failed).toEqual([]);
        expect(cases.length).toBeGreaterThan(15);
        expect(await wildcards(world)).toEqual([]);
      } finally {
        await world.end();
      }
    });
  });
});

/** Ways in that open to a certificate of Linkerd's own authority for every name of the caller's namespace. */
async function wildcards(world: PolicyWorld): Promise<string[]> {
  const tried = world.entrances.flatMap(({ call, gateway }) =>
    gateway?.signer === 'linkerd' ? [{ id: call.id, gateway }] : [],
  );
  expect(tried).toHaveLength(3);
  const answers = await Promise.all(
    tried.map(async ({ id, gateway: { port, serverName, signer, peer } }) => {
      const leaf = await world.issue(signer, peer.replace(/^[^.]+/, '*'));
      const { status } = await attempt(port, { serverName, leaf });
      return status === undefined ? [] : [`${id}: ${status}`];
    }),
  );
  return answers.flat();
}
