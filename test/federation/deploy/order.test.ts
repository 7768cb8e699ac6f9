import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { type TerraformResource, TerraformStack, Testing } from 'cdktf';
import fc from 'fast-check';
import { type AccessPolicy, type Border, Federation } from '../../../constructs/federation';
import {
  type AccessPlan,
  type CrossCall,
  crossCalls,
  type Hop,
  hops,
} from '../../../constructs/federation/plan';
import { WEATHER } from '../../helpers/plans';
import {
  addresses as addressesIn,
  before as beforeIn,
  type Block,
  type Synthesised,
  synthesise,
} from '../../helpers/synth';
import { deployableMembersFor, gatewayAddress } from '../plan/fixtures';
import { randomPolicy } from '../plan/random';

/** A federation of installed meshes, and what each of its resources waits for, directly or not. */
class Deployed {
  public readonly federation: Federation;
  private readonly output: Synthesised;

  public constructor(policy: AccessPolicy) {
    const stack = new TerraformStack(Testing.app(), 'test');
    this.federation = new Federation(stack, 'federation', {
      policy,
      meshes: Object.fromEntries(
        Object.entries(deployableMembersFor(policy)).map(([name, mesh]) => [
          name,
          { ...mesh, provider: new KubernetesProvider(stack, name, { alias: name }) },
        ]),
      ),
    });
    this.output = synthesise(stack);
  }

  /** Addresses of what comes before. */
  public before(address: string): ReadonlySet<string> {
    return beforeIn(this.output, address);
  }

  /** Addresses of what is of this kind, and in this cluster if one is named. */
  public of(kind: string, cluster?: string): string[] {
    return Object.entries(this.output.resource ?? {}).flatMap(([type, ofType]) =>
      Object.entries(ofType).flatMap(([id, { manifest, provider }]) => {
        const is = ((manifest as Block | undefined)?.kind ?? type) === kind;
        const here = cluster === undefined || provider === `kubernetes.${cluster}`;
        return is && here ? [`${type}.${id}`] : [];
      }),
    );
  }

  /** Addresses of everything. */
  public get addresses(): string[] {
    return addressesIn(this.output);
  }

  /** Number of lines that say what waits for what. */
  public get lines(): number {
    return Object.values(this.output.resource ?? {})
      .flatMap((ofType) => Object.values(ofType))
      .flatMap(({ depends_on }) => (depends_on ?? []) as string[]).length;
  }

  public borderAt({ mesh, pods }: Hop): Border {
    const found = this.federation.borders.get(`${mesh}/${pods?.border ?? ''}`);
    if (found === undefined) throw new Error(`no border ${pods?.border ?? ''} in ${mesh}`);
    return found;
  }

  /** Address of the Deployment of a border. */
  public podsAt(hop: Hop): string {
    return addressOf(this.borderAt(hop).deployment);
  }

  /** Addresses of the ConfigMaps with foreign roots in the cluster of a mesh. */
  public rootsIn(mesh: string): string[] {
    const found = this.of('kubernetes_config_map_v1', mesh).filter((at) => at.includes('bundle-'));
    if (found.length === 0) throw new Error(`no roots in ${mesh}`);
    return found;
  }

  /** Addresses of the custom resources of a hop, or of those that are of these kinds. */
  public resourcesOf({ mesh, resources }: Hop, kinds?: readonly string[]): string[] {
    const { access, routes } = this.federation;
    return resources
      .filter(({ manifest }) => kinds?.includes(manifest.kind) ?? true)
      .map(({ id }) => {
        const made = access.get(mesh)?.resources.get(id) ?? routes.get(mesh)?.resources.get(id);
        if (made === undefined) throw new Error(`no resource ${id} in ${mesh}`);
        return addressOf(made.manifest);
      });
  }
}

function addressOf({ terraformResourceType, friendlyUniqueId }: TerraformResource): string {
  return `${terraformResourceType}.${friendlyUniqueId}`;
}

/** Kinds that lead from a gateway to a border. */
const LEADING = ['VirtualService', 'IngressGateway', 'TLSRoute', 'TCPRoute'];

/** What a call passes, by place. */
function wayOf(plan: AccessPlan, call: CrossCall) {
  const all = hops(plan, call, { addresses: gatewayAddress });
  const at = (place: Hop['place']) => all.find((hop) => hop.place === place);
  const must = (place: Hop['place']): Hop => {
    const found = at(place);
    if (found === undefined) throw new Error(`no ${place} on the way of ${call.id}`);
    return found;
  };
  return {
    caller: must('caller'),
    out: at('border-out'),
    gateway: must('gateway'),
    into: must('border-in'),
    callee: must('callee'),
  };
}

/** A federation of as many services in each of two meshes, each with one of the other that it calls. */
function pairs(services: number): AccessPolicy {
  const ofMesh = (letter: string) =>
    Object.fromEntries(Array.from({ length: services }, (_, i) => [`${letter}${i}`, {}]));
  return {
    meshes: {
      istio: { kind: 'istio', services: ofMesh('a') },
      consul: { kind: 'consul', services: ofMesh('b') },
    },
    rules: Array.from({ length: services }, (_, i) => [
      { from: `istio/a${i}`, to: `consul/b${i}` },
      { from: `consul/b${i}`, to: `istio/a${i}` },
    ]).flat(),
  };
}

/** Many call one, one calls many, and everybody of one mesh calls a service that is called from elsewhere too. */
const TANGLED: AccessPolicy = {
  meshes: {
    istio: { kind: 'istio', services: { web: {}, shop: { out: 'border' }, cart: {} } },
    consul: { kind: 'consul', services: { info: {}, stock: {} } },
    linkerd: { kind: 'linkerd', services: { orders: {} } },
  },
  rules: [
    { from: 'istio/web', to: 'consul/info' },
    { from: 'istio/shop', to: 'consul/stock', allow: [{ methods: ['GET'] }] },
    { from: 'consul/info', to: 'istio/web' },
    { from: 'consul/stock', to: 'istio/web' },
    { from: 'linkerd/orders', to: 'istio/web' },
    { from: 'linkerd/orders', to: 'consul/stock' },
    { from: 'istio/*', to: 'istio/web', anyone: true },
    { from: 'consul/*', to: 'consul/stock', anyone: true },
  ],
};

const LISTENERS_OF_OTHERS: AccessPolicy = {
  meshes: {
    istio: { kind: 'istio', services: { web: {} } },
    consul: { kind: 'consul', gatewayListeners: 'existing', services: { info: {} } },
  },
  rules: [{ from: 'istio/web', to: 'consul/info' }],
};

const NEIGHBOURS: AccessPolicy = {
  meshes: {
    istio: { kind: 'istio', cluster: 'shared', in: 'service', services: { web: {} } },
    consul: {
      kind: 'consul',
      cluster: 'shared',
      in: 'service',
      borderNamespace: 'borders-consul',
      services: { info: { namespace: 'bank' } },
    },
  },
  rules: [
    { from: 'istio/web', to: 'consul/info' },
    { from: 'consul/info', to: 'istio/web' },
  ],
};

describe('the order', () => {
  describe.each([
    ['the default pair', WEATHER],
    ['services that call many and are called by many', TANGLED],
    ["a gateway whose listeners are somebody else's", LISTENERS_OF_OTHERS],
    ['borders that are called by their own Service', NEIGHBOURS],
  ])('of %s', (_, policy) => {
    const all = new Deployed(policy);
    const { plan } = all.federation;

    it.each(crossCalls(plan))('has policies and roots before the borders of $id', (call) => {
      const way = wayOf(plan, call);
      expect([...all.before(all.podsAt(way.into))]).toEqual(
        expect.arrayContaining([
          ...all.resourcesOf(way.into),
          ...all.resourcesOf(way.callee),
          ...all.rootsIn(way.into.mesh),
        ]),
      );
      if (way.out === undefined) return;
      expect([...all.before(all.podsAt(way.out))]).toEqual(
        expect.arrayContaining([...all.resourcesOf(way.out), ...all.rootsIn(way.out.mesh)]),
      );
    });

    it.each(crossCalls(plan))('is from the callee of $id to its caller', (call) => {
      const way = wayOf(plan, call);
      const into = all.podsAt(way.into);
      const gateway = all.resourcesOf(way.gateway);
      for (const route of all.resourcesOf(way.gateway, LEADING)) {
        expect([...all.before(route)]).toContain(into);
      }
      for (const host of all.resourcesOf(way.caller, ['ServiceEntry'])) {
        const rules = all.resourcesOf(way.caller, ['DestinationRule', 'VirtualService']);
        expect(rules.length).toBeGreaterThanOrEqual(3);
        expect([...all.before(host)]).toEqual(expect.arrayContaining([into, ...gateway, ...rules]));
      }
      if (way.out === undefined) return;
      const border = all.borderAt(way.out);
      // The port of the gateway is open before the border calls it.
      expect([...all.before(all.podsAt(way.out))]).toEqual(
        expect.arrayContaining(all.resourcesOf(way.gateway, ['Gateway'])),
      );
      for (const [namespace, name] of border.services) {
        if (namespace === border.planned.namespace) continue;
        expect([...all.before(addressOf(name))]).toEqual(
          expect.arrayContaining([into, ...gateway, all.podsAt(way.out)]),
        );
      }
    });
  });

  it('has policies and roots before every border, and nothing waits for itself', () => {
    fc.assert(
      fc.property(randomPolicy, (policy) => {
        const all = new Deployed(policy);
        const { plan } = all.federation;
        for (const call of crossCalls(plan)) {
          const { into, out, callee } = wayOf(plan, call);
          for (const hop of [into, ...(out === undefined ? [] : [out])]) {
            const guards = [...all.resourcesOf(hop), ...all.rootsIn(hop.mesh)];
            expect([...all.before(all.podsAt(hop))]).toEqual(expect.arrayContaining(guards));
          }
          expect([...all.before(all.podsAt(into))]).toEqual(
            expect.arrayContaining(all.resourcesOf(callee)),
          );
        }
        for (const address of all.addresses) {
          expect([...all.before(address)]).not.toContain(address);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('is written with a few lines for each service, however many there are', () => {
    const [two, four, eight] = [2, 4, 8].map((services) => new Deployed(pairs(services)).lines);
    expect((eight ?? 0) - (four ?? 0)).toBe(2 * ((four ?? 0) - (two ?? 0)));
  });

  it('gives borders and their names no more to wait for, however many services there are', () => {
    const counts = (services: number) => {
      const all = new Deployed(pairs(services));
      const most = (kind: string) => Math.max(...all.of(kind).map((at) => all.before(at).size));
      return ['kubernetes_deployment_v1', 'kubernetes_service_v1', 'DestinationRule'].map(most);
    };
    expect(counts(8)).toEqual(counts(2));
  });
});
