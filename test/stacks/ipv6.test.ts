import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { Plan } from '../helpers/aws';
import { mistakesOf } from '../helpers/mistakes';
import { type Block, releaseValues, stackOf } from '../helpers/synth';

const ANNOTATION = 'service.beta.kubernetes.io/aws-load-balancer';
const EKS = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
const IPV6 = {
  kind: 'eks',
  loadBalancers: 'aws-load-balancer-controller',
  eks: { ipFamily: 'ipv6' },
} as const;

/** The default pair, with the pods of Istio on IPv6. */
const PAIR: ConfigInput = { clusters: { istio: IPV6 } };

/** Two meshes of Istio, both on IPv6, that call each other. */
const TWINS: ConfigInput = {
  weather: { enabled: false },
  clusters: {
    one: { ...IPV6, name: 'one', cidr: '10.10.0.0/16' },
    two: { ...IPV6, name: 'two', cidr: '10.20.0.0/16' },
  },
  meshes: {
    one: { kind: 'istio', trustDomain: 'one.example.com' },
    two: { kind: 'istio', trustDomain: 'two.example.com' },
  },
  accessPolicy: {
    meshes: { one: { services: { a: {} } }, two: { services: { b: {} } } },
    rules: [
      { from: 'one/a', to: 'two/b' },
      { from: 'two/b', to: 'one/a' },
    ],
  },
};

function deploy(settings: ConfigInput) {
  const app = Testing.app();
  addStacks(app, defineConfig({ eks: EKS, ...settings }).config);
  return (id: string) => stackOf(app, id);
}

function gatewayOf(stack: ReturnType<ReturnType<typeof deploy>>) {
  return releaseValues(stack, 'istio-ingressgateway').service as {
    readonly annotations: Readonly<Record<string, string>>;
    readonly loadBalancerSourceRanges: readonly string[];
  };
}

describe('A cluster whose pods have IPv6 addresses', () => {
  const stack = deploy(PAIR);
  const plan = new Plan(stack('istio-cluster'));

  it('is of that family, with addresses of Services that EKS chooses', () => {
    const [cluster] = plan.all('aws_eks_cluster');
    expect(cluster?.kubernetes_network_config).toEqual({ ip_family: 'ipv6' });
    const [other] = new Plan(stack('consul-cluster')).all('aws_eks_cluster');
    expect(other?.kubernetes_network_config).toEqual({ service_ipv4_cidr: '172.20.0.0/16' });
  });

  it('has a load balancer with addresses of both families, which leads to the pods themselves', () => {
    const { annotations, loadBalancerSourceRanges } = gatewayOf(stack('istio-mesh'));
    expect(annotations).toMatchObject({
      [`${ANNOTATION}-type`]: 'external',
      [`${ANNOTATION}-nlb-target-type`]: 'ip',
      [`${ANNOTATION}-ip-address-type`]: 'dualstack',
    });
    // Callers on IPv4 come by IPv4.
    expect(loadBalancerSourceRanges).toEqual([expect.stringContaining('/32')]);
  });

  it('has sidecars that reach names and addresses of IPv4 too, and an application that answers by IPv6', () => {
    expect(releaseValues(stack('istio-mesh'), 'istiod').env).toEqual({
      ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS: 'true',
    });
    const hosts = (id: string) =>
      new Plan(stack(id))
        .all('kubernetes_deployment_v1')
        .map(
          (deployment) => /"name":"HOST","value":"([^"]*)"/.exec(JSON.stringify(deployment))?.[1],
        );
    expect(hosts('istio-workloads')).toEqual(['::', '::']);
    expect(hosts('consul-workloads')).toEqual(['127.0.0.1']);
  });

  it('is called by pods of another such cluster with their own addresses', () => {
    const twins = deploy(TWINS);
    const { loadBalancerSourceRanges } = gatewayOf(twins('one-mesh'));
    expect(loadBalancerSourceRanges).toEqual([
      expect.stringMatching(/\/32$/),
      expect.stringContaining('ipv6_cidr_block'),
    ]);
  });

  it('is peered by IPv6 too, where both have it', () => {
    const twins = deploy({ ...TWINS, federation: { crossing: 'peering' } });
    const routes = new Plan(twins('crossing')).all('aws_route');
    expect(routes.filter((route) => 'destination_cidr_block' in route)).toHaveLength(6);
    expect(routes.filter((route) => 'destination_ipv6_cidr_block' in route)).toHaveLength(6);
    const [service] = new Plan(twins('two-mesh')).all('kubernetes_service_v1');
    const { annotations } = service?.metadata as { annotations: Block };
    expect(annotations).toMatchObject({ [`${ANNOTATION}-ip-address-type`]: 'dualstack' });
    expect(service?.spec).toMatchObject({
      load_balancer_source_ranges: ['10.10.0.0/16', expect.stringContaining('ipv6_cidr_block')],
    });
    const mixed = deploy({ ...PAIR, federation: { crossing: 'peering' } });
    expect(
      new Plan(mixed('crossing'))
        .all('aws_route')
        .filter((route) => 'destination_ipv6_cidr_block' in route),
    ).toEqual([]);
  });

  it('lets the API be reached over the peering by both, where it is private', () => {
    const twins = deploy({
      ...TWINS,
      eks: { endpoint: { privateOnly: true } },
      federation: { crossing: 'peering' },
    });
    const rules = new Plan(twins('crossing')).all('aws_vpc_security_group_ingress_rule');
    expect(rules.filter((rule) => 'cidr_ipv4' in rule)).toHaveLength(2);
    expect(rules.filter((rule) => 'cidr_ipv6' in rule)).toHaveLength(2);
    expect(new Set(rules.map(({ from_port }) => from_port))).toEqual(new Set([443]));
  });

  it('may be called by an IPv6 address', () => {
    const address = (clusters: ConfigInput['clusters']) =>
      mistakesOf(() =>
        defineConfig({
          eks: EKS,
          federation: { crossing: 'given' },
          clusters,
          meshes: { consul: { gateway: { address: 'fd00::1' } } },
        }),
      );
    expect(address({ istio: IPV6 })).toEqual([]);
    expect(address({})).toHaveLength(1);
  });
});

describe('With IPv6 addresses of pods are refused', () => {
  const istio = (more: object): ConfigInput => ({
    clusters: { istio: { ...IPV6, ...more } },
  });

  it.each<[string, ConfigInput, string]>([
    [
      'the controller of every cluster',
      istio({ loadBalancers: 'in-cloud' }),
      'clusters.istio.loadBalancers: is in-cloud, which reaches pods by IPv4 only, but eks.ipFamily of clusters.istio ' +
        'is ipv6; install the AWS Load Balancer Controller',
    ],
    [
      'Consul',
      { clusters: { consul: IPV6 } },
      'clusters.consul.eks.ipFamily: is ipv6, but meshes.consul is in that cluster, and only Istio is supported there: ' +
        "Consul's chart has such pods with global.dualStack alone",
    ],
    [
      'Linkerd',
      {
        meshes: { istio: { kind: 'istio' }, linkerd: { kind: 'linkerd' } },
        clusters: {
          istio: { kind: 'eks', name: 'a', cidr: '10.10.0.0/16' },
          linkerd: { ...IPV6, name: 'b', cidr: '10.20.0.0/16' },
        },
        weather: { enabled: false },
        accessPolicy: { meshes: {}, rules: [] },
      },
      'clusters.linkerd.eks.ipFamily: is ipv6, but meshes.linkerd is in that cluster, and only Istio is supported',
    ],
    [
      'a VPC that exists',
      istio({
        existingVpc: {
          vpcId: 'vpc-0a',
          privateSubnetIds: ['subnet-0a', 'subnet-0b'],
          publicSubnetIds: ['subnet-0c'],
        },
      }),
      'clusters.istio.existingVpc: is set, but eks.ipFamily of clusters.istio is ipv6',
    ],
    [
      'borders on IPv4 alone',
      { ...PAIR, federation: { borders: { ipv6: false } } },
      'federation.borders.ipv6: is false, but eks.ipFamily of clusters.istio is ipv6, where nobody would reach',
    ],
    [
      'regions of China',
      { ...PAIR, aws: { region: 'cn-north-1' } },
      'clusters.istio.eks.ipFamily: is ipv6, which EKS does not have in China',
    ],
    [
      'instances that are not of the Nitro System',
      istio({
        eks: { ipFamily: 'ipv6', nodeGroups: [{ name: 'old', instanceTypes: ['m4.large'] }] },
      }),
      'nodeGroups[0].instanceTypes[0]: is m4.large, which is not of the Nitro System, and ipFamily is ipv6',
    ],
    [
      'annotations by which no pod is reached',
      {
        ...PAIR,
        meshes: {
          istio: { gateway: { annotations: { [`${ANNOTATION}-nlb-target-type`]: 'instance' } } },
        },
      },
      'is "instance", but eks.ipFamily is ipv6, whose pods no load balancer reaches so; leave it out',
    ],
  ])('%s', (_, settings, message) => {
    expect(mistakesOf(() => defineConfig({ eks: EKS, ...settings }))).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('nothing of the addresses of Services, which only do nothing', () => {
    const { notices } = defineConfig({
      eks: EKS,
      ...istio({ eks: { ipFamily: 'ipv6', serviceCidr: '10.100.0.0/16' } }),
    });
    expect(notices.join('\n')).toContain('serviceCidr has no effect: eks.ipFamily is ipv6');
  });
});
