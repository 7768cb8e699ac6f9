import { describe, expect, it } from '@jest/globals';
import { Fn } from 'cdktf';
import { Network, type NetworkProps } from '../../constructs/network';
import { address, awsStack, Plan, reference, types } from '../helpers/aws';

function build(props: Partial<NetworkProps> = {}) {
  const stack = awsStack();
  const network = new Network(stack, 'network', { name: 'mesh', cidr: '10.10.0.0/16', ...props });
  return { network, plan: new Plan(stack) };
}

/** Where traffic to the internet goes from each subnet of a kind, zone by zone. */
function waysOut({ network, plan }: ReturnType<typeof build>, kind: 'public' | 'private') {
  const associations = plan.all('aws_route_table_association');
  return network[`${kind}Subnets`].map((subnet) => {
    const tables = associations.filter(({ subnet_id }) => subnet_id === reference(subnet));
    expect(tables).toHaveLength(1);
    const routes = plan.all('aws_route').filter(({ route_table_id, destination_cidr_block }) => {
      return route_table_id === tables[0]?.route_table_id && destination_cidr_block === '0.0.0.0/0';
    });
    return routes.map(({ gateway_id, nat_gateway_id }) => gateway_id ?? nat_gateway_id);
  });
}

describe('Network', () => {
  it('has a public and a private subnet in each of three zones', () => {
    const { network, plan } = build();
    const zones = [network.publicSubnets, network.privateSubnets].map((subnets) =>
      subnets.map((subnet) => plan.of(subnet).availability_zone),
    );
    expect(zones[0]).toEqual(zones[1]);
    expect(new Set(zones[0]).size).toBe(3);
    expect(network.privateSubnets.map((subnet) => plan.of(subnet).cidr_block)).toEqual([
      '10.10.0.0/18',
      '10.10.64.0/18',
      '10.10.128.0/18',
    ]);
    expect(network.publicSubnets.map((subnet) => plan.of(subnet).cidr_block)).toEqual([
      '10.10.192.0/24',
      '10.10.193.0/24',
      '10.10.194.0/24',
    ]);
  });

  it('leaves the choice of zones to Terraform, without those that EKS cannot use', () => {
    const { plan } = build({ zones: 2 });
    expect(plan.all('data.aws_availability_zones')).toEqual([
      expect.objectContaining({
        state: 'available',
        exclude_zone_ids: ['use1-az3', 'usw1-az2', 'cac1-az3'],
        filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
        lifecycle: {
          postcondition: [
            {
              condition: '${length(self.names) >= 2}',
              error_message: expect.stringContaining(
                'and 2 are asked for: ask for fewer',
              ) as unknown,
            },
          ],
        },
      }),
    ]);
  });

  it('stays where it is when another choice of zones would be made, and when another block is asked for', () => {
    const { network, plan } = build();
    for (const subnet of [...network.publicSubnets, ...network.privateSubnets]) {
      expect(plan.of(subnet).lifecycle).toMatchObject({ ignore_changes: ['availability_zone'] });
    }
    // What refuses is planned before what it would replace.
    const [refusal] = plan
      .all('terraform_data')
      .filter(({ input }) => JSON.stringify(input).includes('10.10.0.0/16'));
    expect(refusal?.lifecycle).toHaveProperty('postcondition');
    expect(types(plan.before(network.vpc))).toContain('terraform_data');
  });

  it('is in the zones that were named', () => {
    const { network, plan } = build({ zones: ['eu-north-1b', 'eu-north-1c'] });
    expect(network.privateSubnets.map((subnet) => plan.of(subnet).availability_zone)).toEqual([
      'eu-north-1b',
      'eu-north-1c',
    ]);
    expect(plan.all('data.aws_availability_zones')).toEqual([]);
  });

  it('resolves names, without which nodes do not find the private endpoint', () => {
    const { network, plan } = build();
    expect(plan.of(network.vpc)).toMatchObject({
      enable_dns_support: true,
      enable_dns_hostnames: true,
    });
  });

  it('has the tags by which load balancers find their subnets', () => {
    const { network, plan } = build({ clusterNames: ['one', 'two'] });
    const clusters = {
      'kubernetes.io/cluster/one': 'shared',
      'kubernetes.io/cluster/two': 'shared',
    };
    for (const subnet of network.publicSubnets) {
      const { tags } = plan.of(subnet);
      expect(tags).toMatchObject({ 'kubernetes.io/role/elb': '1', ...clusters });
      expect(tags).not.toHaveProperty('kubernetes.io/role/internal-elb');
    }
    for (const subnet of network.privateSubnets) {
      const { tags } = plan.of(subnet);
      expect(tags).toMatchObject({ 'kubernetes.io/role/internal-elb': '1', ...clusters });
      expect(tags).not.toHaveProperty('kubernetes.io/role/elb');
    }
  });

  it('closes the default security group', () => {
    const { network, plan } = build();
    const group = plan.of(network.defaultSecurityGroup);
    expect(group.vpc_id).toBe(reference(network.vpc));
    expect(group).not.toHaveProperty('ingress');
    expect(group).not.toHaveProperty('egress');
  });

  it('gives instances in public subnets a public address only on demand', () => {
    const launch = (props: Partial<NetworkProps>) => {
      const { network, plan } = build(props);
      return [network.publicSubnets, network.privateSubnets].map((subnets) =>
        subnets.map((subnet) => plan.of(subnet).map_public_ip_on_launch),
      );
    };
    expect(launch({})).toEqual([
      [false, false, false],
      [false, false, false],
    ]);
    expect(launch({ publicAddresses: true })).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
  });
});

describe('The way to the internet', () => {
  it('is the internet gateway for public subnets, and one NAT gateway for all private ones', () => {
    const built = build();
    const { network, plan } = built;
    expect(waysOut(built, 'public')).toEqual(
      Array.from({ length: 3 }, () => [reference(network.internetGateway)]),
    );
    const [nat, ...more] = network.natGateways;
    expect(more).toEqual([]);
    if (nat === undefined) throw new Error('no NAT gateway');
    expect(waysOut(built, 'private')).toEqual(Array.from({ length: 3 }, () => [reference(nat)]));
    expect(plan.of(nat).subnet_id).toBe(reference(network.publicSubnets[0] ?? nat));
    expect(plan.all('aws_eip')).toHaveLength(1);
  });

  it('is a NAT gateway of the same zone, where there is one per zone', () => {
    const built = build({ nat: 'per-zone', zones: 4 });
    const { network, plan } = built;
    expect(waysOut(built, 'private')).toEqual(network.natGateways.map((nat) => [reference(nat)]));
    expect(network.natGateways.map((nat) => plan.of(nat).subnet_id)).toEqual(
      network.publicSubnets.map((subnet) => reference(subnet)),
    );
    expect(plan.all('aws_eip')).toHaveLength(4);
  });

  it('is closed for private subnets without NAT', () => {
    const built = build({ nat: 'none' });
    expect(waysOut(built, 'private')).toEqual([[], [], []]);
    expect(built.plan.types).not.toContain('aws_eip');
  });

  it('can have addresses that exist', () => {
    const { network, plan } = build({
      nat: 'per-zone',
      zones: 2,
      natAllocationIds: ['eipalloc-1', 'eipalloc-2'],
    });
    expect(network.natGateways.map((nat) => plan.of(nat).allocation_id)).toEqual([
      'eipalloc-1',
      'eipalloc-2',
    ]);
    expect(plan.types).not.toContain('aws_eip');
  });

  it('is complete when all of `egress` is there', () => {
    const { network, plan } = build();
    const expected = ['aws_route', 'aws_route_table_association'].flatMap((type) => plan.all(type));
    expect(new Set(network.egress).size).toBe(expected.length);
  });

  it('is there before the NAT gateway, and goes after it, or AWS would not let it go', () => {
    for (const natAllocationIds of [undefined, ['eipalloc-1']]) {
      const { network, plan } = build({ natAllocationIds });
      for (const nat of network.natGateways) {
        expect(plan.before(nat)).toContain(address(network.internetGateway));
        expect(types(plan.before(nat))).toContain('aws_route');
      }
    }
    const { network, plan } = build();
    expect(plan.all('aws_eip')).toEqual([
      expect.objectContaining({ depends_on: [address(network.internetGateway)] }),
    ]);
  });
});

describe('Traffic to S3', () => {
  it('goes past the NAT gateway from every subnet', () => {
    const { network, plan } = build();
    expect(plan.all('aws_vpc_endpoint')).toEqual([
      expect.objectContaining({
        vpc_endpoint_type: 'Gateway',
        service_name: expect.stringMatching(
          /^\$\{data\.aws_vpc_endpoint_service\.\w+\.service_name\}$/,
        ) as unknown,
        route_table_ids: [network.publicRouteTable, ...network.privateRouteTables].map((table) =>
          reference(table),
        ),
      }),
    ]);
  });

  it('is asked for by its kind: its name begins differently in other partitions', () => {
    expect(build().plan.all('data.aws_vpc_endpoint_service')).toEqual([
      {
        service_type: 'Gateway',
        filter: [
          {
            name: 'service-name',
            values: ['*.s3', expect.stringMatching(/^com\.amazonaws\.\$\{.*region.*\}\.s3$/)],
          },
        ],
      },
    ]);
  });

  it('goes like all other where that is not wanted', () => {
    const { network, plan } = build({ s3Endpoint: false });
    expect(network.s3Endpoint).toBeUndefined();
    expect(plan.types).not.toContain('aws_vpc_endpoint');
  });
});

describe('The flow log', () => {
  it('is off unless asked for', () => {
    const { network, plan } = build();
    expect(network.flowLog).toBeUndefined();
    expect(plan.types).not.toContain('aws_flow_log');
    expect(plan.types).not.toContain('aws_cloudwatch_log_group');
  });

  it('is encrypted with the key that was named, and writes when its role may', () => {
    const encryptionKeyArn = 'arn:aws:kms:eu-north-1:111122223333:key/1';
    const { network, plan } = build({ flowLogs: { retentionDays: 14, encryptionKeyArn } });
    if (network.flowLog === undefined) throw new Error('no log');
    expect(plan.all('aws_cloudwatch_log_group')).toMatchObject([{ kms_key_id: encryptionKeyArn }]);
    // Without it AWS drops what it cannot write.
    expect(types(plan.before(network.flowLog))).toContain('aws_iam_role_policy');
  });

  it('has all connections, for so many days, and a role that can write to its group only', () => {
    const { plan } = build({ flowLogs: { retentionDays: 14 } });
    const [log] = plan.all('aws_flow_log');
    const [group] = plan.all('aws_cloudwatch_log_group');
    const [policy] = plan.all('aws_iam_role_policy');
    expect(log?.traffic_type).toBe('ALL');
    // No other account's flow logs have the service take the role.
    const [role] = plan.all('aws_iam_role');
    expect(JSON.parse(String(role?.assume_role_policy))).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': expect.stringMatching(
                /^\$\{data\.aws_caller_identity\.\w+\.account_id\}$/,
              ) as unknown,
            },
          },
        },
      ],
    });
    expect(group).toMatchObject({ name: '/aws/vpc/mesh/flow-log', retention_in_days: 14 });
    const { Statement: statements } = JSON.parse(String(policy?.policy)) as {
      Statement: { Effect: string; Action: string | string[]; Resource: string }[];
    };
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        Resource: `${String(log?.log_destination)}:*`,
      },
      { Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
    ]);
  });
});

describe('Network is refused', () => {
  it('with all that is wrong', () => {
    expect(() =>
      build({ cidr: '8.8.8.0/24', zones: ['eu-north-1a', 'eu-north-1a'], natAllocationIds: [] }),
    ).toThrow(
      `Network mesh cannot be made:
  zones[1]: eu-north-1a is listed twice; list it once
  cidr: 8.8.8.0/24 is not private; must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10
  natAllocationIds: 0 listed; must be one for each NAT gateway, which is 1`,
    );
  });

  it('with all that is wrong with its parts beside', () => {
    expect(() =>
      build({
        name: 'sg-mesh',
        cidr: '8.8.8.0/24',
        clusterNames: ['mesh-istio', 'mesh consul', 'x'.repeat(101)],
        awsEndpoints: { accounts: ['own'] },
      }),
    ).toThrow(
      `Network sg-mesh cannot be made:
  cidr: 8.8.8.0/24 is not private; must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10
  clusterNames[1]: is "mesh consul"; must start with a letter or digit, go on with letters, digits, "-" and "_", and have at most 100 characters
  clusterNames[2]: is "${'x'.repeat(101)}"; must start with a letter or digit, go on with letters, digits, "-" and "_", and have at most 100 characters
  name: is "sg-mesh"; must not start with "sg-", since names of security groups start with it, and AWS keeps "sg-" for ids
  awsEndpoints.accounts[0]: is "own"; must be the 12 digits of an account`,
    );
    expect(() => build({ name: 'sg-mesh' })).not.toThrow();
  });

  it.each<[string, Partial<NetworkProps>, string]>([
    ['in one zone', { zones: 1 }, 'zones: 1 zones; EKS needs at least 2, and no region has more'],
    [
      'with more addresses than gateways',
      { nat: 'one', natAllocationIds: ['eipalloc-1', 'eipalloc-2'] },
      'natAllocationIds: 2 listed; must be one for each NAT gateway, which is 1',
    ],
    ['in half a zone', { zones: 2.5 }, 'zones: 2.5 zones; EKS needs at least 2'],
    ['in seven zones', { zones: 7 }, 'zones: 7 zones; EKS needs at least 2'],
    ['without a block', { cidr: '10.0.0.0' }, 'cidr: 10.0.0.0 is no IPv4 CIDR block'],
    ['with a small block', { cidr: '10.0.0.0/25' }, 'cidr: 10.0.0.0/25 is too small for subnets'],
    [
      'with a block that is not known yet',
      { cidr: Fn.join('', ['10.0.0.0', '/16']) },
      'cidr: is known only at deploy; the subnets are worked out from it at synthesis',
    ],
  ])('%s', (_, props, message) => {
    expect(() => build(props)).toThrow(message);
  });
});

describe('An existing network', () => {
  const ids = { vpcId: 'vpc-1', privateSubnetIds: ['subnet-1', 'subnet-2'] };

  it('is what it is: nothing in it is made, and nothing is waited for', () => {
    expect(Network.fromAttributes(ids)).toEqual({ ...ids, publicSubnetIds: [], egress: [] });
    expect(
      Network.fromAttributes({ ...ids, publicSubnetIds: ['subnet-3'] }).publicSubnetIds,
    ).toEqual(['subnet-3']);
  });

  it('needs two private subnets', () => {
    expect(() => Network.fromAttributes({ ...ids, privateSubnetIds: ['subnet-1'] })).toThrow(
      'The network vpc-1 cannot be used:\n' +
        '  privateSubnetIds: 1 listed; EKS needs two, in different zones',
    );
  });

  it('has each route table once', () => {
    expect(() =>
      Network.fromAttributes({
        ...ids,
        privateRouteTableIds: ['rtb-1'],
        publicRouteTableIds: ['rtb-2', 'rtb-2', 'rtb-1'],
      }),
    ).toThrow(
      'The network vpc-1 cannot be used:\n' +
        '  publicRouteTableIds[1]: rtb-2 is listed twice; list it once\n' +
        '  publicRouteTableIds[2]: rtb-1 is among privateRouteTableIds too, and would get the same route twice; ' +
        'list it once',
    );
  });

  it('has IPv6 addresses in each subnet where it is asked for, and a way out that leads nobody in', () => {
    const { network, plan } = build({ ipv6: true });
    expect(plan.of(network.vpc)).toMatchObject({ assign_generated_ipv6_cidr_block: true });
    const subnets = [...network.privateSubnets, ...network.publicSubnets].map((one) =>
      plan.of(one),
    );
    const blocks = subnets.map(({ ipv6_cidr_block }) => String(ipv6_cidr_block));
    // A /64 of its own for each, of the /56.
    expect(blocks.map((block) => /, 8, (\d+)\)/.exec(block)?.[1])).toEqual([
      ...['0', '1', '2'],
      ...['128', '129', '130'],
    ]);
    expect(subnets.every((one) => one.assign_ipv6_address_on_creation === true)).toBe(true);
    const gateway = network.egressOnlyGateway;
    if (gateway === undefined) throw new Error('no way out');
    const routes = network.ipv6Routes.map((route) => plan.of(route));
    expect(routes.every((one) => one.destination_ipv6_cidr_block === '::/0')).toBe(true);
    expect(
      routes.map(({ gateway_id, egress_only_gateway_id }) => gateway_id ?? egress_only_gateway_id),
    ).toEqual([reference(network.internetGateway), ...[0, 1, 2].map(() => reference(gateway))]);
    expect(network.egress).toEqual(expect.arrayContaining([...network.ipv6Routes]));
  });

  it('has no way out of the private subnets by IPv6 either, without NAT gateways', () => {
    const { network } = build({ ipv6: true, nat: 'none' });
    expect(network.egressOnlyGateway).toBeUndefined();
    expect(network.ipv6Routes).toHaveLength(1);
    expect(build().network.ipv6Cidr).toBeUndefined();
  });
});
