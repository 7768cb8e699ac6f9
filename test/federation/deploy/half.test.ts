import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  type FederatedMesh,
  Federation,
  FederationHalf,
  type FederationHalfProps,
} from '../../../constructs/federation';
import { type Offer, offerOf, offerText, readOffer } from '../../../constructs/federation/plan';
import { CONSUL, ISTIO, WEATHER } from '../../helpers/plans';
import { istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { certificate } from '../../helpers/roots';
import { type Block, synthesise } from '../../helpers/synth';
import { given } from './trust-fixture';

const meshes = { istio: ISTIO, consul: CONSUL } as const;
type Mesh = keyof typeof meshes;

const roots: Partial<Record<Mesh, string>> = {};
beforeAll(async () => {
  roots.istio = (await certificate({ name: 'istio' })).pem;
  roots.consul = (await certificate({ name: 'consul' })).pem;
});

function offer(mesh: Mesh, own: Partial<Parameters<typeof offerOf>[0]> = {}): Offer {
  const made = offerOf({
    policy: WEATHER,
    mesh,
    member: meshes[mesh],
    gateway: `${mesh}.example.com`,
    roots: roots[mesh] ?? '',
    ...own,
  });
  return readOffer(offerText(made));
}

function installed(stack: TerraformStack, mesh: Mesh): FederatedMesh {
  return {
    ...meshes[mesh],
    gatewayAddress: `${mesh}.example.com`,
    provider: new KubernetesProvider(stack, mesh, { alias: mesh }),
  };
}

/** The half of one mesh's owner. */
function half(
  mesh: Mesh,
  own: Partial<FederationHalfProps> = {},
  member: Partial<FederatedMesh> = {},
): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  const other = mesh === 'istio' ? 'consul' : 'istio';
  new FederationHalf(stack, 'federation', {
    policy: WEATHER,
    own: { [mesh]: Object.assign(installed(stack, mesh), member) },
    partners: { [other]: { offer: offer(other) } },
    ...own,
  });
  return stack;
}

function whole(policy: AccessPolicy): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  const given = (mesh: Mesh) => ({ ...installed(stack, mesh), roots: roots[mesh] });
  new Federation(stack, 'federation', {
    policy,
    meshes: { istio: given('istio'), consul: given('consul') },
  });
  return stack;
}

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** Every object of the clusters, by cluster, kind, namespace and name. */
function objects(stack: TerraformStack): Map<string, Block> {
  return new Map(
    Object.entries(synthesise(stack).resource ?? {})
      .filter(([type]) => type.startsWith('kubernetes_'))
      .flatMap(([type, ofType]) =>
        Object.values(ofType).map((block): [string, Block] => {
          const manifest = block['manifest'] as (Block & { readonly kind: string }) | undefined;
          const { namespace, name } = (manifest ?? block)['metadata'] as Named;
          const rest = Object.fromEntries(
            Object.entries(block).filter(([key]) => key !== 'depends_on'),
          );
          const kind = manifest?.kind ?? type;
          return [`${String(block['provider'])} ${kind} ${namespace ?? '-'}/${name}`, rest];
        }),
      ),
  );
}

/** What the exchange of roots needs differs by design: a half reads nothing in the other's cluster. */
const EXCHANGE = /mesh-federation\/|-\/mesh-federation$|roots-publisher-|callers-look/;

function withoutExchange(all: ReadonlyMap<string, Block>): Record<string, Block> {
  return Object.fromEntries([...all].filter(([name]) => !EXCHANGE.test(name)).sort());
}

describe('a half', () => {
  it('has the provider of its own cluster, and of no other', () => {
    for (const mesh of ['istio', 'consul'] as const) {
      const { resource = {}, data = {} } = synthesise(half(mesh));
      const providers = [resource, data]
        .flatMap((types) => Object.values(types))
        .flatMap((blocks) => Object.values(blocks))
        .flatMap(({ provider }) => (provider === undefined ? [] : [provider]));
      expect(providers.length).toBeGreaterThan(20);
      expect(new Set(providers)).toEqual(new Set([`kubernetes.${mesh}`]));
    }
  });

  it('is, with the other one, what one federation makes of both, object by object', () => {
    const both = new Map([...objects(half('istio')), ...objects(half('consul'))]);
    const one = withoutExchange(objects(whole(WEATHER)));
    expect(Object.keys(one).length).toBeGreaterThan(40);
    expect(withoutExchange(both)).toEqual(one);
  });

  it('shows its own roots in its own cluster, and has no token for another', () => {
    const names = [...objects(half('istio')).keys()];
    expect(names).toContain(
      'kubernetes.istio kubernetes_config_map_v1 mesh-federation/roots-istio',
    );
    expect(names.filter((name) => /_secret_|reader|issue|renew/.test(name))).toEqual([]);
  });

  it('trusts the roots of the offer, and says in time that they end', () => {
    const text = Testing.synth(half('istio'), true);
    const bundle = objects(half('istio')).get(
      'kubernetes.istio kubernetes_config_map_v1 default/federation-roots-consul',
    );
    expect(bundle?.['data']).toEqual({ 'roots.pem': roots.consul });
    expect(bundle).not.toHaveProperty('lifecycle');
    expect(text).toContain('The last root of consul that is trusted ends on');
    // Terraform refuses a check whose condition refers to nothing (seen with `terraform validate`).
    expect(text).toMatch(/timecmp\(local\.federation_end-of-roots-of-consul_/);
  });
});

describe('with an endpoint of the partner', () => {
  const endpoint = { url: 'https://bank.example.com:8443/bundle' };

  it('a job keeps the roots up to date, which begin with those of the offer', () => {
    const stack = half('istio', {
      partners: { consul: { offer: offer('consul', { endpoint }) } },
    });
    const all = objects(stack);
    const bundle = all.get(
      'kubernetes.istio kubernetes_config_map_v1 default/federation-roots-consul',
    );
    expect(bundle).toMatchObject({
      data: { 'roots.pem': roots.consul },
      lifecycle: { ignore_changes: ['data'] },
    });
    const job = JSON.stringify(
      all.get('kubernetes.istio kubernetes_cron_job_v1 mesh-federation/sync-consul'),
    );
    expect(job).toContain(endpoint.url);
    expect(job).not.toMatch(/TOKEN|FOREIGN_API_SERVER|"secret"/);
    // It may connect there.
    const network = all.get(
      'kubernetes.istio kubernetes_network_policy_v1 mesh-federation/bundle-jobs',
    );
    expect(JSON.stringify(network)).toContain('"8443"');
    expect([...all.keys()].filter((name) => /renew|issue|reader/.test(name))).toEqual([]);
  });

  it('whoever wants to see each root first takes those of the offer only', () => {
    const stack = half('istio', {
      partners: { consul: { offer: offer('consul', { endpoint }), roots: 'offer' } },
    });
    expect([...objects(stack).keys()].filter((name) => name.includes('sync-'))).toEqual([]);
    expect(Testing.synth(stack, true)).not.toContain('bank.example.com');
  });
});

describe('several federations of one mesh', () => {
  it('have nothing in common but what is about the same service, each with a name', () => {
    const partner = (name: string, service: string): FederationHalfProps => {
      const policy: AccessPolicy = {
        meshes: {
          istio: { kind: 'istio', services: { checkout: {} } },
          [name]: { kind: 'consul', services: { [service]: {} } },
        },
        rules: [
          { from: 'istio/checkout', to: `${name}/${service}` },
          { from: `${name}/${service}`, to: 'istio/checkout' },
        ],
      };
      const theirs = offerOf({
        policy,
        mesh: name,
        member: CONSUL,
        gateway: `${name}.example.com`,
        roots: roots.consul ?? '',
      });
      return { policy, own: {}, partners: { [name]: { offer: theirs } } };
    };
    const namesOf = (name: string, service: string, federation?: string) => {
      const stack = new TerraformStack(Testing.app(), 'test');
      new FederationHalf(stack, 'federation', {
        ...partner(name, service),
        own: { istio: installed(stack, 'istio') },
        name: federation,
      });
      return [...objects(stack).keys()];
    };
    const common = (one: readonly string[], other: readonly string[]) =>
      one.filter((name) => other.includes(name));
    const bank = namesOf('bank', 'payments', 'bank');
    expect(common(bank, namesOf('depot', 'parcels', 'depot'))).toEqual([]);
    // The first one may have been without a name: nothing of it must be recreated.
    expect(common(bank, namesOf('depot', 'parcels'))).toEqual([]);
    expect(common(namesOf('bank', 'payments'), namesOf('depot', 'parcels'))).not.toEqual([]);
  });

  /** A federation of a mesh of its owner with one partner's mesh, which calls a service and is called by it. */
  const federationOf = (
    own: FederatedMesh['kind'],
    checkout: object,
    [name, service]: readonly [string, string],
    federation?: string,
  ): TerraformStack => {
    const member = { istio: ISTIO, consul: CONSUL, linkerd: linkerdMember() }[own];
    const policy: AccessPolicy = {
      meshes: {
        shop: { kind: own, in: 'service', services: { checkout } },
        [name]: { kind: 'istio', services: { [service]: {} } },
      },
      rules: [
        { from: 'shop/checkout', to: `${name}/${service}` },
        { from: `${name}/${service}`, to: 'shop/checkout', allow: [{ methods: ['GET'] }] },
      ],
    };
    const theirs = offerOf({
      policy,
      mesh: name,
      member: istioMember(`${name}.example.com`),
      gateway: `${name}.example.com`,
      roots: roots.istio ?? '',
    });
    const stack = new TerraformStack(Testing.app(), 'test');
    new FederationHalf(stack, 'federation', {
      policy,
      own: {
        shop: {
          ...member,
          gatewayAddress: 'shop.example.com',
          provider: new KubernetesProvider(stack, 'shop', { alias: 'shop' }),
        },
      },
      partners: { [name]: { offer: theirs } },
      name: federation,
    });
    return stack;
  };
  const DEPOT = ['depot', 'parcels'] as const;

  it('take nothing of each other: what one has made is of somebody else to the other', () => {
    const intentions = (federation?: string) => {
      const stack = federationOf('consul', {}, DEPOT, federation);
      const made = objects(stack).get(
        'kubernetes.shop ServiceIntentions default/callers-of-checkout',
      );
      const looks = Object.values(synthesise(stack).data?.['kubernetes_resources'] ?? {});
      return {
        manager: (made?.['field_manager'] as Block)['name'],
        strangers: new Set(
          looks.flatMap(({ kind, label_selector: selector }) =>
            kind === 'ServiceIntentions' && selector !== undefined ? [selector] : [],
          ),
        ),
      };
    };
    const label = 'app.kubernetes.io/managed-by!=cdktf-mesh-federation';
    expect(intentions()).toEqual({
      manager: 'cdktf-mesh-federation',
      strangers: new Set([label]),
    });
    expect(intentions('depot')).toEqual({
      manager: 'cdktf-mesh-federation-depot',
      strangers: new Set([`${label}-depot`]),
    });
  });

  it('refuses a name that is none, once', () => {
    const refused = () => half('istio', { name: 'The Bank' });
    expect(refused).toThrow('name: is "The Bank"');
    expect(refused).not.toThrow('jobsNamespace');
  });
});

describe('is refused', () => {
  it('where the roots of a mesh that is not ours are not given', () => {
    expect(() => given({}, { own: ['istio'] })).toThrow(
      'meshes.consul.roots: is missing, but its cluster is not ours',
    );
  });

  it('where the partner understands another policy', () => {
    const [first, ...rest] = WEATHER.rules;
    if (first === undefined) throw new Error('no rule');
    const theirs = offer('consul', { policy: { ...WEATHER, rules: rest } });
    expect(() => half('istio', { partners: { consul: { offer: theirs } } })).not.toThrow();
    const fewer = offer('consul', { policy: { ...WEATHER, rules: [first] } });
    expect(() => half('istio', { partners: { consul: { offer: fewer } } })).toThrow(
      'is allowed by your policy, and not by that of consul',
    );
  });

  it('with all mistakes at once, wherever they are', () => {
    const [first] = WEATHER.rules;
    if (first === undefined) throw new Error('no rule');
    const fewer = offer('consul', { policy: { ...WEATHER, rules: [first] } });
    const refused = () =>
      half('istio', {
        partners: { consul: { offer: fewer } },
        observability: { podMonitor: true },
      });
    expect(refused).toThrow('FederationHalf test/federation cannot be made:');
    expect(refused).toThrow('observability.podMonitor: needs a namespace');
    expect(refused).toThrow('is allowed by your policy, and not by that of consul');
  });

  it('where a mesh of the policy is nobody’s', () => {
    expect(() => half('istio', { partners: {} })).toThrow(
      'meshes.consul: is in the policy, but no such mesh was given',
    );
  });
});

describe('A partner that is called through PrivateLink', () => {
  const connection = {
    crossing: 'privatelink',
    privatelink: { principal: 'arn:aws:iam::444455556666:root', region: 'eu-north-1' },
  } as const;
  const consul = () => offer('consul', { gateway: undefined, connection });

  it('is called at the address of our endpoint', () => {
    const stack = half('istio', {
      partners: { consul: { offer: consul(), gatewayAddress: 'vpce-1.example.com' } },
    });
    expect(JSON.stringify(synthesise(stack))).toContain('vpce-1.example.com');
  });

  it('is refused without that address, before anything is made', () => {
    expect(() => half('istio', { partners: { consul: { offer: consul() } } })).toThrow(
      /partners\.consul\.gatewayAddress: is missing, and the offer has no address, since calls go through PrivateLink/,
    );
  });

  it('is refused with what is wrong with its roots beside', () => {
    const taken = offer('consul', { gateway: undefined, connection, roots: roots.istio });
    expect(() =>
      half('istio', { partners: { consul: { offer: taken } } }, { roots: roots.istio }),
    ).toThrow(
      /\n {2}partners\.consul\.gatewayAddress: is missing, .*\n {2}meshes\.consul\.roots: /,
    );
  });
});
