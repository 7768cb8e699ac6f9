import { describe, expect, it } from '@jest/globals';
import { Testing, TerraformStack } from 'cdktf';
import { nlbAnnotations, nlbTags, PrivateGateway } from '../../constructs/kubernetes';
import { gatewayPortProblems } from '../../constructs/kubernetes/load-balancer';
import { formatProblem } from '../../constructs/problems';

const prefix = 'service.beta.kubernetes.io/aws-load-balancer';

describe('the annotations of a Network Load Balancer', () => {
  it('make a public one under either controller', () => {
    expect(nlbAnnotations()).toEqual({
      [`${prefix}-type`]: 'nlb',
      [`${prefix}-scheme`]: 'internet-facing',
      [`${prefix}-nlb-target-type`]: 'instance',
      [`${prefix}-cross-zone-load-balancing-enabled`]: 'true',
    });
  });

  it('make an internal one under either controller, with tags', () => {
    expect(
      nlbAnnotations({ internal: true, tags: { Project: 'mesh', Owner: 'me' } }),
    ).toMatchObject({
      [`${prefix}-scheme`]: 'internal',
      [`${prefix}-internal`]: 'true',
      [`${prefix}-additional-resource-tags`]: 'Project=mesh,Owner=me',
    });
  });

  it('hand the Service to the AWS Load Balancer Controller, which EKS own one then leaves alone', () => {
    const annotations = nlbAnnotations({ controller: 'aws-load-balancer-controller' });
    expect(annotations).toMatchObject({
      [`${prefix}-type`]: 'external',
      [`${prefix}-nlb-target-type`]: 'instance',
      [`${prefix}-attributes`]: 'load_balancing.cross_zone.enabled=true',
    });
    expect(annotations).not.toHaveProperty([`${prefix}-cross-zone-load-balancing-enabled`]);
  });

  it.each(['aws-load-balancer-controller', 'auto-mode'] as const)(
    'lead to the pods themselves, by addresses of both families, where these have IPv6 (%s)',
    (controller) => {
      expect(nlbAnnotations({ controller, ipFamily: 'ipv6' })).toMatchObject({
        [`${prefix}-nlb-target-type`]: 'ip',
        [`${prefix}-ip-address-type`]: 'dualstack',
      });
      expect(() => nlbAnnotations({ ipFamily: 'ipv6' })).toThrow(
        'controller: is in-cloud, which reaches pods by IPv4 only',
      );
    },
  );

  it('leave the class to EKS Auto Mode, which takes every Service', () => {
    const annotations = nlbAnnotations({ controller: 'auto-mode', internal: true });
    expect(annotations).not.toHaveProperty([`${prefix}-type`]);
    expect(annotations).not.toHaveProperty([`${prefix}-internal`]);
    expect(annotations).toHaveProperty([`${prefix}-scheme`], 'internal');
  });

  it.each(['aws-load-balancer-controller', 'auto-mode'] as const)(
    'let what comes by PrivateLink past the security group that %s makes',
    (controller) => {
      const rule = [`${prefix}-inbound-sg-rules-on-private-link-traffic`];
      expect(nlbAnnotations({ controller, internal: true })).toHaveProperty(rule, 'off');
      expect(nlbAnnotations({ controller })).not.toHaveProperty(rule);
    },
  );
});

describe('the tags by which a load balancer is found', () => {
  const service = { clusterName: 'c', namespace: 'n', serviceName: 's' };

  it.each([
    [undefined, { 'kubernetes.io/cluster/c': 'owned', 'kubernetes.io/service-name': 'n/s' }],
    [
      'aws-load-balancer-controller',
      {
        'elbv2.k8s.aws/cluster': 'c',
        'service.k8s.aws/stack': 'n/s',
        'service.k8s.aws/resource': 'LoadBalancer',
      },
    ],
    [
      'auto-mode',
      {
        'eks:eks-cluster-name': 'c',
        'service.eks.amazonaws.com/stack': 'n/s',
        'service.eks.amazonaws.com/resource': 'LoadBalancer',
      },
    ],
  ] as const)('are those that the controller writes: %s', (controller, tags) => {
    expect(nlbTags({ ...service, controller })).toEqual(tags);
  });
});

describe('the ports of a gateway', () => {
  it('are fine when they differ', () => {
    expect(
      gatewayPortProblems(
        [],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 8443 },
        ],
      ),
    ).toEqual([]);
  });

  it('are refused all at once', () => {
    expect(
      gatewayPortProblems(
        ['gateway'],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
          { name: 'c', port: 0 },
          { name: 'd', port: 1.5 },
          { name: 'e', port: 15021 },
        ],
        { 15021: 'health checks' },
      ).map(formatProblem),
    ).toEqual([
      'gateway: port 80 is used twice: by a and by b; give one of them another',
      'gateway: port 0 (c) must be a whole number from 1 to 65535',
      'gateway: port 1.5 (d) must be a whole number from 1 to 65535',
      "gateway: port 15021 (e) is the proxy's own: health checks; take another",
    ]);
  });
});

it('a private gateway is refused with all that is wrong with it and its load balancer', () => {
  const stack = new TerraformStack(Testing.app(), 'test');
  expect(
    () =>
      new PrivateGateway(stack, 'gateway', {
        namespace: 'istio-ingress',
        serviceName: 'ingress',
        selector: {},
        ports: [{ name: 'tls', port: 70_000 }],
        allowedSources: [],
        tags: { 'aws:own': 'a' },
        ipFamily: 'ipv6',
        dependsOn: [],
      }),
  ).toThrow(
    /^PrivateGateway ingress-private cannot be made:\n {2}ports: .*\n {2}allowedSources: .*\n {2}tags\.aws:own: the key must not .*\n {2}controller: is in-cloud/,
  );
});
