import { describe, expect, it } from '@jest/globals';
import { AWS_ENDPOINTS, Network } from '../../constructs/network';
import { address, awsStack, Plan, reference } from '../helpers/aws';

describe('Endpoints of AWS services', () => {
  const stack = awsStack();
  const network = new Network(stack, 'network', {
    name: 'mesh',
    cidr: '10.10.0.0/16',
    zones: 2,
    nat: 'none',
    awsEndpoints: true,
  });
  const plan = new Plan(stack);
  const interfaces = plan
    .all('aws_vpc_endpoint')
    .filter((one) => one['vpc_endpoint_type'] === 'Interface');

  it('are there for each service, by its usual name, in each private subnet whose zone has it', () => {
    expect(interfaces).toHaveLength(AWS_ENDPOINTS.length);
    const looked = plan.all('data.aws_subnet').map(({ id }) => id);
    expect(looked).toEqual(network.privateSubnets.map((subnet) => reference(subnet)));
    for (const one of interfaces) {
      expect(one['private_dns_enabled']).toBe(true);
      const [, service] = /^\$\{(.*)\.service_name\}$/.exec(String(one['service_name'])) ?? [];
      const [, ids, asked] =
        /^\$\{\[for subnet in \[(.*)\] : subnet\.id if contains\((.*)\.availability_zones, subnet\.zone\)\]\}$/.exec(
          String(one['subnet_ids']),
        ) ?? [];
      expect([asked, ids?.match(/ zone = /g)]).toEqual([service, [' zone = ', ' zone = ']]);
    }
  });

  it('take calls on 443 from the addresses of the VPC alone', () => {
    const rules = plan.all('aws_vpc_security_group_ingress_rule');
    expect(rules).toMatchObject([{ cidr_ipv4: '10.10.0.0/16', from_port: 443, to_port: 443 }]);
    expect(plan.all('aws_vpc_security_group_egress_rule')).toEqual([]);
    const groups = new Set(interfaces.map((one) => JSON.stringify(one['security_group_ids'])));
    expect(groups.size).toBe(1);
  });

  it('pass on calls of the own account only, where AWS has a policy for that', () => {
    const open = interfaces
      .filter(({ policy }) => policy === undefined)
      .map(({ tags }) => (tags as Record<string, string>)['Name']);
    expect(open.sort()).toEqual(['mesh-eks-auth', 'mesh-sts']);
    for (const { policy } of interfaces.filter((one) => one['policy'] !== undefined)) {
      expect(policy).toMatch(
        /"aws:PrincipalAccount":\["\$\{data\.aws_caller_identity\.[^}]*account_id\}"\]/,
      );
    }
  });

  it('pass on calls of further accounts that are named, and of no text', () => {
    const other = awsStack();
    const network = { name: 'mesh', cidr: '10.10.0.0/16', nat: 'none' } as const;
    new Network(other, 'network', { ...network, awsEndpoints: { accounts: ['444455556666'] } });
    const [policy] = new Plan(other)
      .all('aws_vpc_endpoint')
      .flatMap((one) => (typeof one['policy'] === 'string' ? [one['policy']] : []));
    expect(policy).toMatch(/"aws:PrincipalAccount":\["\$\{.*\}","444455556666"\]/);
    const named = { ...network, name: 'sg-closed', awsEndpoints: true };
    expect(() => new Network(other, 'sg', named)).toThrow(
      'name: is "sg-closed"; must not start with "sg-"',
    );
    expect(
      () => new Network(other, 'wrong', { ...network, awsEndpoints: { accounts: ['own'] } }),
    ).toThrow(
      /Network mesh .*:\n {2}awsEndpoints\.accounts\[0\]: is "own"; must be the 12 digits of an account/,
    );
  });

  it('are there before nodes are, as the routes are', () => {
    expect(network.egress).toEqual(
      expect.arrayContaining(Object.values(network.awsEndpoints?.endpoints ?? {})),
    );
    expect(network.egress).toContain(network.s3Endpoint);
    expect(plan.all('aws_nat_gateway')).toEqual([]);
    // A node that starts before calls are let in never joins.
    const { rule, endpoints } = network.awsEndpoints ?? {};
    if (rule === undefined) throw new Error('no rule');
    for (const endpoint of Object.values(endpoints ?? {})) {
      expect(plan.before(endpoint)).toContain(address(rule));
    }
  });

  it('are not there unasked', () => {
    const other = awsStack();
    new Network(other, 'network', { name: 'mesh', cidr: '10.10.0.0/16' });
    const types = new Plan(other).all('aws_vpc_endpoint').map((one) => one['vpc_endpoint_type']);
    expect(types).toEqual(['Gateway']);
  });
});
