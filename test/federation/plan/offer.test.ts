import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccessPolicy,
  compilePolicy,
  type MeshMember,
  type Offer,
  offerFingerprint,
  offerOf,
  offerProblems,
  offerText,
  plannedResources,
  readOffer,
  termsBetween,
} from '../../../constructs/federation/plan';
import { kindOf } from '../../../constructs/federation/plan/meshes';
import { formatProblem } from '../../../constructs/problems';
import { certificate } from '../../helpers/roots';
import { compile, membersFor } from './fixtures';
import { randomPolicy } from './random';

/** A shop's Istio and a bank's Consul; what the shop does by itself is nobody else's business. */
const policy: AccessPolicy = {
  meshes: {
    shop: {
      kind: 'istio',
      services: { checkout: { namespace: 'shop' }, secretproject: { namespace: 'shop' } },
    },
    bank: { kind: 'consul', services: { payments: { port: 8080 } } },
    depot: { kind: 'istio', services: { parcels: {} } },
  },
  rules: [
    {
      from: 'shop/checkout',
      to: 'bank/payments',
      allow: [{ methods: ['POST'], pathExact: '/payments' }],
    },
    { from: 'shop/secretproject', to: 'shop/checkout' },
    { from: 'shop/checkout', to: 'depot/parcels' },
  ],
};
const members = membersFor(policy);

let roots = '';
beforeAll(async () => {
  roots = (await certificate({ name: 'a root' })).pem;
});

function offer(mesh: string, own: Partial<Parameters<typeof offerOf>[0]> = {}): Offer {
  return offerOf({
    policy,
    mesh,
    member: own.member ?? memberOf(members, mesh),
    gateway: `${mesh}.example.com`,
    roots,
    ...own,
  });
}

function memberOf(all: Readonly<Record<string, MeshMember>>, mesh: string): MeshMember {
  const member = all[mesh];
  if (member === undefined) throw new Error(`no mesh ${mesh}`);
  return member;
}

/** The policy of the bank, which is another text. */
function policyWith(rule: Partial<AccessPolicy['rules'][number]>): AccessPolicy {
  const [first, ...rest] = policy.rules;
  if (first === undefined) throw new Error('no rule');
  return { ...policy, rules: [{ ...first, ...rule }, ...rest] };
}

describe('an offer', () => {
  it('is read as it was written, for whatever policy', () => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        const all = membersFor(one);
        for (const [mesh, member] of Object.entries(all)) {
          const written = offer(mesh, { policy: one, member });
          expect(readOffer(offerText(written))).toEqual(written);
          // And two who have the same policy understand the same.
          const others = Object.keys(all).filter((name) => name !== mesh);
          expect(offerProblems(one, others, { [mesh]: written })).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('says enough for the same half that whoever has both meshes would make', () => {
    fc.assert(
      fc.property(randomPolicy, (one) => {
        const all = membersFor(one);
        const whole = compile(one, all);
        for (const mine of Object.keys(all)) {
          const half = compilePolicy({
            policy: one,
            meshes: Object.fromEntries(
              Object.entries(all).map(([mesh, member]) => {
                const { facts } = readOffer(offerText(offer(mesh, { policy: one, member })));
                return [mesh, mesh === mine ? member : kindOf(facts).partner(facts)];
              }),
            ),
          });
          const made = (plan: typeof whole) => ({
            borders: plan.borders.filter(({ mesh }) => mesh === mine),
            resources: plannedResources(plan, (mesh) => `${mesh}.example.com`).filter(
              ({ mesh }) => mesh === mine,
            ),
          });
          expect(made(half)).toEqual(made(whole));
          expect(JSON.stringify(made(half))).not.toContain('(not published)');
        }
      }),
      { numRuns: 25 },
    );
  });

  it('keeps to itself what is not for whom it is for', () => {
    const text = offerText(offer('shop', { partners: ['bank'] }));
    expect(text).toContain('shop/checkout -> bank/payments');
    for (const secret of ['secretproject', 'depot', 'istio-system', 'istio-ingress', 'PRIVATE']) {
      expect(text).not.toContain(secret);
    }
  });

  it('has one fingerprint for the policy, whatever stays within a mesh and whatever the order', () => {
    const [first, local, third] = policy.rules;
    if (first === undefined || local === undefined || third === undefined) throw new Error('rules');
    const other = { ...policy, rules: [third, first] };
    expect(termsBetween(other, 'bank', 'shop')).toEqual(termsBetween(policy, 'shop', 'bank'));
    expect(termsBetween(policyWith({ allow: undefined }), 'shop', 'bank').fingerprint).not.toBe(
      termsBetween(policy, 'shop', 'bank').fingerprint,
    );
  });
});

describe('before anything is deployed, the two policies are compared', () => {
  const problems = (theirs: AccessPolicy) =>
    offerProblems(policy, ['shop'], {
      bank: offer('bank', { policy: theirs, partners: ['shop'] }),
    }).map(formatProblem);

  it('and the same is no problem', () => expect(problems(policy)).toEqual([]));

  it.each([
    [
      'other requests',
      policyWith({ allow: [{ methods: ['GET'], pathExact: '/payments' }] }),
      'shop/checkout -> bank/payments: requests: POST /payments by your policy, GET /payments by that of bank',
    ],
    [
      'a rule that only we have',
      { ...policy, rules: policy.rules.slice(1) },
      'shop/checkout -> bank/payments: is allowed by your policy, and not by that of bank',
    ],
    [
      'a rule that only they have',
      { ...policy, rules: [...policy.rules, { from: 'bank/payments', to: 'shop/checkout' }] },
      'bank/payments -> shop/checkout: is allowed by the policy of bank, and not by yours',
    ],
    [
      'borders elsewhere',
      {
        ...policy,
        meshes: {
          ...policy.meshes,
          bank: { kind: 'consul', borderNamespace: 'edge', services: { payments: { port: 8080 } } },
        },
      } satisfies AccessPolicy,
      'bank: namespaces of borders: federation-borders by your policy, edge by that of bank',
    ],
    [
      'another account of the caller',
      {
        ...policy,
        meshes: {
          ...policy.meshes,
          shop: {
            kind: 'istio',
            services: {
              checkout: { namespace: 'shop', serviceAccount: 'till' },
              secretproject: {},
            },
          },
        },
      } satisfies AccessPolicy,
      'shop/checkout -> bank/payments: caller is: shop/checkout, service account shop/checkout by your ' +
        'policy, shop/checkout, service account shop/till by that of bank',
    ],
  ])('%s', (_, theirs, sentence) => {
    expect(problems(theirs)).toEqual([
      `partners.bank.offer.policy.shop: ${sentence}`,
      expect.stringMatching(
        /policy\.shop: is sha256:\w{12} by your policy and sha256:\w{12} by its offer; .*send bank a new offer/,
      ),
    ]);
  });

  it('an offer of another mesh, of another kind or for others is refused', () => {
    const found = (name: string, one: Offer) =>
      offerProblems(policy, ['shop'], { [name]: one }).map(formatProblem);
    const bank = offer('bank');
    expect(found('depot', bank)).toEqual([
      expect.stringContaining('partners.depot.offer.mesh: is bank, and must be depot'),
    ]);
    expect(found('nobody', bank)).toEqual([
      expect.stringContaining('partners.nobody: is no mesh of the policy'),
    ]);
    expect(found('shop', offer('shop'))).toEqual([
      expect.stringContaining('partners.shop: is one of your own meshes'),
    ]);
    expect(found('bank', { ...bank, facts: offer('depot').facts })).toEqual([
      expect.stringContaining(
        'partners.bank.offer.facts.kind: is istio, but your policy says consul',
      ),
    ]);
    expect(found('bank', offer('bank', { partners: ['depot'] }))).toEqual([
      expect.stringContaining('partners.bank.offer.policy: says nothing about shop'),
    ]);
  });

  it('about a mesh that has nothing to do with it, an offer says nothing', () => {
    const apart: AccessPolicy = {
      ...policy,
      meshes: { ...policy.meshes, archive: { kind: 'istio', services: {} } },
    };
    expect(offerProblems(apart, ['shop', 'archive'], { bank: offer('bank') })).toEqual([]);
  });
});

describe('whether the other one has the newest offer', () => {
  it('is told by the fingerprint of what is deployed of it', () => {
    const shop = offer('shop');
    const answered = offer('bank', { received: { shop, depot: offer('depot') } });
    expect(answered.seen).toMatchObject({ shop: offerFingerprint(shop) });
    expect(readOffer(offerText(answered))).toEqual(answered);
    expect(offer('bank', { received: { depot: shop }, partners: ['shop'] })).not.toHaveProperty(
      'seen',
    );
  });

  it('which no word of the policy changes, and each fact does', () => {
    const shop = offer('shop');
    const same = offerFingerprint(shop);
    expect(offerFingerprint({ ...shop, policy: {}, seen: { bank: same } })).toBe(same);
    const others: Offer[] = [
      { ...shop, gateway: 'other.example.com' },
      { ...shop, roots: shop.roots.map((one) => ({ ...one, fingerprint: 'AB:CD' })) },
      { ...shop, facts: offer('depot').facts },
      { ...shop, endpoint: { url: 'https://shop.example.com/bundle' } },
      { ...shop, sources: ['203.0.113.0/24'] },
    ];
    for (const other of others) expect(offerFingerprint(other)).not.toBe(same);
  });

  it('as YAML it is the same offer', () => {
    const shop = offer('shop');
    expect(offerText(shop, 'yaml')).toMatch(/pem: \|\n +-----BEGIN CERTIFICATE-----\n/);
    expect(readOffer(offerText(shop, 'yaml'))).toEqual(shop);
  });
});

describe('what somebody else sends is looked at', () => {
  const refused = (text: string): string => {
    try {
      readOffer(text, 'bank.offer.json');
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return '';
  };
  const changed = (change: (offer: Record<string, unknown>) => Record<string, unknown>) =>
    refused(
      JSON.stringify(change(JSON.parse(offerText(offer('bank'))) as Record<string, unknown>)),
    );

  it('with all mistakes at once', () => {
    const message = changed((one) => ({
      ...one,
      mesh: 'Bank',
      gateway: '${file("/etc/passwd")}',
      facts: { kind: 'consul', trustDomain: 'spiffe://x', datacenter: 'dc1', tlsPort: 1 },
      endpoint: { url: 'http://bank.example.com/bundle' },
      roots: offer('bank').roots.map((root) => ({ ...root, fingerprint: 'EE:94' })),
      secret: 'x',
    }));
    expect(message).toContain('bank.offer.json is no offer that can be used:');
    for (const line of [
      'mesh: is "Bank"; must be at most 63 lower case letters',
      'gateway: "${file("/etc/passwd")}" is a URL; must',
      'facts.trustDomain: is "spiffe://x"; must',
      'endpoint.url: is "http://bank.example.com/bundle"; must',
      'tlsPort',
      'secret: is nothing that this version of the program knows; install the version that wrote it',
      'roots[0].fingerprint: is not that of its certificate',
    ]) {
      expect(message).toContain(line);
    }
  });

  it.each([
    ['text that is none', () => refused('<html>'), 'it is no offer; must be the whole file'],
    ['half of it', () => refused(offerText(offer('bank')).slice(0, 300)), 'must be the whole file'],
    [
      'an alias, by which a small file becomes a large one',
      () => refused(offerText(offer('bank'), 'yaml').replace(/^gateway:.*$/m, 'gateway: &a [*a]')),
      'must be the whole file',
    ],
    [
      'addresses that are none',
      () => changed((one) => ({ ...one, sources: ['203.0.113.7'] })),
      'sources[0]: must be a CIDR block: 203.0.113.7/32',
    ],
    [
      'an address of IPv6 in another form',
      () => changed((one) => ({ ...one, gateway: '2001:DB8::1' })),
      'gateway: 2001:DB8::1 must be written as 2001:db8::1',
    ],
    [
      'a name beside an address of IPv6',
      () => changed((one) => ({ ...one, gateway: ['2001:db8::1', 'bank.example.com'] })),
      'gateway: has the name bank.example.com beside 2001:db8::1',
    ],
    [
      'the loopback address of IPv6 at length',
      () => changed((one) => ({ ...one, gateway: '0:0:0:0:0:0:0:1' })),
      'is no address that others reach (loopback)',
    ],
    ['too much of it', () => refused(' '.repeat(600 * 1024)), 'it is larger than'],
    [
      'a later form',
      () => changed((one) => ({ ...one, offer: 2 })),
      'reads offers of the form 1; install the version that wrote it, or have it written anew by yours',
    ],
    [
      'no form that there ever was',
      () => changed((one) => ({ ...one, offer: 'x' })),
      'offer: is "x", and this version of the program reads offers of the form 1; have it written anew',
    ],
    [
      'a gateway on loopback',
      () => changed((one) => ({ ...one, gateway: '127.0.0.1' })),
      'gateway: 127.0.0.1 is no address of a gateway that others reach',
    ],
    [
      'the address at which a cloud tells an instance its credentials, as a gateway',
      () => changed((one) => ({ ...one, gateway: '169.254.169.254' })),
      'gateway: 169.254.169.254 is no address of a gateway that others reach',
    ],
    [
      'a name that leads to the machine itself',
      () => changed((one) => ({ ...one, gateway: 'bank.localhost' })),
      'gateway: bank.localhost leads each pod to itself',
    ],
    [
      'no roots',
      () => changed((one) => ({ ...one, roots: [] })),
      'roots: is an empty list; must have a root',
    ],
    [
      'a root under the fingerprint of another',
      () =>
        changed((one) => ({
          ...one,
          roots: (one['roots'] as object[]).map((root) => ({ ...root, fingerprint: 'AA:BB' })),
        })),
      'roots[0].fingerprint: is not that of its certificate',
    ],
    [
      'a root that ends at another time',
      () =>
        changed((one) => ({
          ...one,
          roots: (one['roots'] as object[]).map((root) => ({
            ...root,
            notAfter: '2099-01-01T00:00:00.000Z',
          })),
        })),
      'roots[0].notAfter: is not that of its certificate',
    ],
    [
      'a policy that was changed by hand',
      () =>
        changed((one) => ({
          ...one,
          policy: { shop: { ...offer('bank').policy['shop'], fingerprint: 'sha256:0' } },
        })),
      'policy.shop.fingerprint: is not that of its lines',
    ],
    [
      'an address with a password',
      () =>
        changed((one) => ({ ...one, endpoint: { url: 'https://me:secret@bank.example.com/' } })),
      'endpoint.url: must have no user and no password',
    ],
  ])('%s', (_, message, words) => expect(message()).toContain(words));

  it('without saying a key or a password again', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    for (const endpoint of [
      { url: 'http://me:c2VjcmV0@bank.example.com/' },
      { url: 'https://bank.example.com/', authority: key },
      { url: 'https://bank.example.com/', authority: 'c2VjcmV0' },
      { url: key },
    ]) {
      const message = changed((one) => ({ ...one, endpoint }));
      expect(message).toMatch(/endpoint\.(url|authority): must /);
      expect(message).not.toContain('c2VjcmV0');
    }
  });

  it('a root that is past its time, or no authority', async () => {
    const past = await certificate({ expiresInDays: -1 });
    const leaf = await certificate({ authority: false });
    for (const { pem } of [past, leaf]) {
      expect(() => offer('bank', { roots: pem })).toThrow('roots: ');
    }
  });
});

describe('what an offer says of a private connection', () => {
  const peering = {
    account: '444455556666',
    region: 'eu-north-1',
    vpc: 'vpc-0123456789abcdef0',
    cidr: '10.20.0.0/16',
  };
  const privatelink = {
    principal: 'arn:aws:iam::444455556666:role/deploy',
    region: 'us-gov-west-1',
    service: 'com.amazonaws.vpce.us-gov-west-1.vpce-svc-0123456789abcdef0',
  };

  it('is read as it was written', () => {
    for (const connection of [
      { crossing: 'peering' as const, peering },
      {
        crossing: 'privatelink' as const,
        privatelink,
        peering: { ...peering, region: privatelink.region },
      },
    ]) {
      expect(readOffer(offerText(offer('bank', { connection }))).connection).toEqual(connection);
    }
  });

  it('is part of its fingerprint, in whatever order it is written', () => {
    const one = offer('bank', { connection: { crossing: 'peering', peering } });
    const { account, ...rest } = peering;
    const same = {
      ...one,
      connection: { peering: { ...rest, account }, crossing: 'peering' as const },
    };
    const other = {
      ...one,
      connection: {
        crossing: 'peering' as const,
        peering: { ...peering, requested: { shop: 'pcx-0123456789abcdef0' } },
      },
    };
    expect(offerFingerprint(same)).toBe(offerFingerprint(one));
    const prints = [offer('bank'), one, other].map(offerFingerprint);
    expect(new Set(prints).size).toBe(3);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'everybody',
      { crossing: 'privatelink', privatelink: { ...privatelink, principal: '*' } },
      /privatelink\.principal: is "\*"; must be the ARN of an account/,
    ],
    [
      'an expression',
      { crossing: 'peering', peering: { ...peering, vpc: '${file("/etc/passwd")}' } },
      /peering\.vpc: is .*; must be the id of a VPC/,
    ],
    [
      'a service of another region',
      { crossing: 'privatelink', privatelink: { ...privatelink, region: 'us-gov-east-1' } },
      /privatelink\.service: is of us-gov-west-1, and region is us-gov-east-1/,
    ],
    [
      'a service of AWS',
      {
        crossing: 'privatelink',
        privatelink: { ...privatelink, service: 'com.amazonaws.us-gov-west-1.s3' },
      },
      /privatelink\.service: is ".+"; must be the name of an endpoint service/,
    ],
    [
      'a service that is not of AWS',
      {
        crossing: 'privatelink',
        privatelink: {
          ...privatelink,
          service: 'com.example.vpce.us-gov-west-1.vpce-svc-0123456789abcdef0',
        },
      },
      /privatelink\.service: is ".+"; must be the name of an endpoint service, such as com\.amazonaws\.vpce\.us-gov-west-1\.vpce-svc-/,
    ],
    [
      'a service whose id is too short',
      {
        crossing: 'privatelink',
        privatelink: {
          ...privatelink,
          service: 'com.amazonaws.vpce.us-gov-west-1.vpce-svc-0123456789',
        },
      },
      /privatelink\.service: must be the name of an endpoint service/,
    ],
    [
      'a principal of another account than its VPC',
      {
        crossing: 'privatelink',
        privatelink: { ...privatelink, principal: 'arn:aws:iam::111122223333:root' },
        peering: { ...peering, region: privatelink.region },
      },
      /privatelink\.principal: is of account 111122223333, and peering\.account is 444455556666; have the offer written anew/,
    ],
    [
      'two regions for one VPC',
      { crossing: 'privatelink', privatelink, peering },
      /privatelink\.region: is us-gov-west-1, and peering\.region is eu-north-1/,
    ],
    [
      'a VPC whose id is of no length that AWS has',
      { crossing: 'peering', peering: { ...peering, vpc: 'vpc-0123456789' } },
      /peering\.vpc: is "vpc-0123456789"; must be the id of a VPC/,
    ],
    [
      'a block that no VPC has',
      { crossing: 'peering', peering: { ...peering, cidr: '10.0.0.0/8' } },
      /peering\.cidr: is ".+"; must be \/16 to \/28/,
    ],
    [
      'no end of the way that it names',
      { crossing: 'peering', privatelink },
      /connection\.peering: is missing, and crossing says that calls go by it/,
    ],
    [
      'a connection that is none',
      { crossing: 'peering', peering: { ...peering, requested: { shop: 'vpc-1' } } },
      /peering\.requested\.shop: is "vpc-1"; must be the id of a peering connection/,
    ],
  ])('is refused with %s', (_, connection, message) => {
    const text = JSON.stringify({ ...offer('bank'), connection });
    expect(() => readOffer(text)).toThrow(message);
  });
});
