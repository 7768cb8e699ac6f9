import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { parse } from 'yaml';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { ConsulMeshStack } from '../../stacks/consul-mesh';
import { IstioMeshStack } from '../../stacks/istio-mesh';
import { mistakesOf } from '../helpers/mistakes';
import { type Block, releaseValues } from '../helpers/synth';

interface GatewayService extends Block {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly loadBalancerSourceRanges?: readonly string[];
}

/** The Services of both gateways, as the charts are told them. */
function services(settings: ConfigInput): { istio: GatewayService; consul: GatewayService } {
  const app = Testing.app();
  const eks = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
  addStacks(app, defineConfig({ eks, ...settings }).config);
  const [istio] = app.node.children.filter((child) => child instanceof IstioMeshStack);
  const [consul] = app.node.children.filter((child) => child instanceof ConsulMeshStack);
  if (istio === undefined || consul === undefined) throw new Error('a mesh is missing');
  const { service } = releaseValues(istio, 'istio-ingressgateway') as { service: GatewayService };
  const { ingressGateways } = releaseValues(consul, 'consul') as {
    ingressGateways: {
      gateways: [{ service: { annotations?: string; additionalSpec?: string } }];
    };
  };
  const { annotations, additionalSpec } = ingressGateways.gateways[0].service;
  return {
    istio: service,
    consul: {
      annotations: parse(annotations ?? '{}') as Record<string, string>,
      ...(parse(additionalSpec ?? '{}') as Block),
    },
  };
}

/** The address of a NAT gateway, known to Terraform only. */
const natOf = (cluster: string): unknown =>
  expect.stringMatching(new RegExp(`^\\$\\{aws_eip\\.${cluster}_0\\.public_ip\\}/32$`));

it('Annotations of the user go before those that are set here', () => {
  const key = 'service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled';
  const gateway = { annotations: { [key]: 'false' } };
  const { istio, consul } = services({ meshes: { istio: { gateway }, consul: {} } });
  expect(istio.annotations?.[key]).toBe('false');
  expect(consul.annotations?.[key]).toBe('true');
});

describe('Who may connect to a gateway', () => {
  it('is the other cluster alone, by the address of its NAT gateway', () => {
    const { istio, consul } = services({});
    expect(istio.loadBalancerSourceRanges).toEqual([natOf('consul')]);
    expect(consul.loadBalancerSourceRanges).toEqual([natOf('istio')]);
  });

  it('is the other cluster too, where the user lists somebody', () => {
    const { consul } = services({
      meshes: { consul: { gateway: { allowedSources: ['198.51.100.0/24'] } } },
    });
    expect(consul.loadBalancerSourceRanges).toEqual(['198.51.100.0/24', natOf('istio')]);
  });

  it('is known where an existing cluster says by which addresses its pods call out', () => {
    const { consul, istio } = services({
      clusters: { istio: { kind: 'existing-eks', name: 'a', egressCidrs: ['192.0.2.4/32'] } },
    });
    expect(consul.loadBalancerSourceRanges).toEqual(['192.0.2.4/32']);
    expect(istio.loadBalancerSourceRanges).toEqual([natOf('consul')]);
  });

  it('is everybody where that is not known, or where the user says so', () => {
    const theirs: ConfigInput = { clusters: { istio: { kind: 'existing-eks', name: 'a' } } };
    expect(services(theirs).consul).not.toHaveProperty('loadBalancerSourceRanges');
    expect(defineConfig({ profile: 'emulated', ...theirs }).notices).toContainEqual(
      expect.stringMatching(
        /^The gateway of meshes\.consul takes connections from everybody.*clusters\.istio\.egressCidrs/,
      ),
    );
    const open = services({ meshes: { consul: { gateway: { allowedSources: ['0.0.0.0/0'] } } } });
    expect(open.consul.loadBalancerSourceRanges).toEqual(['0.0.0.0/0']);
  });

  it('may be blocks of IPv6 where the load balancer has both', () => {
    const annotation = 'service.beta.kubernetes.io/aws-load-balancer-ip-address-type';
    const dualStack = (...allowedSources: string[]): ConfigInput => ({
      clusters: {
        consul: { kind: 'existing-eks', name: 'b', loadBalancers: 'aws-load-balancer-controller' },
      },
      meshes: {
        consul: { gateway: { allowedSources, annotations: { [annotation]: 'dualstack' } } },
      },
    });
    expect(services(dualStack('2001:db8::/32')).consul.loadBalancerSourceRanges).toEqual([
      '2001:db8::/32',
      natOf('istio'),
    ]);
    // Who comes by IPv4 is not among everybody of IPv6.
    expect(services(dualStack('::/0')).consul.loadBalancerSourceRanges).toEqual([
      '::/0',
      natOf('istio'),
    ]);
    expect(services(dualStack('::/0', '0.0.0.0/0')).consul.loadBalancerSourceRanges).toEqual([
      '::/0',
      '0.0.0.0/0',
    ]);
    const { clusters, meshes } = dualStack('0.0.0.0/0', '::/0');
    expect(mistakesOf(() => defineConfig({ profile: 'emulated', meshes }))).toEqual([
      expect.stringMatching(/^meshes\.consul\.gateway\.annotations\..*is made here without IPv6/),
      expect.stringMatching(
        /^meshes\.consul\.gateway\.allowedSources\[1\]: ::\/0 is of IPv6, which the load balancer .*dualstack/,
      ),
    ]);
    expect(
      mistakesOf(() =>
        defineConfig({
          profile: 'emulated',
          clusters,
          meshes: { consul: { gateway: { allowedSources: ['::/0'] } } },
        }),
      ),
    ).toHaveLength(1);
  });

  it('is the other VPC where the two are connected and the gateway is internal', () => {
    const { istio, consul } = services({
      federation: { crossing: 'given' },
      meshes: { istio: { gateway: { internal: true } } },
    });
    expect(istio.loadBalancerSourceRanges).toEqual(['10.20.0.0/16']);
    expect(consul.loadBalancerSourceRanges).toEqual([natOf('istio')]);
  });
});

describe('The subnets of a load balancer', () => {
  const annotation = 'service.beta.kubernetes.io/aws-load-balancer-subnets';
  const existingVpc = {
    vpcId: 'vpc-0a',
    privateSubnetIds: ['subnet-0a', 'subnet-0b'],
    publicSubnetIds: ['subnet-0c', 'subnet-0d'],
  };

  it('are the public ones of an existing VPC, or the private ones for an internal one', () => {
    const clusters: ConfigInput['clusters'] = { istio: { existingVpc } };
    expect(services({ clusters }).istio.annotations?.[annotation]).toBe('subnet-0c,subnet-0d');
    const internal = services({
      clusters,
      federation: { crossing: 'given' },
      meshes: { istio: { gateway: { internal: true } } },
    });
    expect(internal.istio.annotations?.[annotation]).toBe('subnet-0a,subnet-0b');
  });

  it('are found by their tags in a VPC that is made here', () => {
    expect(services({}).istio.annotations).not.toHaveProperty(annotation);
  });
});

describe('A port that changes', () => {
  it('leaves the old one open until it is taken out', () => {
    const { istio } = services({
      meshes: { istio: { gateway: { tlsPort: 9443, previousTlsPort: 8443, ports: [] } } },
    });
    expect((istio.ports as { port: number }[]).map(({ port }) => port)).toEqual([9443, 8443]);
  });

  it('is not both at once', () => {
    expect(() =>
      defineConfig({
        profile: 'emulated',
        meshes: { istio: { gateway: { tlsPort: 8443, previousTlsPort: 8443 } } },
      }),
    ).toThrow('port 8443 is used twice: by tlsPort and by previousTlsPort');
  });
});

describe('Callers of Consul', () => {
  const callers = (count: number): ConfigInput => {
    const keys = Array.from({ length: count }, (_, i) => `s${i}`);
    return {
      profile: 'emulated',
      weather: { enabled: false },
      // Of whose security group nothing is known.
      clusters: { consul: { kind: 'existing-eks', name: 'theirs' } },
      meshes: { consul: { gateway: { ports: [] } } },
      accessPolicy: {
        meshes: {
          istio: { services: Object.fromEntries(keys.map((key) => [key, {}])) },
          consul: { services: { info: {} } },
        },
        rules: keys.map((key) => ({ from: `istio/${key}`, to: 'consul/info' })),
      },
    };
  };

  it('are as many as a network load balancer has listeners', () => {
    expect(() => defineConfig(callers(50))).not.toThrow();
    expect(() => defineConfig(callers(51))).toThrow(
      'accessPolicy.rules: let 51 ports lead into consul, one for each calling service, beside 0 ' +
        'others of its gateway, and its load balancer takes 50 listeners',
    );
  });
});

describe('The accounts of the Consul mesh', () => {
  it('are good in their own namespace only, and nobody else joins from that of the borders', () => {
    const app = Testing.app();
    const eks = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
    addStacks(app, defineConfig({ eks }).config);
    const [consul] = app.node.children.filter((child) => child instanceof ConsulMeshStack);
    if (consul === undefined) throw new Error('no mesh');
    const { connectInject } = releaseValues(consul, 'consul') as {
      connectInject: { aclBindingRuleSelector: string; k8sAllowNamespaces: string[] };
    };
    expect(connectInject.k8sAllowNamespaces).toEqual([
      'default',
      'weather',
      'federation-borders',
      'consul',
    ]);
    const admits = (namespace: string, name: string) =>
      bexpr(connectInject.aclBindingRuleSelector, { namespace, name });
    expect(admits('weather', 'info')).toBe(true);
    expect(admits('default', 'info')).toBe(false);
    expect(admits('default', 'other')).toBe(true);
    expect(admits('federation-borders', 'backend')).toBe(true);
    expect(admits('federation-borders', 'backend-outbound')).toBe(true);
    // Whoever may run pods beside the applications is not a border, and none of those is a service.
    expect(admits('default', 'backend-outbound')).toBe(false);
    expect(admits('default', 'backend')).toBe(false);
    expect(admits('federation-borders', 'info')).toBe(false);
    expect(admits('federation-borders', 'other')).toBe(false);
    expect(admits('elsewhere', 'info')).toBe(false);
    expect(admits('default', 'default')).toBe(false);
  });
});

/** Evaluates the part of go-bexpr that selectors use: `and` binds tighter than `or`. */
function bexpr(selector: string, account: { namespace: string; name: string }): boolean {
  const tokens = selector
    .replace(/^'|'$/g, '')
    .match(/\(|\)|and|or|serviceaccount\.\w+[!=]="[^"]*"/g);
  const rest = [...(tokens ?? [])];
  const either = (): boolean => {
    let value = both();
    while (rest[0] === 'or') {
      rest.shift();
      value = both() || value;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (rest[0] === 'and') {
      rest.shift();
      value = one() && value;
    }
    return value;
  };
  const one = (): boolean => {
    const token = rest.shift() ?? '';
    if (token === '(') {
      const value = either();
      rest.shift();
      return value;
    }
    const [, field, operator, text] = /^serviceaccount\.(\w+)([!=])="(.*)"$/.exec(token) ?? [];
    return ((field === 'name' ? account.name : account.namespace) === text) === (operator === '=');
  };
  return either();
}
