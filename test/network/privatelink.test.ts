import { describe, expect, it } from '@jest/globals';
import { TerraformOutput, Testing } from 'cdktf';
import {
  Network,
  PrivateLinkEndpoint,
  type PrivateLinkEndpointProps,
  PrivateLinkService,
  type PrivateLinkServiceProps,
} from '../../constructs/network';
import { address, awsStack, Plan, reference } from '../helpers/aws';

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

function take(props: Partial<PrivateLinkEndpointProps> = {}, stack = awsStack(), id = 'endpoint') {
  return new PrivateLinkEndpoint(stack, id, {
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

  it('can be destroyed while there is none: the provider refuses an empty list then too', () => {
    const { stack, service } = offer();
    expect(new Plan(stack).of(service.service)['network_load_balancer_arns']).toMatch(
      /^\$\{coalescelist\(tolist\(data\.aws_lbs\.\w+\.arns\), \["arn:aws:elasticloadbalancing:[^"]+"\]\)\}$/,
    );
  });

  it.each([
    [[], 'nobody could connect'],
    [['*'], 'is "*"; must be the ARN'],
    [['111122223333'], 'is "111122223333"; must be the ARN'],
    // Everybody, in words that look like an account's.
    [['arn:aws:iam::*:root'], 'is "arn:aws:iam::*:root"; must be the ARN'],
    [['arn:aws:iam::111122223333:root/x'], 'must be the ARN'],
    [['xarn:aws:iam::111122223333:root'], 'must be the ARN'],
    [['arn:aws:iam::111122223333:role/'], 'must be the ARN'],
    [['arn:aws:iam::111122223333:root', '*'], 'allowedPrincipals[1]: is "*"'],
  ])('refuses the principals %j', (allowedPrincipals, message) => {
    expect(() => offer({ allowedPrincipals })).toThrow(message);
  });

  it.each([
    'arn:aws:iam::111122223333:role/path/deploy',
    'arn:aws:iam::111122223333:user/me',
    'arn:aws-cn:iam::111122223333:root',
  ])('takes %s', (principal) => {
    const { service } = offer({ allowedPrincipals: [principal] });
    expect(service.permissions).toHaveLength(1);
  });

  it('accepts an endpoint at this service, and can do without acceptance', () => {
    const { stack, service } = offer();
    const plan = new Plan(stack);
    const acceptance = service.accept('shop', 'vpce-0a');
    expect(new Plan(stack).of(acceptance)).toMatchObject({
      vpc_endpoint_service_id: reference(service.service),
      vpc_endpoint_id: 'vpce-0a',
    });
    for (const permission of service.permissions) {
      expect(plan.of(permission)['vpc_endpoint_service_id']).toBe(reference(service.service));
    }
    const open = offer({ acceptance: false });
    expect(new Plan(open.stack).of(open.service.service)).toMatchObject({
      acceptance_required: false,
    });
  });
});

describe('PrivateLinkEndpoint', () => {
  it('is called by its first name, which has an address in each zone; the others are of one zone', () => {
    const stack = awsStack();
    const made = take({}, stack);
    new TerraformOutput(stack, 'called_at', { value: made.address });
    const { output } = JSON.parse(Testing.synth(stack)) as {
      output: { called_at: { value: string } };
    };
    expect(output.called_at.value).toBe(`\${${address(made.endpoint)}.dns_entry[0].dns_name}`);
  });

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
      service_name: 'com.amazonaws.vpce.eu-north-1.vpce-svc-0a',
      vpc_id: 'vpc-01',
      security_group_ids: [`\${${address(securityGroup)}.id}`],
    });
    expect(plan.of(securityGroup)['vpc_id']).toBe('vpc-01');
    for (const rule of plan.all('aws_vpc_security_group_ingress_rule')) {
      expect(rule).toMatchObject({
        security_group_id: reference(securityGroup),
        ip_protocol: 'tcp',
      });
    }
  });

  it('has its rules before it takes a call', () => {
    const stack = awsStack();
    const { endpoint, rules } = take({}, stack);
    expect([...new Plan(stack).before(endpoint)]).toEqual(
      expect.arrayContaining(rules.map(address)),
    );
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
    // From another region too, where no zone is asked for before.
    const abroad = take(
      { name: 'abroad', serviceRegion: 'eu-west-1', dependsOn: service.permissions },
      stack,
      'abroad',
    );
    expect([...new Plan(stack).before(abroad.endpoint)]).toEqual(
      expect.arrayContaining(service.permissions.map(address)),
    );
  });

  it('refuses all mistakes at once', () => {
    expect(() => take({ name: 'sg-bank', ports: [0, 70000], callers: [] })).toThrow(
      /name: is "sg-bank"; must not.*callers: is empty.*ports\[0\]: is 0.*ports\[1\]: is 70000/s,
    );
    const nowhere = { ...network, privateSubnetIds: [] };
    expect(() => take({ ports: [], network: nowhere })).toThrow(
      /ports: is empty.*network\.privateSubnetIds: is empty/s,
    );
    expect(() => take({ ports: [1, 65_535] })).not.toThrow();
    expect(() => take({ ports: [1.5] })).toThrow('ports[0]: is 1.5');
  });
});
