import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { parse } from 'yaml';
import { type Config, loadConfig } from '../../config';
import { memberOf } from '../../config/access-plan';
import { newClusters } from '../../config/crossing';
import { effectivePolicy } from '../../config/effective-policy';
import { connectionOf, type FoundEnd } from '../../config/partner-crossing';
import { placedMeshes } from '../../config/placed-meshes';
import { type OfferedConnection, offerOf, offerText } from '../../constructs/federation/plan';
import { addStacks } from '../../stacks';
import { ownerOf, tieOf } from '../../support/leftovers/owner';
import { undeployed } from '../../support/settings/undeployed';
import { Plan } from '../helpers/aws';
import { temporaryFolder, writeFile } from '../helpers/files';
import { refusalOf } from '../helpers/mistakes';
import { certificate } from '../helpers/roots';
import { synthesise } from '../helpers/synth';

/*
 * A private connection between two owners: each deploys its end from what the other's offer says.
 */

type Owner = 'shop' | 'bank';
const other = (owner: Owner): Owner => (owner === 'shop' ? 'bank' : 'shop');

const folder = temporaryFolder();
let twos = 0;
const roots: Record<string, string> = {};
beforeAll(async () => {
  for (const name of ['shop', 'bank']) roots[name] = (await certificate({ name })).pem;
});

interface Half {
  readonly crossing?: string;
  readonly crossingFrom?: string;
  readonly accountId?: string | null;
  readonly cidr?: string;
  /** Of the cluster. */
  readonly cluster?: Record<string, unknown>;
  readonly rules?: readonly string[];
  readonly more?: Record<string, unknown>;
}

const ACCOUNTS = { shop: '111122223333', bank: '444455556666' };
const CIDRS = { shop: '10.10.0.0/16', bank: '10.20.0.0/16' };
const MESHES = {
  shop: { kind: 'istio', trustDomain: 'shop.example.com' },
  bank: { kind: 'consul' },
};
const CALLED = ['shop/checkout -> bank/payments'];
const BOTH = [...CALLED, 'bank/payments -> shop/checkout'];

/** Two organisations, each with a folder of its own; no offer is there yet. */
class Two {
  private readonly folder = path.join(folder, String((twos += 1)));

  public constructor(
    private readonly both: Half,
    private readonly each: Partial<Record<Owner, Half>> = {},
  ) {}

  public settings(owner: Owner): Record<string, unknown> {
    const half = { ...this.both, ...this.each[owner] };
    const { crossing = 'privatelink', crossingFrom, rules = CALLED } = half;
    const { accountId = ACCOUNTS[owner], cidr = CIDRS[owner], cluster, more } = half;
    return {
      aws: { region: 'eu-north-1', ...(accountId === null ? {} : { accountId }) },
      federation: { crossing, ...(crossingFrom === undefined ? {} : { crossingFrom }) },
      meshes: {
        [owner]: MESHES[owner],
        [other(owner)]: { kind: MESHES[other(owner)].kind, partner: `${other(owner)}.offer.yaml` },
      },
      clusters: {
        [owner]: {
          kind: 'eks',
          name: `mesh-${owner}`,
          cidr,
          eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
          ...cluster,
        },
      },
      accessPolicy: {
        meshes: {
          shop: { services: { checkout: {} } },
          bank: { services: { payments: { port: 8080 } } },
        },
        rules: rules.map((rule) => {
          const [from, to] = rule.split(' -> ');
          return { from, to };
        }),
      },
      ...more,
    };
  }

  public load(owner: Owner, deploys = true, settings = this.settings(owner)) {
    writeFile(this.folder, `${owner}/federation.yaml`, JSON.stringify(settings));
    return loadConfig({
      env: {},
      folder: path.join(this.folder, owner),
      undeployed: deploys ? undefined : undeployed(this.folder),
    });
  }

  /** What is wrong before anything is deployed, one mistake a line. */
  public mistakes(owner: Owner, settings = this.settings(owner)): string {
    return (refusalOf(() => this.load(owner, true, settings))?.problems ?? []).join('\n');
  }

  /** The owner writes its offer with what AWS has, and the other one saves it. */
  public send(
    from: Owner,
    found: Partial<FoundEnd> = {},
    own: { connection?: OfferedConnection; gateway?: string } = {},
  ): void {
    const { config } = this.load(from, false);
    const [placed] = placedMeshes(config);
    const [cluster] = newClusters(config);
    if (placed === undefined || cluster === undefined) throw new Error(`no mesh of ${from}`);
    const { crossing } = config.federation;
    const offer = offerOf({
      policy: effectivePolicy(config),
      mesh: from,
      member: memberOf(placed, config.aws.region),
      gateway: crossing === 'privatelink' ? undefined : `internal-${from}.elb.example.com`,
      connection:
        crossing === 'internet'
          ? undefined
          : connectionOf(config, cluster, {
              vpc: VPCS[from],
              requested: {},
              accepted: {},
              ...found,
            }),
      roots: roots[from] ?? '',
      ...own,
    });
    writeFile(this.folder, `${other(from)}/${from}.offer.yaml`, offerText(offer, 'yaml'));
  }

  /** Somebody changes an offer on its way. */
  public change(from: Owner, edit: (offer: Record<string, unknown>) => void): void {
    const offer = this.offer(from);
    edit(offer);
    this.save(from, JSON.stringify(offer));
  }

  /** As the other one has saved it. */
  public offer(from: Owner): Record<string, unknown> {
    const file = path.join(this.folder, other(from), `${from}.offer.yaml`);
    return parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  }

  /** The other one saves what is said to be an offer. */
  public save(from: Owner, text: string): void {
    writeFile(this.folder, `${other(from)}/${from}.offer.yaml`, text);
  }

  public deploy(owner: Owner) {
    const { config, notices } = this.load(owner);
    return { notices: notices.join('\n'), ...stacksOf(config) };
  }

  /** What the stack `crossing` gives a name, as far as `leftovers` would know it as the owner's. */
  public connections(owner: Owner): string[] {
    const { config } = this.load(owner);
    const { tags } = config.aws;
    const known = ownerOf(config, [`mesh-${owner}`]);
    const { crossing } = stacksOf(config);
    return Object.entries(NAMED)
      .flatMap(([type, kind]) =>
        crossing(type).map((block) => {
          const { Name: name = '' } = block['tags'] as { readonly Name?: string };
          return { kind, id: name, name, tags };
        }),
      )
      .filter((thing) => tieOf(thing, known, new Set())?.madeBy === 'Terraform')
      .map(({ kind, name }) => `${kind} ${name}`);
  }
}

/** Kinds of leftovers by the types of what a connection takes. */
const NAMED = {
  aws_security_group: 'security group',
  aws_vpc_endpoint: 'VPC endpoint',
  aws_vpc_endpoint_service: 'VPC endpoint service',
  aws_vpc_peering_connection: 'VPC peering connection',
  aws_vpc_peering_connection_accepter: 'VPC peering connection',
};

const VPCS = { shop: 'vpc-0aaaaaaaaaaaaaaaa', bank: 'vpc-0bbbbbbbbbbbbbbbb' };
const SERVICE = 'com.amazonaws.vpce.eu-north-1.vpce-svc-0123456789abcdef0';
const PCX = 'pcx-0123456789abcdef0';

function stacksOf(config: Config) {
  const app = Testing.app();
  addStacks(app, config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  const find = (id: string) => stacks.find(({ node }) => node.id === id);
  return {
    names: stacks.map(({ node }) => node.id),
    stack: (id: string) => find(id),
    crossing: (type: string) => {
      const stack = find('crossing');
      return stack === undefined ? [] : new Plan(stack).all(type);
    },
    /** Where our services call the partner's gateway. */
    text: (id: string) => JSON.stringify(synthesise(find(id) ?? new TerraformStack(app, id))),
    sources: (id: string) => {
      const stack = find(id);
      return stack === undefined
        ? undefined
        : JSON.stringify(
            new Plan(stack)
              .all('kubernetes_service_v1')
              .map(({ spec }) => (spec as Record<string, unknown>)['load_balancer_source_ranges']),
          );
    },
  };
}

describe('PrivateLink between two owners', () => {
  it('waits for the first offers, with all but the connection deployed', () => {
    const two = new Two({});
    for (const owner of ['shop', 'bank'] as const) {
      const { names } = two.deploy(owner);
      expect(names).toEqual(expect.arrayContaining([`${owner}-cluster`, `${owner}-workloads`]));
      for (const id of ['crossing', 'federation']) expect(names).not.toContain(id);
    }
  });

  it('is offered to the account in the first offer, and to nobody else', () => {
    const two = new Two({});
    two.send('shop');
    two.send('bank');
    const bank = two.deploy('bank');
    expect(bank.crossing('aws_vpc_endpoint_service')).toEqual([
      expect.objectContaining({ acceptance_required: false }),
    ]);
    const principals = bank.crossing('aws_vpc_endpoint_service_allowed_principal');
    expect(principals.map(({ principal_arn }) => principal_arn)).toEqual([
      'arn:aws:iam::111122223333:root',
    ]);
    expect(bank.crossing('aws_vpc_endpoint')).toEqual([]);
    expect(bank.text('crossing')).toContain('bank_service');
    // The bank calls nobody, and need not wait.
    expect(bank.names).toContain('federation');
    expect(bank.sources('bank-mesh')).toBe('[["10.20.0.0/16"]]');
  });

  it('waits for the second offer of whoever is called, and says the order', () => {
    const two = new Two({});
    two.send('shop');
    two.send('bank');
    const shop = two.deploy('shop');
    expect(shop.names).not.toContain('federation');
    expect(shop.names).not.toContain('crossing');
    expect(shop.notices).toMatch(
      /The offer of bank has no endpoint service yet\. Its owner needs your offer, deploys its stack crossing, .*sends a new offer\. Until then the stack federation is left out/,
    );
  });

  it('leads to the service in the second offer, by an endpoint in the VPC of the callers', () => {
    const two = new Two({});
    two.send('shop');
    two.send('bank', { service: SERVICE });
    const shop = two.deploy('shop');
    const [endpoint, ...more] = shop.crossing('aws_vpc_endpoint');
    expect(more).toEqual([]);
    expect(endpoint).toMatchObject({ service_name: SERVICE, vpc_endpoint_type: 'Interface' });
    expect(endpoint?.['service_region']).toBeUndefined();
    expect(shop.crossing('aws_vpc_endpoint_service')).toEqual([]);
    // The port of the one caller at the bank's gateway, from the nodes alone.
    const rules = shop.crossing('aws_vpc_security_group_ingress_rule');
    expect(rules.map(({ from_port, to_port }) => [from_port, to_port])).toEqual([[12277, 12277]]);
    expect(JSON.stringify(rules)).not.toContain('cidr_ipv4');
    expect(shop.names).toContain('federation');
    expect(shop.text('federation')).toMatch(
      /"address":"\$\{aws_vpc_endpoint\.bank-endpoint\w*\.dns_entry\[0\]\.dns_name\}"/,
    );
    expect(shop.stack('federation')?.dependencies.map(({ node }) => node.id)).toContain('crossing');
    expect(shop.notices).not.toContain('endpoint service');
  });

  it('takes the role that creates the endpoint for the principal, and both regions where they differ', () => {
    const two = new Two(
      {},
      {
        shop: {
          cluster: { region: 'eu-west-1', assumeRole: 'arn:aws:iam::111122223333:role/deploy' },
        },
      },
    );
    two.send('shop');
    two.send('bank', { service: SERVICE });
    const bank = two.deploy('bank');
    expect(bank.crossing('aws_vpc_endpoint_service_allowed_principal')).toEqual([
      expect.objectContaining({ principal_arn: 'arn:aws:iam::111122223333:role/deploy' }),
    ]);
    expect(bank.crossing('aws_vpc_endpoint_service')).toEqual([
      expect.objectContaining({ supported_regions: ['eu-north-1', 'eu-west-1'] }),
    ]);
    expect(two.deploy('shop').crossing('aws_vpc_endpoint')).toEqual([
      expect.objectContaining({ service_region: 'eu-north-1' }),
    ]);
  });

  it('goes both ways where both call, each with a service and an endpoint', () => {
    const two = new Two({ rules: BOTH });
    two.send('shop', { service: SERVICE });
    two.send('bank', { service: SERVICE });
    for (const owner of ['shop', 'bank'] as const) {
      const half = two.deploy(owner);
      expect(half.crossing('aws_vpc_endpoint_service')).toHaveLength(1);
      expect(half.crossing('aws_vpc_endpoint')).toHaveLength(1);
      expect(half.crossing('aws_vpc_endpoint_connection_accepter')).toEqual([]);
      // What is left behind of it is found.
      const name = `mesh-${owner}-to-${other(owner)}`;
      expect(two.connections(owner)).toEqual([
        `security group ${name}`,
        `VPC endpoint ${name}`,
        `VPC endpoint service mesh-${owner}-${owner}`,
      ]);
    }
  });

  it('may have the same addresses in both VPCs', () => {
    const two = new Two({ cidr: '10.10.0.0/16' });
    two.send('shop');
    two.send('bank', { service: SERVICE });
    expect(two.mistakes('shop') + two.mistakes('bank')).toBe('');
  });
});

describe('Peering between two owners', () => {
  const two = new Two({ crossing: 'peering', rules: BOTH });

  it('lets nobody but the own VPC in while the addresses of the partner are not known', () => {
    expect(new Two({ crossing: 'peering' }).deploy('bank').sources('bank-mesh')).toBe(
      '[["10.20.0.0/16"]]',
    );
  });

  it('is requested by the VPC with the lower addresses, with routes, and accepted by nobody yet', () => {
    two.send('shop');
    two.send('bank');
    const shop = two.deploy('shop');
    expect(shop.crossing('aws_vpc_peering_connection')).toEqual([
      expect.objectContaining({
        peer_vpc_id: VPCS.bank,
        peer_owner_id: '444455556666',
        peer_region: 'eu-north-1',
      }),
    ]);
    const routes = shop.crossing('aws_route');
    expect(routes).toHaveLength(3);
    for (const route of routes) expect(route['destination_cidr_block']).toBe('10.20.0.0/16');
    expect(shop.crossing('aws_vpc_peering_connection_accepter')).toEqual([]);
    expect(shop.crossing('aws_vpc_security_group_ingress_rule')).toEqual([]);
    expect(shop.names).not.toContain('federation');
    expect(shop.notices).toContain('does not say that the peering has been accepted');
    expect(shop.sources('shop-mesh')).toBe('[["10.20.0.0/16"]]');

    const bank = two.deploy('bank');
    expect(bank.names).not.toContain('crossing');
    expect(bank.names).not.toContain('federation');
    expect(bank.notices).toContain('The offer of shop has no peering connection yet');
  });

  it('is accepted by its id, from that account and VPC alone', () => {
    two.send('shop', { requested: { bank: PCX } });
    const bank = two.deploy('bank');
    expect(bank.crossing('aws_vpc_peering_connection')).toEqual([]);
    const [accepter] = bank.crossing('aws_vpc_peering_connection_accepter');
    expect(accepter).toMatchObject({ vpc_peering_connection_id: PCX, auto_accept: true });
    expect(JSON.stringify(accepter?.['lifecycle'])).toContain(`.ids, \\"${PCX}\\")`);
    const filters = bank.text('crossing');
    for (const value of [PCX, '111122223333', VPCS.shop]) {
      expect(filters).toContain(`"values":["${value}"]`);
    }
    expect(bank.crossing('aws_route')).toHaveLength(3);
    expect(bank.names).toContain('federation');
    expect(bank.text('federation')).toContain('internal-shop.elb.example.com');
  });

  it('is found when it is left behind, by each of the two', () => {
    expect(two.connections('shop')).toEqual(['VPC peering connection mesh-shop-bank']);
    expect(two.connections('bank')).toEqual(['VPC peering connection mesh-bank-shop']);
  });

  it('carries calls of the one that requested when its partner says that it has accepted', () => {
    two.send('bank', { accepted: { shop: PCX } });
    const shop = two.deploy('shop');
    expect(shop.names).toContain('federation');
    expect(shop.text('federation')).toContain('internal-bank.elb.example.com');
    expect(shop.notices).not.toContain('peering has been accepted');
  });
});

describe('Before anything is deployed, the offers are compared', () => {
  it.each<[string, Two, (two: Two) => void, RegExp]>([
    [
      'another way there',
      new Two({ crossing: 'privatelink' }, { bank: { crossing: 'peering' } }),
      (two) => two.send('bank'),
      /meshes\.bank\.partner: is made for federation\.crossing: peering, and yours is privatelink; agree on one/,
    ],
    [
      'no private connection there',
      new Two({ crossing: 'privatelink' }, { bank: { crossing: 'internet' } }),
      (two) => two.send('bank'),
      /meshes\.bank\.partner: says nothing of a connection, so federation\.crossing is internet or given there, and yours is privatelink/,
    ],
    [
      'a private connection there, and none here',
      new Two({ crossing: 'internet' }, { bank: { crossing: 'privatelink' } }),
      (two) => two.send('bank'),
      /is made for federation\.crossing: privatelink, and yours is internet/,
    ],
    [
      'the same addresses',
      new Two({ crossing: 'peering' }, { bank: { cidr: '10.10.128.0/20' } }),
      (two) => two.send('bank'),
      /connection\.peering: 10\.10\.128\.0\/20 overlaps with 10\.10\.0\.0\/16 of clusters\.shop.*privatelink/,
    ],
    [
      'addresses of our Services',
      new Two(
        { crossing: 'peering' },
        {
          shop: {
            cluster: {
              eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] }, serviceCidr: '10.20.0.0/20' },
            },
          },
        },
      ),
      (two) => two.send('bank'),
      /10\.20\.0\.0\/16 overlaps with 10\.20\.0\.0\/20 of the Services of clusters\.shop/,
    ],
    [
      'a request of both',
      new Two({ crossing: 'peering' }),
      (two) => two.send('bank', { requested: { shop: PCX } }),
      /bank has requested pcx-0123456789abcdef0, and clusters\.shop requests too.*10\.10\.0\.0\/16 here, 10\.20\.0\.0\/16 there/,
    ],
    [
      'an acceptance of both',
      new Two({ crossing: 'peering' }, { shop: { cidr: '10.30.0.0/16' } }),
      (two) => two.send('bank', { accepted: { shop: PCX } }),
      /bank says that it has accepted a connection, and requests it/,
    ],
    [
      'another partition',
      new Two({}, { bank: { more: { aws: { region: 'cn-north-1', accountId: ACCOUNTS.bank } } } }),
      (two) => two.send('bank'),
      /connects cn-north-1, of the partition aws-cn, with eu-north-1 of clusters\.shop, of aws/,
    ],
    [
      'the former way no longer there',
      new Two(
        { crossing: 'privatelink', crossingFrom: 'peering' },
        { bank: { crossingFrom: 'internet' } },
      ),
      (two) => two.send('bank'),
      /connection\.peering: is missing, and federation\.crossingFrom keeps that connection.*crossingFrom: peering too/,
    ],
  ])('%s', (_, two, exchange, message) => {
    exchange(two);
    expect(two.mistakes('shop')).toMatch(message);
    // Whoever writes an offer has to be able to, to end the contradiction.
    expect(() => two.load('shop', false)).not.toThrow();
  });

  it.each<[string, Half, RegExp]>([
    [
      'no account',
      { accountId: null },
      /aws\.accountId: is missing: bank needs the account of clusters\.shop/,
    ],
    [
      'a cluster that is not made here',
      { more: { clusters: { shop: { kind: 'existing-eks', name: 'shop' } } } },
      /clusters\.shop\.kind: is existing-eks, but federation\.crossing privatelink is made between clusters that are made here/,
    ],
  ])('%s is refused, offer or not', (_, half, message) => {
    expect(new Two({}, { shop: half }).mistakes('shop')).toMatch(message);
  });

  it('a gateway without an address is refused where it is called by it', () => {
    const two = new Two({ crossing: 'peering' });
    two.send('bank', {}, { gateway: undefined });
    expect(two.mistakes('shop')).toMatch(
      /gateway: is missing, and shop calls bank; ask for an offer written after bank has been deployed/,
    );
  });
});

describe('While the way changes', () => {
  it('offers are of both ways, and calls stay on the former one until the new one leads there', () => {
    const two = new Two({ crossing: 'privatelink', crossingFrom: 'peering', rules: BOTH });
    two.send('shop', { requested: { bank: PCX } });
    two.send('bank', { accepted: { shop: PCX } });
    const shop = two.deploy('shop');
    expect(shop.crossing('aws_vpc_peering_connection')).toHaveLength(1);
    expect(shop.crossing('aws_vpc_endpoint_service')).toHaveLength(1);
    expect(shop.names).not.toContain('federation');
    two.send('bank', { accepted: { shop: PCX }, service: SERVICE });
    const later = two.deploy('shop');
    expect(later.names).toContain('federation');
    expect(later.crossing('aws_vpc_peering_connection')).toHaveLength(1);
  });
});

describe('An offer with a mistake', () => {
  const OFFERED = {
    privatelink: {
      crossing: 'privatelink',
      privatelink: { principal: 'arn:aws:iam::444455556666:root', region: 'eu-north-1' },
    },
    peering: {
      crossing: 'peering',
      peering: {
        account: '444455556666',
        region: 'eu-north-1',
        vpc: VPCS.bank,
        cidr: CIDRS.bank,
      },
    },
  } as const;

  /** What the shop is told where something of the bank's offer was changed on the way. */
  function told(way: keyof typeof OFFERED, changed: Record<string, unknown>): string {
    const two = new Two({ crossing: way });
    two.send('bank', {}, { connection: OFFERED[way] });
    two.change('bank', (offer) => {
      const connection = (offer['connection'] as Record<string, object>)[way];
      Object.assign(connection ?? {}, changed);
    });
    return two.mistakes('shop');
  }

  it.each([
    ['privatelink', { principal: '*' }, 'principal: is "*"; must be the ARN'],
    ['privatelink', { principal: undefined }, 'principal: is missing; must be text'],
    ['privatelink', { region: 5 }, 'region: is 5; must be text'],
    ['privatelink', { service: 'info' }, 'service: is "info"; must be the name of an endpoint'],
    [
      'privatelink',
      { more: {} },
      'connection.privatelink.more: is nothing that this version of the program knows',
    ],
    ['privatelink', { principal: 'arn:aws-cn:iam::444455556666:root' }, 'of another partition'],
    ['privatelink', { region: 'xx-nowhere-1' }, 'region xx-nowhere-1, which this version'],
    ['peering', { requested: [] }, 'requested: is an empty list; must be a map'],
    [
      'peering',
      { cidr: '127.0.0.0/16' },
      'cidr: is "127.0.0.0/16"; must be the addresses of a VPC',
    ],
    ['peering', { cidr: '169.254.0.0/16' }, 'must be the addresses of a VPC'],
    ['peering', { cidr: '224.0.0.0/16' }, 'must be the addresses of a VPC'],
  ] as const)('says what it is, and nothing that follows from it: %s %j', (way, changed, words) => {
    const mistakes = told(way, changed);
    expect(mistakes).toContain(words);
    expect(mistakes.split('\n')).toHaveLength(1);
  });

  it.each([
    ['another form', { offer: 2 }, 'offer: is 2, and this version of the program reads'],
    ['another kind of thing', { apiVersion: 'v1', kind: 'Secret' }, 'it is no offer; must be'],
  ])('is one mistake where the file is of %s', (_, content, words) => {
    const two = new Two({});
    two.save('bank', JSON.stringify(content));
    const mistakes = two.mistakes('shop');
    expect(mistakes).toContain(words);
    expect(mistakes.split('\n')).toHaveLength(1);
  });

  it('is told once where the offer is written in the settings', () => {
    const connection = { ...OFFERED.peering, peering: { ...OFFERED.peering.peering, vpc: 1 } };
    const two = new Two({ crossing: 'peering' });
    two.send('bank', {}, { connection: OFFERED.peering });
    let offer = {};
    two.change('bank', (read) => {
      offer = { ...read, connection };
    });
    const meshes = { shop: MESHES.shop, bank: { kind: 'consul', partner: offer } };
    const inline = new Two({ crossing: 'peering', more: { meshes } });
    expect(inline.mistakes('shop')).toBe(
      'meshes.bank.partner.connection.peering.vpc: is 1; must be text',
    );
  });

  it.each([
    ['', 'is empty; must be the path'],
    ['.', 'a folder; name the file in it'],
    [`${'x'.repeat(300)}.yaml`, 'is too long for a path'],
    ['/dev/null', 'which is no file; name one'],
  ])('is told at its place where the file cannot be read: "%s"', (file, words) => {
    const meshes = { shop: MESHES.shop, bank: { kind: 'consul', partner: file } };
    const mistakes = new Two({ more: { meshes } }).mistakes('shop');
    expect(mistakes).toContain('meshes.bank.partner: ');
    expect(mistakes).toContain(words);
    expect(mistakes.split('\n')).toHaveLength(1);
  });
});

describe('A private connection is refused', () => {
  it.each(['crossing', 'crossingFrom'])('of a further federation, by %s', (setting) => {
    const federation = { name: 'depot', crossing: 'given', [setting]: 'peering' };
    expect(new Two({ more: { federation } }).mistakes('shop')).toMatch(
      new RegExp(
        `^federation\\.${setting}: is peering, which is made together with the meshes`,
        'm',
      ),
    );
  });

  it.each(['peering', 'privatelink'])('into a Linkerd mesh of a partner: %s', (crossing) => {
    const meshes = { shop: MESHES.shop, bank: { kind: 'linkerd', partner: 'bank.offer.yaml' } };
    expect(new Two({ crossing, more: { meshes } }).mistakes('shop')).toContain(
      `federation.crossing: leads to gateways (${crossing}), but rules lead into bank, a Linkerd mesh`,
    );
  });

  it('to a VPC of which two offers say different things', () => {
    const two = new Two({ crossing: 'peering' });
    two.send('bank');
    two.change('bank', (offer) => Object.assign(offer, { mesh: 'depot' }));
    const settings = two.settings('shop');
    const offered = two.offer('bank');
    two.send('bank');
    two.change('bank', ({ connection }) => {
      Object.assign((connection as { peering: object }).peering, { account: '999999999999' });
    });
    Object.assign(settings['meshes'] as object, { depot: { kind: 'consul', partner: offered } });
    const policy = settings['accessPolicy'] as { meshes: object; rules: object[] };
    Object.assign(policy.meshes, { depot: { services: { stock: {} } } });
    policy.rules.push({ from: 'shop/checkout', to: 'depot/stock' });
    expect(two.mistakes('shop', settings)).toContain(
      `${VPCS.bank} has the account 999999999999 by the offer of bank, and 444455556666 by that of depot`,
    );
  });
});
