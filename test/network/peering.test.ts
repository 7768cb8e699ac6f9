import { describe, expect, it } from '@jest/globals';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import {
  Network,
  type PeeredVpc,
  VpcPeering,
  VpcPeeringHalf,
  type VpcPeeringHalfProps,
  type VpcPeeringProps,
} from '../../constructs/network';
import { address, awsStack, Plan, reference } from '../helpers/aws';
import { synthesise } from '../helpers/synth';

function build(
  props: Partial<VpcPeeringProps> = {},
  ends: Readonly<Partial<Record<'shop' | 'bank', Partial<PeeredVpc>>>> = {},
) {
  const stack = awsStack();
  const shop = new Network(stack, 'shop', { name: 'shop', cidr: '10.10.0.0/16' });
  const bank = new Network(stack, 'bank', { name: 'bank', cidr: '10.20.0.0/16', zones: 2 });
  const peering = new VpcPeering(stack, 'peering', {
    name: 'shop-bank',
    requester: { network: shop, ...ends.shop },
    accepter: { network: bank, ...ends.bank },
    ...props,
  });
  return { shop, bank, peering, plan: new Plan(stack) };
}

describe('VpcPeering', () => {
  it('leads from each private route table to the other VPC, in both directions, and from no public one', () => {
    const { shop, bank, plan } = build();
    const routes = plan
      .all('aws_route')
      .filter(({ vpc_peering_connection_id }) => vpc_peering_connection_id !== undefined)
      .map(({ route_table_id, destination_cidr_block }) => [
        route_table_id,
        destination_cidr_block,
      ]);
    const wanted = [
      ...shop.privateRouteTables.map((table) => [reference(table), '10.20.0.0/16']),
      ...bank.privateRouteTables.map((table) => [reference(table), '10.10.0.0/16']),
    ];
    expect(routes.sort()).toEqual(wanted.sort());
    expect(routes).toHaveLength(5);
  });

  it('makes routes when the connection is accepted, and not before', () => {
    const { peering, plan } = build();
    for (const route of [...peering.routes.requester, ...peering.routes.accepter]) {
      expect([...plan.before(route)]).toEqual(
        expect.arrayContaining([address(peering.connection), address(peering.acceptance)]),
      );
    }
  });

  it('lets the other VPC in by its own addresses, on the named ports alone', () => {
    const { peering, plan } = build(
      {},
      { bank: { admits: [{ securityGroupId: 'sg-0a', port: 443, description: 'API' }] } },
    );
    expect(plan.all('aws_vpc_security_group_ingress_rule')).toEqual([
      expect.objectContaining({
        security_group_id: 'sg-0a',
        cidr_ipv4: '10.10.0.0/16',
        ip_protocol: 'tcp',
        from_port: 443,
        to_port: 443,
      }),
    ]);
    expect(peering.rules.requester).toEqual([]);
  });

  it('resolves names across the connection, unless told otherwise', () => {
    const options = (props?: Partial<VpcPeeringProps>) =>
      build(props)
        .plan.all('aws_vpc_peering_connection_options')
        .map(({ requester, accepter }) => JSON.stringify(requester ?? accepter));
    expect(options()).toEqual(Array(2).fill('{"allow_remote_vpc_dns_resolution":true}'));
    expect(options({ dnsResolution: false })).toEqual(
      Array(2).fill('{"allow_remote_vpc_dns_resolution":false}'),
    );
  });

  it('has options when it is accepted: AWS refuses them before', () => {
    const { peering, plan } = build();
    for (const options of Object.values(peering.options)) {
      expect([...plan.before(options)]).toContain(address(peering.acceptance));
    }
  });

  it('reaches into another account and region by a provider of its own', () => {
    const stack = awsStack();
    const there = new AwsProvider(stack, 'there', { alias: 'there', region: 'eu-west-1' });
    const network = (n: number) =>
      Network.fromAttributes({
        vpcId: `vpc-0${n}`,
        cidr: `10.${n}.0.0/16`,
        privateSubnetIds: [`subnet-0${n}a`, `subnet-0${n}b`],
        privateRouteTableIds: [`rtb-0${n}`],
      });
    const peering = new VpcPeering(stack, 'peering', {
      name: 'two-accounts',
      requester: { network: network(1) },
      accepter: {
        network: network(2),
        provider: there,
        accountId: '111122223333',
        region: 'eu-west-1',
        admits: [{ securityGroupId: 'sg-0a', port: 443, description: 'API' }],
      },
    });
    const plan = new Plan(stack);
    expect(plan.of(peering.connection)).toMatchObject({
      vpc_id: 'vpc-01',
      peer_vpc_id: 'vpc-02',
      peer_owner_id: '111122223333',
      peer_region: 'eu-west-1',
    });
    expect(plan.of(peering.connection)).not.toHaveProperty('provider');
    const others = [
      peering.acceptance,
      peering.options.accepter,
      ...peering.routes.accepter,
      ...peering.rules.accepter,
    ].map((resource) => plan.of(resource).provider);
    expect(others).toEqual(Array(4).fill('aws.there'));
    const own = [peering.options.requester, ...peering.routes.requester];
    expect(own.map((resource) => plan.of(resource).provider)).toEqual([undefined, undefined]);
    // Nobody accepts it by hand.
    expect(plan.of(peering.acceptance)).toMatchObject({ auto_accept: true });
  });

  it('is there when names and ways are, in both directions', () => {
    const { peering } = build(
      {},
      { bank: { admits: [{ securityGroupId: 'sg-0a', port: 443, description: 'API' }] } },
    );
    expect(peering.ready).toEqual(
      expect.arrayContaining([
        peering.options.requester,
        peering.options.accepter,
        ...peering.routes.requester,
        ...peering.routes.accepter,
        ...peering.rules.accepter,
      ]),
    );
  });

  it('leads from the public route tables of an existing VPC where nodes are there', () => {
    const network = Network.fromAttributes({
      vpcId: 'vpc-01',
      cidr: '10.30.0.0/16',
      privateSubnetIds: ['subnet-0a', 'subnet-0b'],
      privateRouteTableIds: ['rtb-0a'],
      publicRouteTableIds: ['rtb-0b'],
    });
    const { peering, plan } = build({}, { shop: { network, publicNodes: true } });
    expect(peering.routes.requester.map((route) => plan.of(route)['route_table_id'])).toEqual([
      'rtb-0a',
      'rtb-0b',
    ]);
  });

  it('refuses all mistakes at once', () => {
    const end = (vpcId: string, cidr?: string) => ({
      network: Network.fromAttributes({
        vpcId,
        cidr,
        privateSubnetIds: ['subnet-0a', 'subnet-0b'],
      }),
    });
    const stack = awsStack();
    expect(
      () =>
        new VpcPeering(stack, 'peering', {
          name: 'p',
          requester: end('vpc-01', '10.10.0.0/16'),
          accepter: end('vpc-01', '10.10.128.0/17'),
        }),
    ).toThrow(
      /requester\.network\.privateRouteTableIds: is empty.*accepter\.network\.privateRouteTableIds: is empty.*vpc-01 is both.*10\.10\.128\.0\/17 overlaps with 10\.10\.0\.0\/16/s,
    );
    expect(
      () =>
        new VpcPeering(stack, 'unknown', {
          name: 'p',
          // By an `INetwork` of one's own, which nobody has looked at.
          requester: { network: { ...end('vpc-01').network, cidr: '10.10.0.1/16' } },
          accepter: end('vpc-02'),
        }),
    ).toThrow(
      /10\.10\.0\.1\/16 has bits set behind its prefix.*accepter\.network\.cidr: is missing/s,
    );
  });
});

describe('VpcPeeringHalf', () => {
  const peer = {
    vpcId: 'vpc-0123456789abcdef0',
    cidr: '10.20.0.0/16',
    accountId: '444455556666',
    region: 'eu-west-1',
  };

  function half(
    props: Partial<Omit<VpcPeeringHalfProps, 'own'>> = {},
    own: Partial<VpcPeeringHalfProps['own']> = {},
  ) {
    const stack = awsStack();
    const network = new Network(stack, 'shop', { name: 'shop', cidr: '10.10.0.0/16' });
    const made = new VpcPeeringHalf(stack, 'half', {
      name: 'shop-bank',
      own: { network, ...own },
      peer,
      ...props,
    });
    return { network, made, stack, plan: new Plan(stack) };
  }

  it('requests the connection from the peer, and leads to its addresses from each private route table', () => {
    const { network, made, plan } = half();
    expect(plan.all('aws_vpc_peering_connection')).toEqual([
      expect.objectContaining({
        vpc_id: reference(network.vpc),
        peer_vpc_id: peer.vpcId,
        peer_owner_id: peer.accountId,
        peer_region: peer.region,
      }),
    ]);
    expect(plan.all('aws_vpc_peering_connection_accepter')).toEqual([]);
    // Neither end can be changed by the other, and before it is accepted by nobody.
    expect(plan.all('aws_vpc_peering_connection_options')).toEqual([]);
    expect(made.routes).toHaveLength(3);
    for (const route of made.routes) {
      expect([...plan.before(route)]).toContain(address(made.connection ?? route));
    }
    expect(made.acceptance).toBeUndefined();
  });

  it('accepts a request by its id, where it comes from that VPC of that account to this one', () => {
    const { network, made, stack, plan } = half({ connectionId: 'pcx-0123456789abcdef0' });
    expect(plan.all('aws_vpc_peering_connection')).toEqual([]);
    const [accepter] = plan.all('aws_vpc_peering_connection_accepter');
    expect(accepter).toMatchObject({
      vpc_peering_connection_id: 'pcx-0123456789abcdef0',
      auto_accept: true,
    });
    const [found] = Object.values(synthesise(stack).data?.['aws_vpc_peering_connections'] ?? {});
    expect(found?.['filter']).toEqual([
      { name: 'vpc-peering-connection-id', values: ['pcx-0123456789abcdef0'] },
      { name: 'requester-vpc-info.owner-id', values: [peer.accountId] },
      { name: 'requester-vpc-info.vpc-id', values: [peer.vpcId] },
      { name: 'accepter-vpc-info.vpc-id', values: [reference(network.vpc)] },
    ]);
    const { precondition } = accepter?.['lifecycle'] as {
      precondition: [{ condition: string; error_message: string }];
    };
    expect(precondition[0].condition).toMatch(
      /^\$\{contains\(data\.aws_vpc_peering_connections\.\w+\.ids, "pcx-0123456789abcdef0"\)\}$/,
    );
    expect(precondition[0].error_message).toContain('Ask the owner of that VPC for a new offer');
    // The provider forgets it only, which whoever destroys is told.
    expect(plan.all('terraform_data')).toContainEqual(
      expect.objectContaining({
        depends_on: [address(made.acceptance ?? network.vpc)],
        provisioner: [
          {
            'local-exec': expect.objectContaining({
              when: 'destroy',
              environment: {
                TEXT: expect.stringMatching(
                  /delete-vpc-peering-connection --vpc-peering-connection-id pcx-0123456789abcdef0$/,
                ) as unknown,
              },
            }) as unknown,
          },
        ],
      }),
    );
    for (const route of made.routes) {
      expect([...plan.before(route)]).toContain(address(made.acceptance ?? route));
    }
  });

  it('lets the peer in by its own addresses, on the named ports alone', () => {
    const admits = [{ securityGroupId: 'sg-0a', port: 443, description: 'API' }];
    expect(half({}, { admits }).plan.all('aws_vpc_security_group_ingress_rule')).toEqual([
      expect.objectContaining({ cidr_ipv4: peer.cidr, from_port: 443, to_port: 443 }),
    ]);
    expect(half().plan.all('aws_vpc_security_group_ingress_rule')).toEqual([]);
  });

  it('has routes of the public subnets too, where nodes are there', () => {
    expect(half({}, { publicNodes: true }).made.routes).toHaveLength(4);
  });

  it('refuses what has no addresses, no way to them, or is its own VPC, and says where', () => {
    const own = { publicSubnetIds: [], privateSubnetIds: ['subnet-0a'], egress: [] };
    const within = (network: object, other = peer) =>
      half({ peer: other }, { network: { ...own, vpcId: 'vpc-0a', ...network } });
    expect(() => within({})).toThrow(
      /own\.network\.cidr: is missing[^]*own\.network\.privateRouteTableIds: is empty/,
    );
    const known = { cidr: '10.10.0.0/16', privateRouteTableIds: ['rtb-0a'] };
    expect(() => within(known)).not.toThrow();
    expect(() => within(known, { ...peer, vpcId: 'vpc-0a' })).toThrow(
      /peer\.vpcId: vpc-0a is both; peer two VPCs/,
    );
    expect(() => within(known, { ...peer, cidr: '10.20.0.1/16' })).toThrow(
      /peer\.cidr: 10\.20\.0\.1\/16 has bits set behind its prefix/,
    );
  });

  it('refuses addresses that overlap, and what is no account and no connection, all at once', () => {
    const wrong = () =>
      half({
        peer: { ...peer, cidr: '10.10.64.0/20', accountId: '4444' },
        connectionId: 'vpce-1',
      });
    expect(wrong).toThrow(
      /peer\.cidr: 10\.10\.64\.0\/20 overlaps with 10\.10\.0\.0\/16 of your own/,
    );
    expect(wrong).toThrow(/peer\.accountId: is "4444"; must be the 12 digits of an account/);
    expect(wrong).toThrow(/connectionId: is "vpce-1"; must be an id such as pcx-/);
  });
});
