import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type Config, loadConfig } from '../../config';
import { accessPlan, memberOf } from '../../config/access-plan';
import { effectivePolicy } from '../../config/effective-policy';
import { gatewaySources } from '../../config/gateways';
import { agreementLines, agreements, endingRoots } from '../../config/partners';
import { placedMeshes } from '../../config/placed-meshes';
import { type Offer, offerFingerprint, offerOf, offerText } from '../../constructs/federation/plan';
import { partnerFindings } from '../../support/check/partners';
import { consulMember } from '../../support/policy/installed-meshes';
import { undeployed } from '../../support/settings/undeployed';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { refusalOf } from '../helpers/mistakes';
import { certificate } from '../helpers/roots';

/*
 * Half a federation by settings: `meshes.<name>.partner`.
 */

const folder = temporaryFolder();
const KUBECONFIG = path.join(__dirname, '../lifecycle/files/kubeconfig.yaml');
const roots: Record<string, string> = {};
beforeAll(async () => {
  for (const name of ['shop', 'bank', 'depot']) roots[name] = (await certificate({ name })).pem;
});

const POLICY = `
accessPolicy:
  meshes:
    shop: { services: { checkout: { namespace: shop } } }
    bank: { services: { payments: { port: 8080 } } }
  rules:
    - { from: shop/checkout, to: bank/payments, allow: [{ methods: [POST], pathExact: /payments }] }
    - { from: bank/payments, to: shop/checkout, allow: [{ methods: [GET], pathPrefix: /orders }] }
`;
const OWN: Readonly<Record<string, string>> = {
  shop: `shop: { kind: istio, trustDomain: shop.example.com, namespaces: [{ name: shop }] }`,
  bank: `bank: { kind: consul }`,
};
const KINDS: Readonly<Record<string, string>> = { shop: 'istio', bank: 'consul' };

/** The file of one of the two organisations. */
function half(
  own: 'shop' | 'bank',
  more: { policy?: string; partner?: string; rest?: string } = {},
) {
  const other = own === 'shop' ? 'bank' : 'shop';
  const { policy = POLICY, partner = `partner: ${other}.offer.json`, rest = '' } = more;
  return `
meshes:
  ${OWN[own] ?? ''}
  ${other}: { kind: ${KINDS[other] ?? ''}, ${partner} }
clusters: { ${own}: { kind: kubeconfig, path: ${KUBECONFIG}, context: ${own === 'shop' ? 'one' : 'two'} } }
${policy}${rest}`;
}

/** As far as it is looked at. */
interface Named {
  readonly namespace?: string;
  readonly name?: string;
}
interface Synthesised {
  readonly resource?: Readonly<
    Record<
      string,
      Record<
        string,
        Named & {
          readonly manifest?: { readonly kind: string; readonly metadata: Named };
          readonly metadata?: Named;
        }
      >
    >
  >;
}

type Place = 'shop' | 'bank';

/** Each organisation has a folder. */
function load(place: Place, text = half(place), deploys = true) {
  writeFile(folder, `${place}/federation.yaml`, text);
  const at = path.join(folder, place);
  return loadConfig({ env: {}, folder: at, undeployed: deploys ? undefined : undeployed(folder) });
}

function mistakes(text: string, place: Place = 'shop'): readonly string[] {
  return refusalOf(() => load(place, text))?.problems ?? [];
}

/** The owner of a mesh writes an offer, and the other one gets it. */
function send(from: Place, text = half(from), own: Partial<Parameters<typeof offerOf>[0]> = {}) {
  const { config } = load(from, text, false);
  const [placed] = placedMeshes(config);
  if (placed === undefined) throw new Error('no mesh of its own');
  const offer = offerOf({
    policy: effectivePolicy(config),
    mesh: from,
    member: memberOf(placed, config.aws.region),
    gateway: `${from}.example.com`,
    roots: roots[from] ?? '',
    ...own,
  });
  writeFile(folder, `${from === 'shop' ? 'bank' : 'shop'}/${from}.offer.json`, offerText(offer));
  return offer;
}

function forget(place: Place): void {
  writeFile(folder, `${place}/federation.yaml`, '');
}

/** What each stack says, by its name. */
function stacks(config: Config): Record<string, string> {
  const app = Testing.app();
  addStacks(app, config);
  return Object.fromEntries(
    app.node.children
      .filter((child) => TerraformStack.isStack(child))
      .map((stack) => [stack.node.id, Testing.synth(stack)]),
  );
}

describe('While the offer of a partner is not there', () => {
  const text = half('shop', { partner: 'partner: nowhere/bank.offer.json' });

  it('all but the federation is deployed, and it is said what comes next', () => {
    const { config, notices } = load('shop', text);
    expect(Object.keys(stacks(config))).toEqual(['shop-mesh', 'shop-workloads']);
    const [notice = ''] = notices.filter((one) => one.includes('is not there yet'));
    expect(notice).toContain(
      `meshes.bank.partner: ${path.join(folder, 'shop/nowhere/bank.offer.json')}`,
    );
    expect(notice).toContain(
      'Deploying the others (shop-mesh, shop-workloads) need not wait for it',
    );
    expect(notice).toContain('npm run offer -- --partner bank');
  });

  it.each(['shop', 'bank'] as const)(
    'what %s deploys then is what it deploys with the offer',
    (own) => {
      const other = own === 'shop' ? 'bank' : 'shop';
      send(other, half(other), { sources: undefined });
      const without = stacks(load(own, half(own, { partner: 'partner: nowhere.json' })).config);
      const { federation, ...rest } = stacks(load(own).config);
      expect(federation).toContain(`${other}.example.com`);
      expect(rest).toEqual(without);
    },
  );
});

describe('With the offer of a partner', () => {
  beforeAll(() => {
    forget('shop');
    send('shop');
    send('bank');
  });

  it('both halves come to one plan', () => {
    const [shop, bank] = [accessPlan(load('shop').config), accessPlan(load('bank').config)];
    expect(shop.borders).toEqual(bank.borders);
    expect(shop.calls).toEqual(bank.calls);
    expect(shop.borders.map(({ mesh }) => mesh).sort()).toEqual(['bank', 'bank', 'shop']);
  });

  it('a half has providers of its own cluster, and trusts what was offered', () => {
    const { federation = '' } = stacks(load('shop').config);
    expect(federation).toContain(JSON.stringify(roots['bank']).slice(1, -1));
    const { provider, output } = JSON.parse(federation) as {
      provider: Record<string, { config_context?: string }[]>;
      output: object;
    };
    expect(Object.keys(provider)).not.toContain('aws');
    expect(provider['kubernetes']?.map((one) => one.config_context)).toEqual(['one']);
    expect(Object.keys(output)).toEqual(['shop_gateway']);
  });

  it('may be in the settings themselves, or be YAML', () => {
    const offer = send('bank');
    const inline = load('shop', half('shop', { partner: `partner: ${JSON.stringify(offer)}` }));
    expect(inline.config.partners['bank']).toEqual({ kind: 'consul', offer });
    writeFile(folder, 'shop/bank.offer.yaml', offerText(offer, 'yaml'));
    const yaml = load('shop', half('shop', { partner: 'partner: bank.offer.yaml' }));
    expect(yaml.config.partners['bank']?.offer).toEqual(offer);
  });

  it('the gateway admits from where it calls, and says so where that is not known', () => {
    const sources = (config: Config) =>
      placedMeshes(config).map((placed) => gatewaySources(config, placed, () => []));
    const open = load('shop');
    expect(sources(open.config)).toEqual([undefined]);
    expect(open.notices.join('\n')).toContain(
      'The gateway of meshes.shop takes connections from everybody, since it is not known from where bank calls',
    );
    send('bank', half('bank'), { sources: ['203.0.113.0/28'] });
    const closed = load('shop');
    expect(sources(closed.config)).toEqual([['203.0.113.0/28']]);
    expect(closed.notices.join('\n')).not.toContain('everybody');
    // Another cloud's load balancer may have addresses of both families.
    send('bank', half('bank'), { sources: ['203.0.113.0/28', '2001:db8::/56'] });
    expect(sources(load('shop').config)).toEqual([['203.0.113.0/28', '2001:db8::/56']]);
    // That everybody may connect is said, whoever has written it.
    send('bank', half('bank'), { sources: ['0.0.0.0/0', '::/0'] });
    const everybody = load('shop').notices.filter((notice) => notice.includes('everybody'));
    expect(everybody).toEqual([
      expect.stringMatching(
        /meshes\.shop takes .* everybody, since bank offers to call from 0\.0\./,
      ),
      expect.stringMatching(/everybody who comes by IPv6, since bank offers to call from ::\/0/),
    ]);
    send('bank');
  });

  it('its endpoint is where later roots come from', () => {
    const endpoint = { url: 'https://bank.example.com:8443/bundle' };
    send('bank', half('bank'), { endpoint });
    const { federation = '' } = stacks(load('shop').config);
    expect(federation).toContain(endpoint.url);
    send('bank');
    expect(stacks(load('shop').config)['federation']).not.toContain(endpoint.url);
  });

  it('it can be compared as a whole, and where later roots come from is said', () => {
    const told = (offer: Offer) => [
      `offer of bank: ${offerFingerprint(offer)}`,
      expect.stringMatching(/^policy of shop and bank: sha256:.*, as in its offer$/),
    ];
    const plain = send('bank');
    expect(agreements(load('shop').config).flatMap(agreementLines)).toEqual(told(plain));
    // As whoever holds the file on its way might add it: the roots and the policy stay the same.
    const url = 'https://bank.example.net/bundle';
    const other = { ...plain, endpoint: { url } };
    writeFile(folder, 'shop/bank.offer.json', offerText(other));
    const [first, ...rest] = told(other);
    expect(agreements(load('shop').config).flatMap(agreementLines)).toEqual([
      first,
      `later roots of bank: from ${url}, without another offer`,
      ...rest,
    ]);
    expect(first).not.toBe(told(plain)[0]);
    send('bank');
  });

  it('it is said when its last root ends soon, unless later ones come by themselves', async () => {
    const endingIn = async (expiresInDays: number) =>
      (await certificate({ name: 'bank', expiresInDays })).pem;
    send('bank', half('bank'), { roots: await endingIn(31) });
    expect(endingRoots(load('shop').config)).toEqual([]);
    const ending = await endingIn(29);
    send('bank', half('bank'), { roots: ending });
    const { config, notices } = load('shop');
    expect(notices.join('\n')).toMatch(
      /The last root of bank that is trusted ends on .* new offer/,
    );
    expect(partnerFindings(config)).toMatchObject([
      { what: 'Roots of bank', remedy: expect.stringContaining('new offer') },
    ]);
    const both = `${ending}${roots['bank'] ?? ''}`;
    send('bank', half('bank'), { roots: both });
    expect(endingRoots(load('shop').config)).toEqual([]);
    const endpoint = { url: 'https://bank.example.com:8443/bundle' };
    send('bank', half('bank'), { roots: ending, endpoint });
    expect(endingRoots(load('shop').config)).toEqual([]);
    send('bank');
  });

  it('nobody is told what to do in the other cluster', () => {
    const { notices } = load('bank');
    expect(notices.join('\n')).not.toContain('The pods of shop/checkout');
    expect(load('shop').notices.join('\n')).toContain('The pods of shop/checkout');
  });
});

describe('Several partners of one mesh, each with a state of its own', () => {
  /** A second file for the mesh of the shop. */
  const DEPOT = half('shop', {
    policy: POLICY.replaceAll('bank', 'depot').replaceAll('payments', 'parcels'),
    partner: 'partner: depot.offer.json',
    rest: 'federation: { name: depot }\n',
  }).replace('bank: {', 'depot: {');

  /** Every object in the cluster, by kind, namespace and name. */
  const objects = (all: Record<string, string>) =>
    Object.values(all).flatMap((text) =>
      Object.entries((JSON.parse(text) as Synthesised).resource ?? {})
        .filter(([type]) => type.startsWith('kubernetes_') || type === 'helm_release')
        .flatMap(([type, blocks]) =>
          Object.values(blocks).map(({ manifest, metadata, name, namespace }) => {
            const at = manifest?.metadata ?? metadata ?? { name, namespace };
            return `${manifest?.kind ?? type} ${at.namespace ?? '-'}/${at.name ?? ''}`;
          }),
        ),
    );

  it('share no object in its cluster: the second makes nothing but its federation', () => {
    send('bank');
    const first = stacks(load('shop').config);
    const { config } = load('shop', DEPOT, false);
    const offer = offerOf({
      policy: effectivePolicy(config),
      mesh: 'depot',
      member: consulMember('dc1', '22222222-2222-4333-8444-555555555555.consul'),
      gateway: 'depot.example.com',
      roots: roots['depot'] ?? '',
    });
    writeFile(folder, 'shop/depot.offer.json', offerText(offer));
    const second = stacks(load('shop', DEPOT).config);
    expect(Object.keys(second)).toEqual(['federation-depot']);
    const [one, other] = [objects(first), objects(second)];
    expect(other.length).toBeGreaterThan(30);
    expect(other.filter((name) => one.includes(name))).toEqual([]);
    // Who may call its services is part of it.
    expect(other.filter((name) => /^AuthorizationPolicy shop\//.test(name))).not.toEqual([]);
  });

  it('are told what the first file of a Consul mesh has to say of the second', () => {
    send('shop');
    const { notices } = load('bank', half('bank', { rest: 'federation: { name: depot }\n' }));
    expect(notices.join('\n')).toContain(
      'Consul gives no token to borders that the file which deploys bank does not know: list them there, as ' +
        'services of bank in a namespace of bank (federation-borders/checkout, federation-borders/checkout-outbound)',
    );
    expect(load('bank').notices.join('\n')).not.toContain('gives no token');
  });

  it('may have an API server on this machine, whatever rules there are within the mesh', () => {
    send('bank');
    const kubeconfig = readFileSync(KUBECONFIG, 'utf8').replaceAll('one.example.com', '127.0.0.1');
    writeFile(folder, 'shop/local.yaml', kubeconfig);
    const local = half('shop', {
      policy: POLICY.replace(
        'namespace: shop } }',
        'namespace: shop }, cart: { namespace: shop } }',
      ).replace('rules:', 'rules:\n    - { from: shop/cart, to: shop/checkout }'),
    }).replace(KUBECONFIG, 'local.yaml');
    expect(mistakes(local)).toEqual([]);
  });

  it('is refused where the way is made with the meshes', () => {
    expect(
      mistakes(DEPOT.replace('name: depot', 'name: depot, crossing: privatelink')).join('\n'),
    ).toContain('federation.name says that these are another file');
  });

  it('makes no record: the first file has it', () => {
    const record = 'gateway: { record: { zoneId: Z0123456789ABCDEFGHIJ, name: shop.example.com } }';
    const told = (file: string) =>
      mistakes(file.replace('kind: istio, trust', `kind: istio, ${record}, trust`)).join('\n');
    const words = "federation.name says that the mesh is another file's, which makes the record";
    expect(told(DEPOT)).toContain(`meshes.shop.gateway.record: is set, but ${words}`);
    expect(told(half('shop'))).not.toContain(words);
  });
});

describe('Where the two policies differ', () => {
  const theirs = half('bank', {
    policy: POLICY.replace('[POST]', '[PUT]').replace('8080', '9090'),
  });

  it('nothing is deployed, all differences are told, and who is next', () => {
    send('bank', theirs);
    const found = mistakes(half('shop'));
    expect(found.join('\n')).toContain(
      'meshes.bank.partner: policy.shop: shop/checkout -> bank/payments: requests: POST /payments by your ' +
        'policy, PUT /payments by that of bank',
    );
    expect(found.join('\n')).toContain(
      'called as: payments, port 8080 by your policy, payments, port 9090',
    );
    expect(found.at(-1)).toContain('send bank a new offer ("npm run offer")');
  });

  it('a new offer can be written all the same', () => {
    send('bank', theirs);
    expect(() => load('shop', half('shop'), false)).not.toThrow();
  });

  it('other mistakes are told beside them', () => {
    send('bank', theirs);
    const found = mistakes(half('shop', { rest: 'network: { zones: 1 }\n' })).join('\n');
    expect(found).toContain('network.zones');
    expect(found).toContain('PUT /payments by that of bank');
  });
});

describe('It is refused that', () => {
  beforeAll(() => void send('bank'));

  it.each([
    [
      'a mesh is described that is not ours to describe',
      half('shop', { partner: 'partner: bank.offer.json, datacenter: dc2, cluster: shop' }),
      [
        'meshes.bank.datacenter: is said beside partner',
        'meshes.bank.cluster: is said beside partner',
      ],
    ],
    [
      'an offer is none',
      half('shop', { partner: 'partner: federation.yaml' }),
      ['meshes.bank.partner: names', 'which is no offer that can be used'],
    ],
    [
      'it has a mistake',
      half('shop', { partner: 'partner: { offer: 1, mesh: Bank }' }),
      ['meshes.bank.partner.mesh: ', 'meshes.bank.partner.roots: ', 'meshes.bank.partner.roots: '],
    ],
    [
      'it is a number',
      half('shop', { partner: 'partner: 7' }),
      ['meshes.bank.partner: is 7; must be the path of a file, such as bank.offer.json'],
    ],
    [
      'it is an empty list',
      half('shop', { partner: 'partner: []' }),
      [
        'meshes.bank.partner: is an empty list; must be the path of a file, such as bank.offer.json',
      ],
    ],
    [
      'it is a blank',
      half('shop', { partner: 'partner: " "' }),
      ['meshes.bank.partner: is empty; must be the path of a file'],
    ],
    [
      'an address in a list of them is none',
      half('shop').replace('kind: istio,', 'kind: istio, gateway: { address: [12] },'),
      ['meshes.shop.gateway.address[0]: is 12; must be text: put it in quotes, "12"'],
    ],
    [
      'all meshes are of partners',
      `meshes: { shop: { kind: istio, partner: a.json }, bank: { kind: consul, partner: b.json } }`,
      ['meshes: are all of partners'],
    ],
    [
      'roots are given beside those of the offer',
      half('shop', {
        rest: `federation: { trust: { roots: { bank: ${path.join(__dirname, '../lifecycle/files/root.pem')} } } }\n`,
      }),
      ["federation.trust.roots.bank: are the roots of a partner's mesh"],
    ],
  ])('%s', (_, text, messages) => {
    const found = mistakes(text).join('\n');
    for (const message of messages) expect(found).toContain(message);
  });

  it('it is the own offer, which is told once', () => {
    const theirs = readFileSync(path.join(folder, 'shop/bank.offer.json'), 'utf8');
    writeFile(
      folder,
      'shop/bank.offer.json',
      readFileSync(path.join(folder, 'bank/shop.offer.json'), 'utf8'),
    );
    const own = expect.stringContaining(
      'meshes.bank.partner: mesh: is shop, so this is an offer of yours; put that of bank in its place',
    );
    expect(mistakes(half('shop'))).toEqual([own]);
    // Also by what needs no agreement, such as `policy` and `offer`.
    expect(refusalOf(() => load('shop', half('shop'), false))?.problems).toEqual([own]);
    writeFile(folder, 'shop/bank.offer.json', theirs);
  });

  it('it is of a mesh of another kind, for every command', () => {
    const istio = half('shop').replace('bank: { kind: consul,', 'bank: { kind: istio,');
    const kind =
      'meshes.bank.partner: facts.kind: is consul, but your policy says istio; change one of them';
    expect(mistakes(istio)).toEqual([kind]);
    expect(refusalOf(() => load('shop', istio, false))?.problems).toEqual([kind]);
  });

  it('both have one trust domain', () => {
    const istio = half('shop').replace('bank: { kind: consul,', 'bank: { kind: istio,');
    send(
      'bank',
      half('bank', { partner: 'partner: nowhere.json' }).replace(
        'bank: { kind: consul }',
        'bank: { kind: istio, trustDomain: shop.example.com }',
      ),
    );
    expect(mistakes(istio).join('\n')).toContain(
      'meshes.bank.partner: has the trust domain shop.example.com, which shop has too',
    );
  });
});
