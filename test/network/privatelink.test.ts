import { describe, expect, it } from '@jest/globals';
import {
  Network,
  PrivateLinkEndpoint,
  type PrivateLinkEndpointProps,
  PrivateLinkService,
  type PrivateLinkServiceProps,
} from '../../constructs/network';
import { address, awsStack, Plan } from '../helpers/aws';

const network = Network.fromAttributes({
  vpcId: 'vpc-01',
  privateSubnetIds: ['subnet-0a', 'subnet-0b'],
});

function offer(props: Partial<PrivateLinkServiceProps> = {}, stack = awsStack()) {
  const service = new PrivateLinkService(stack, 'service', {
    name: 'bank',
    loadBalancerTags: { 'kubernetes.io/service-name': 'consul/gateway' },
    madeBy: "EKS' own controller",
    allowedPrincipals: ['arn:aws:iam::111122223333:root'],
    ...props,
  });
  return { stack, service };
}

function take(props: Partial<PrivateLinkEndpointProps> = {}, stack = awsStack()) {
  return new PrivateLinkEndpoint(stack, 'endpoint', {
    name: 'to-bank',
    serviceName: 'com.amazonaws.vpce.eu-north-1.vpce-svc-0a',
    network,
    ports: [8443, 9443],
    callers: ['sg-0a'],
    ...props,
  });
}

describe('PrivateLinkService', () => {
  it('is for the allowed principals, whose connections wait to be accepted', () => {
    const { stack, service } = offer();
    const plan = new Plan(stack);
    expect(plan.of(service.service)).toMatchObject({ acceptance_required: true });
    expect(plan.all('aws_vpc_endpoint_service_allowed_principal')).toEqual([
      expect.objectContaining({ principal_arn: 'arn:aws:iam::111122223333:root' }),
    ]);
  });

  it('finds its load balancer by tags, and says what to do while there is none', () => {
    const { stack } = offer();
    const [found] = new Plan(stack).all('data.aws_lbs');
    expect(found).toMatchObject({
      tags: { 'kubernetes.io/service-name': 'consul/gateway' },
      lifecycle: {
        postcondition: [
          {
            condition: '${length(self.arns) == 1}',
            error_message: expect.stringContaining("EKS' own controller makes it") as unknown,
          },
        ],
      },
    });
  });

  it.each([
    [[], 'nobody could connect'],
    [['*'], 'is "*"; must be the ARN'],
    [['111122223333'], 'is "111122223333"; must be the ARN'],
  ])('refuses the principals %j', (allowedPrincipals, message) => {
    expect(() => offer({ allowedPrincipals })).toThrow(message);
  });
});

describe('PrivateLinkEndpoint', () => {
  it('lets the named groups call the named ports, and nobody else anything', () => {
    const stack = awsStack();
    const { endpoint, securityGroup } = take({}, stack);
    const plan = new Plan(stack);
    expect(
      plan
        .all('aws_vpc_security_group_ingress_rule')
        .map(({ referenced_security_group_id, cidr_ipv4, from_port, to_port }) => [
          referenced_security_group_id,
          cidr_ipv4,
          from_port,
          to_port,
        ]),
    ).toEqual([
      ['sg-0a', undefined, 8443, 8443],
      ['sg-0a', undefined, 9443, 9443],
    ]);
    expect(plan.all('aws_vpc_security_group_egress_rule')).toEqual([]);
    expect(plan.of(endpoint)).toMatchObject({
      vpc_endpoint_type: 'Interface',
      security_group_ids: [`\${${address(securityGroup)}.id}`],
    });
  });

  it('is in the zones that the service has, as the callers see them', () => {
    const stack = awsStack();
    const { endpoint } = take({}, stack);
    expect(new Plan(stack).of(endpoint).subnet_ids).toMatch(
      /^\$\{\[for subnet in .* if contains\(data\.aws_vpc_endpoint_service\.\w+\.availability_zones, subnet\.zone\)\]\}$/,
    );
  });

  it('is in all private subnets where the service is of another region', () => {
    const stack = awsStack();
    const { endpoint } = take({ serviceRegion: 'eu-west-1' }, stack);
    expect(new Plan(stack).of(endpoint)).toMatchObject({
      service_region: 'eu-west-1',
      subnet_ids: ['subnet-0a', 'subnet-0b'],
    });
  });

  it('asks when it is allowed to, and is accepted by name', () => {
    const { stack, service } = offer();
    const { endpoint } = take(
      { serviceName: service.serviceName, dependsOn: service.permissions },
      stack,
    );
    const acceptance = service.accept('shop', endpoint.id);
    const plan = new Plan(stack);
    expect([...plan.before(endpoint)]).toEqual(
      expect.arrayContaining(service.permissions.map(address)),
    );
    expect([...plan.before(acceptance)]).toContain(address(endpoint));
  });

  it('refuses all mistakes at once', () => {
    expect(() => take({ ports: [0, 70000], callers: [] })).toThrow(
      /callers: is empty.*ports\[0\]: is 0.*ports\[1\]: is 70000/s,
    );
  });
});
