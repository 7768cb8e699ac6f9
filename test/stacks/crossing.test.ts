import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { parse } from 'yaml';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { Plan } from '../helpers/aws';
import { type Block, releaseValues, stackOf, synthesise } from '../helpers/synth';

const EKS = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };
const PRIVATE = { endpoint: { privateOnly: true } };

function deploy(settings: ConfigInput) {
  const app = Testing.app();
  const plans = new Map<string, Plan>();
  addStacks(app, defineConfig({ eks: EKS, ...settings }).config);
  return {
    app,
    names: app.node.children.map(({ node }) => node.id),
    stack: (id: string) => stackOf(app, id),
    plan: (id: string) => {
      const plan = plans.get(id) ?? new Plan(stackOf(app, id));
      plans.set(id, plan);
      return plan;
    },
  };
}

/** Of the gateway's own Service, in both meshes: type, and from where it may be called. */
function ownServices({ stack }: ReturnType<typeof deploy>) {
  const { service: istio } = releaseValues(stack('istio-mesh'), 'istio-ingressgateway') as {
    service: Block;
  };
  const { ingressGateways } = releaseValues(stack('consul-mesh'), 'consul') as {
    ingressGateways: { gateways: [{ service: Block }] };
  };
  const { service: consul } = ingressGateways.gateways[0];
  return { istio, consul };
}

/** The private Services, by mesh. */
function privateServices({ plan }: ReturnType<typeof deploy>) {
  const find = (id: string) =>
    plan(id)
      .all('kubernetes_service_v1')
      .find(({ metadata }) => (metadata as Block).name?.toString().endsWith('-private'));
  return { istio: find('istio-mesh'), consul: find('consul-mesh') };
}

/** What the private gateway of a mesh is told: sources, ports, scheme. */
function spec(service: Block | undefined) {
  return service?.['spec'] as
    | {
        load_balancer_source_ranges: string[];
        port: { port: number }[];
        selector: Record<string, string>;
        type: string;
      }
    | undefined;
}

/** Where the roads out of the meshes lead. */
function gatewayOutputs({ stack }: ReturnType<typeof deploy>) {
  const { output = {} } = synthesise(stack('federation')) as { output?: Record<string, Block> };
  return { istio: output['istio_gateway']?.value, consul: output['consul_gateway']?.value };
}

describe('Peered clusters', () => {
  const pair = deploy({ federation: { crossing: 'peering' } });

  it('have a route to each other from each private route table', () => {
    const routes = pair
      .plan('crossing')
      .all('aws_route')
      .map(({ destination_cidr_block }) => destination_cidr_block);
    const [one, other] = ['10.10.0.0/16', '10.20.0.0/16'];
    expect(routes.sort()).toEqual([one, one, one, other, other, other]);
  });

  it('have one from the public route table too, where the nodes are in public subnets', () => {
    const { plan } = deploy({
      federation: { crossing: 'peering' },
      clusters: { consul: { eks: { nodeSubnets: 'public' } } },
    });
    const routes = plan('crossing').all('aws_route');
    const tables = routes
      .filter(({ destination_cidr_block }) => destination_cidr_block === '10.10.0.0/16')
      .map(({ route_table_id }) => String(route_table_id));
    expect(tables).toHaveLength(4);
    expect(tables.filter((table) => table.includes('public_route_table'))).toHaveLength(1);
    expect(routes.filter((one) => one['destination_cidr_block'] === '10.20.0.0/16')).toHaveLength(
      3,
    );
  });

  it('enter by internal load balancers, by the addresses of the other VPC alone', () => {
    const { istio, consul } = privateServices(pair);
    expect(spec(istio)).toMatchObject({
      type: 'LoadBalancer',
      load_balancer_source_ranges: ['10.20.0.0/16'],
    });
    expect(spec(consul)?.load_balancer_source_ranges).toEqual(['10.10.0.0/16']);
    const annotations = JSON.stringify([istio, consul]);
    expect(annotations.match(/load-balancer-internal":"true"/g)).toHaveLength(2);
    expect(annotations).not.toContain('internet-facing');
  });

  it('open the ports of the federation alone', () => {
    const { istio, consul } = privateServices(pair);
    expect(spec(istio)?.port.map(({ port }) => port)).toEqual([8443]);
    expect(spec(consul)?.port).toHaveLength(1);
  });

  it('have no load balancer on the internet', () => {
    const { istio, consul } = ownServices(pair);
    expect(istio).toMatchObject({ type: 'ClusterIP' });
    expect(consul).toMatchObject({ type: 'ClusterIP' });
    for (const service of [istio, consul]) {
      // The API server refuses sources of what has no load balancer.
      expect(JSON.stringify(service)).not.toMatch(/loadBalancerSourceRanges|aws-load-balancer/);
    }
  });

  it('call the private load balancers, after the peering is there', () => {
    const { istio, consul } = gatewayOutputs(pair);
    expect(istio).toMatch(/private-gateway/);
    expect(consul).toMatch(/private-gateway/);
    const order = pair.stack('federation').dependencies.map(({ node }) => node.id);
    expect(order).toContain('crossing');
  });

  it('admit each other to no API that has public addresses', () => {
    expect(pair.plan('crossing').all('aws_vpc_security_group_ingress_rule')).toEqual([]);
  });

  it('reach private APIs by the peering, from the other VPC alone', () => {
    const { plan } = deploy({ eks: PRIVATE, federation: { crossing: 'peering' } });
    const rules = plan('crossing').all('aws_vpc_security_group_ingress_rule');
    expect(
      rules.map(({ cidr_ipv4, from_port, to_port }) => [cidr_ipv4, from_port, to_port]),
    ).toEqual(
      expect.arrayContaining([
        ['10.10.0.0/16', 443, 443],
        ['10.20.0.0/16', 443, 443],
      ]),
    );
    expect(rules).toHaveLength(2);
  });

  it('keep the load balancer of ports that are somebody else’s', () => {
    const own = deploy({
      federation: { crossing: 'peering' },
      meshes: { consul: { gateway: { ports: [9090] } } },
    });
    expect(ownServices(own).consul).toMatchObject({ type: 'LoadBalancer' });
    expect(ownServices(own).istio).toMatchObject({ type: 'ClusterIP' });
  });

  it('may be in two regions, each end by a provider of its own', () => {
    const { plan, stack } = deploy({
      federation: { crossing: 'peering' },
      clusters: {
        consul: {
          region: 'eu-west-1',
          assumeRole: 'arn:aws:iam::111122223333:role/deploy',
        },
      },
    });
    expect(plan('crossing').all('aws_vpc_peering_connection')).toEqual([
      expect.objectContaining({
        provider: 'aws.istio',
        peer_region: 'eu-west-1',
        peer_owner_id: '111122223333',
      }),
    ]);
    const [acceptance] = plan('crossing').all('aws_vpc_peering_connection_accepter');
    expect(acceptance).toMatchObject({ provider: 'aws.consul' });
    for (const id of ['consul-cluster', 'consul-mesh', 'federation', 'nat-addresses', 'crossing']) {
      expect(JSON.stringify(synthesise(stack(id)))).toContain(
        'arn:aws:iam::111122223333:role/deploy',
      );
    }
    expect(JSON.stringify(synthesise(stack('istio-cluster')))).not.toContain('111122223333');
    expect(JSON.stringify(synthesise(stack('consul-mesh')))).toContain('"--role-arn"');
  });
});

describe('Clusters with PrivateLink between them', () => {
  const pair = deploy({ federation: { crossing: 'privatelink' } });

  it('offer each gateway to the account of the other, and accept its endpoint alone', () => {
    const plan = pair.plan('crossing');
    expect(plan.all('aws_vpc_endpoint_service')).toHaveLength(2);
    for (const service of plan.all('aws_vpc_endpoint_service')) {
      expect(service).toMatchObject({ acceptance_required: true });
    }
    expect(plan.all('aws_vpc_endpoint_connection_accepter')).toHaveLength(2);
    for (const { principal_arn } of plan.all('aws_vpc_endpoint_service_allowed_principal')) {
      expect(principal_arn).toMatch(
        /^arn:\$\{data\.aws_partition\..*:iam::\$\{data\.aws_caller_identity/,
      );
    }
  });

  it('admit to an endpoint the nodes of the callers alone, and ask when they are allowed to', () => {
    const plan = pair.plan('crossing');
    const callers = plan
      .all('aws_vpc_security_group_ingress_rule')
      .map((rule) => String(rule['referenced_security_group_id']));
    expect(callers).toHaveLength(2);
    for (const group of callers) expect(group).toMatch(/node_security_group/);
    const services = [
      ...plan.all('data.aws_vpc_endpoint_service'),
      ...plan.all('aws_vpc_endpoint'),
    ];
    expect(services).toHaveLength(4);
    for (const { depends_on: before } of services) {
      expect(before).toContainEqual(
        expect.stringMatching(/^aws_vpc_endpoint_service_allowed_principal\./),
      );
    }
  });

  it('find the load balancers of the private Services', () => {
    const tags = pair
      .plan('crossing')
      .all('data.aws_lbs')
      .map((found) => (found.tags as Block)['kubernetes.io/service-name']);
    expect(tags.sort()).toEqual([
      'consul/consul-ingress-gateway-private',
      'istio-ingress/istio-ingressgateway-private',
    ]);
  });

  it('let in what comes from the load balancer, and nobody of the other VPC', () => {
    const { istio, consul } = privateServices(pair);
    expect(spec(istio)?.selector).toMatchObject({ istio: 'ingressgateway' });
    expect(spec(consul)?.selector).toMatchObject({
      'ingress-gateway-name': 'consul-ingress-gateway',
    });
    expect(spec(istio)?.load_balancer_source_ranges).toEqual(['10.10.0.0/16']);
    expect(spec(consul)?.load_balancer_source_ranges).toEqual(['10.20.0.0/16']);
  });

  it('let the addresses of callers in where a security group of the load balancer may judge by them', () => {
    const consul = { kind: 'eks', loadBalancers: 'aws-load-balancer-controller' } as const;
    const other = deploy({ federation: { crossing: 'privatelink' }, clusters: { consul } });
    const services = privateServices(other);
    expect(spec(services.consul)?.load_balancer_source_ranges).toEqual([
      '10.20.0.0/16',
      '10.10.0.0/16',
    ]);
    expect(spec(services.istio)?.load_balancer_source_ranges).toEqual(['10.10.0.0/16']);
  });

  it('have no route between them, and may have the same addresses', () => {
    expect(pair.plan('crossing').all('aws_route')).toEqual([]);
    expect(pair.plan('crossing').all('aws_vpc_peering_connection')).toEqual([]);
  });

  it('are called by the names of the endpoints', () => {
    const { istio, consul } = gatewayOutputs(pair);
    expect([istio, consul].join()).toMatch(
      /aws_vpc_endpoint\.istio-endpoint\w+\.dns_entry.*aws_vpc_endpoint\.consul-endpoint\w+\.dns_entry/,
    );
  });

  it('come after the meshes, which make the load balancers', () => {
    const before = pair.stack('crossing').dependencies.map(({ node }) => node.id);
    expect(before).toEqual(expect.arrayContaining(['istio-mesh', 'consul-mesh']));
  });
});

describe('A given address', () => {
  it('is where the others call, and no load balancer is asked for', () => {
    const pair = deploy({
      federation: { crossing: 'given' },
      meshes: { istio: { gateway: { address: 'gateway.example.com' } } },
    });
    expect(gatewayOutputs(pair).istio).toBe('gateway.example.com');
    expect(gatewayOutputs(pair).consul).toMatch(/load_balancer/);
    expect(pair.names).not.toContain('crossing');
  });

  it.each([
    ['internet', 'consul-ingress-gateway'],
    ['peering', 'consul-ingress-gateway-private'],
  ] as const)('may be a record that outlives the load balancer: %s', (crossing, service) => {
    const record = { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'bank.example.com' };
    const pair = deploy({ federation: { crossing }, meshes: { consul: { gateway: { record } } } });
    const { consul, istio } = gatewayOutputs(pair);
    expect(consul).toMatch(/^\$\{aws_route53_record\.consul-record\w*\.fqdn\}$/);
    expect(istio).not.toMatch(/route53/);
    const plan = pair.plan('federation');
    expect(plan.all('aws_route53_record')).toEqual([
      expect.objectContaining({
        provider: 'aws.consul',
        zone_id: record.zoneId,
        name: record.name,
        type: 'A',
        alias: expect.objectContaining({
          name: expect.stringMatching(/load_balancer.*hostname/),
          zone_id: expect.stringMatching(/^\$\{data\.aws_lb_hosted_zone_id\./),
        }),
      }),
    ]);
    const read = plan.all('data.kubernetes_service_v1').map(({ metadata }) => metadata as Block);
    expect(read).toContainEqual({ namespace: 'consul', name: service });
    // What calls it waits for it, by its name.
    const [entry] = plan
      .all('kubernetes_manifest')
      .filter(({ manifest }) => (manifest as Block)['kind'] === 'ServiceEntry');
    expect(JSON.stringify(entry)).toContain('aws_route53_record.consul-record');
    expect(plan.all('data.aws_lb_hosted_zone_id')).toMatchObject([
      { load_balancer_type: 'network', provider: 'aws.consul' },
    ]);
  });

  it('may be a record of the type CNAME', () => {
    const record = {
      zoneId: 'Z0123456789ABCDEFGHIJ',
      name: 'a.example.com',
      type: 'CNAME',
    } as const;
    const { plan } = deploy({ meshes: { istio: { gateway: { record } } } });
    expect(plan('federation').all('aws_route53_record')).toMatchObject([
      { type: 'CNAME', ttl: 60, records: [expect.stringMatching(/hostname/)] },
    ]);
    expect(plan('federation').all('data.aws_lb_hosted_zone_id')).toEqual([]);
  });

  it('may be several with a port of their own: calls take turns, and no other port is opened', () => {
    const address = ['192.0.2.10', 'b.example.com'];
    const gateway = { address, addressPort: 443 };
    const pair = deploy({
      federation: { crossing: 'given' },
      meshes: { istio: { gateway }, consul: { gateway } },
    });
    expect(gatewayOutputs(pair)).toEqual({
      istio: '192.0.2.10, b.example.com',
      consul: '192.0.2.10, b.example.com',
    });
    const [entry] = pair
      .plan('federation')
      .all('kubernetes_manifest')
      .map(({ manifest }) => manifest as Block)
      .filter(({ kind }) => kind === 'ServiceEntry');
    const { endpoints } = entry?.['spec'] as { endpoints: Block[] };
    expect(endpoints.map(({ address: to, ports }) => [to, Object.values(ports as object)])).toEqual(
      address.map((to) => [to, [443]]),
    );
    // Out of Consul a border leads, which may call that port alone.
    const [border] = pair
      .plan('federation')
      .all('kubernetes_config_map_v1')
      .map(({ data }) => (data as Record<string, string> | undefined)?.['envoy.json'] ?? '')
      .filter((text) => text.includes('b.example.com'));
    const envoy = JSON.parse(border ?? '{}') as { static_resources: { clusters: Block[] } };
    const out = envoy.static_resources.clusters.find((one) =>
      JSON.stringify(one).includes('b.example.com'),
    );
    expect(out).toMatchObject({
      type: 'STRICT_DNS',
      load_assignment: {
        endpoints: [
          {
            lb_endpoints: address.map((to) => ({
              endpoint: { address: { socket_address: { address: to, port_value: 443 } } },
            })),
          },
        ],
      },
    });
    const policy = pair
      .plan('federation')
      .all('kubernetes_network_policy_v1')
      .find(({ metadata }) => (metadata as Block)['name'] === 'backend-outbound');
    const { egress } = policy?.['spec'] as { egress: Block[] };
    const anywhere = egress.filter((rule) => JSON.stringify(rule).includes('ip_block'));
    expect(anywhere).toMatchObject([{ ports: [{ port: '443' }] }]);
  });
});

describe('From one private connection to another, on a pair that is deployed', () => {
  /** Of the guard in each mesh: what it refuses, as Terraform is told. */
  const guards = (federation: ConfigInput['federation']) => {
    const { plan } = deploy({ federation });
    return ['istio-mesh', 'consul-mesh'].flatMap((id) =>
      plan(id)
        .all('data.kubernetes_resources')
        .flatMap(({ lifecycle }) => {
          const { postcondition = [] } = (lifecycle ?? {}) as {
            postcondition?: { condition: string; error_message: string }[];
          };
          return postcondition.filter(({ condition }) =>
            condition.includes('mesh-federation/crossing'),
          );
        }),
    );
  };

  it('is refused unless the way that callers use is among those that stay', () => {
    const [one, other, ...more] = guards({ crossing: 'privatelink' });
    expect(more).toEqual([]);
    for (const guard of [one, other]) {
      expect(guard?.condition).toContain('contains(["privatelink"], way)');
      expect(guard?.error_message).toMatch(
        /Callers enter .* by \$\{.*federation\.crossingFrom: \$\{/,
      );
    }
    const both = guards({ crossing: 'privatelink', crossingFrom: 'peering' });
    for (const { condition } of both) {
      expect(condition).toContain('contains(["privatelink","peering"], way)');
    }
  });

  it('what callers use from now on is kept at the private Service', () => {
    const pair = deploy({ federation: { crossing: 'privatelink', crossingFrom: 'peering' } });
    for (const service of Object.values(privateServices(pair))) {
      const { annotations } = service?.['metadata'] as { annotations: Block };
      expect(annotations).toMatchObject({ 'mesh-federation/crossing': 'privatelink' });
      // Both ways lead in until the old one goes.
      expect(spec(service)?.load_balancer_source_ranges).toHaveLength(2);
    }
  });

  it('the meshes have their say before anything of the old way goes', () => {
    for (const crossing of ['peering', 'privatelink'] as const) {
      const pair = deploy({ federation: { crossing } });
      const before = pair.stack('crossing').dependencies.map(({ node }) => node.id);
      expect(before).toEqual(expect.arrayContaining(['istio-mesh', 'consul-mesh']));
      expect(pair.stack('federation').dependencies.map(({ node }) => node.id)).toContain(
        'crossing',
      );
    }
  });
});

describe('From the internet to a peering, on a pair that is deployed', () => {
  const between = deploy({ federation: { crossing: 'peering', crossingFrom: 'internet' } });
  const after = deploy({ federation: { crossing: 'peering' } });

  it('the new way comes first, beside the old one, and callers take it', () => {
    const { istio, consul } = ownServices(between);
    expect([istio, consul]).toMatchObject([{ type: 'LoadBalancer' }, { type: 'LoadBalancer' }]);
    expect(istio.loadBalancerSourceRanges).toEqual([expect.stringMatching(/aws_eip\.consul_0/)]);
    expect(parse(String(consul['additionalSpec']))).toMatchObject({
      loadBalancerSourceRanges: [expect.stringMatching(/aws_eip\.istio_0/)],
    });
    expect(spec(privateServices(between).istio)?.type).toBe('LoadBalancer');
    expect(gatewayOutputs(between).istio).toMatch(/private-gateway/);
  });

  it('the old one goes last, and only where the new one is there', () => {
    expect(ownServices(after).istio).toMatchObject({ type: 'ClusterIP' });
    const guardsOf = ({ plan }: typeof after) =>
      ['istio-mesh', 'consul-mesh'].flatMap((id) =>
        plan(id)
          .all('data.kubernetes_resources')
          .filter((read) => JSON.stringify(read).includes('federation.crossingFrom: internet')),
      );
    const guards = guardsOf(after);
    expect(guards).toMatchObject([{ kind: 'Service' }, { kind: 'Service' }]);
    for (const { lifecycle } of guards) {
      const { postcondition } = lifecycle as { postcondition: { error_message: string }[] };
      expect(postcondition[0]?.error_message).toContain('federation.crossingFrom: internet');
    }
    expect(guardsOf(between)).toEqual([]);
  });

  it('the private Service and what leads to it stay the same from one step to the next', () => {
    for (const id of ['crossing', 'federation']) {
      expect(after.plan(id).types).toEqual(between.plan(id).types);
    }
    expect(privateServices(after)).toEqual(privateServices(between));
    expect(gatewayOutputs(after)).toEqual(gatewayOutputs(between));
  });

  it('and back: the peering stays until callers have left it', () => {
    const back = deploy({ federation: { crossing: 'internet', crossingFrom: 'peering' } });
    expect(back.names).toContain('crossing');
    expect(ownServices(back).istio).toMatchObject({ type: 'LoadBalancer' });
    expect(privateServices(back).istio).toBeDefined();
    expect(gatewayOutputs(back).istio).not.toMatch(/private-gateway/);
  });
});

describe('A private connection that the settings no longer name, with the state in a bucket', () => {
  const state = { kind: 's3', bucket: 'states', prefix: 'pair', region: 'eu-west-1' } as const;
  const left = (settings: ConfigInput) => {
    const { stack } = deploy(settings);
    return ['istio-cluster', 'consul-cluster'].map((id) => {
      const { data = {} } = synthesise(stack(id)) as {
        data?: Record<string, Record<string, Block>>;
      };
      return Object.values(data['aws_s3_object'] ?? {});
    });
  };

  it('stops the plan of each cluster, whose VPC it holds, while resources are in its state', () => {
    for (const [read, ...more] of left({ state })) {
      expect(more).toEqual([]);
      expect(read).toMatchObject({
        bucket: 'states',
        key: 'pair/crossing.tfstate',
        provider: 'aws.state',
        // One that is not there is not read.
        for_each: expect.stringMatching(
          /^\$\{toset\(\[for one in data\.aws_s3_objects\..*\.keys : one if one == "pair\/crossing\.tfstate"\]\)\}$/,
        ),
        // test/e2e/aws/crossing.test.ts has Terraform judge real states by it.
        lifecycle: {
          postcondition: [{ error_message: expect.stringContaining('federation.crossingFrom') }],
        },
      });
    }
  });

  it('is not looked for while they name one, nor with the state on this machine', () => {
    expect(left({ state, federation: { crossing: 'privatelink' } })).toEqual([[], []]);
    expect(left({ state, federation: { crossing: 'internet', crossingFrom: 'peering' } })).toEqual([
      [],
      [],
    ]);
    expect(left({})).toEqual([[], []]);
  });
});

describe('Clusters of EKS Auto Mode', () => {
  const pair = deploy({
    eks: { ...EKS, compute: 'auto' },
    federation: { crossing: 'privatelink' },
  });

  it('have private Services of its class, which its webhook would else add and Terraform undo', () => {
    for (const service of Object.values(privateServices(pair))) {
      expect(service?.['spec']).toMatchObject({ load_balancer_class: 'eks.amazonaws.com/nlb' });
    }
    const others = deploy({ federation: { crossing: 'peering' } });
    expect(privateServices(others).istio?.['spec']).not.toHaveProperty('load_balancer_class');
  });

  it('have a storage class of its driver', () => {
    expect(pair.plan('consul-mesh').all('kubernetes_storage_class_v1')).toMatchObject([
      { storage_provisioner: 'ebs.csi.eks.amazonaws.com' },
    ]);
  });

  it('admit calls to the other gateway from the group that their nodes are in', () => {
    const callers = pair
      .plan('crossing')
      .all('aws_vpc_security_group_ingress_rule')
      .map((rule) => String(rule['referenced_security_group_id']));
    expect(callers).toHaveLength(2);
    for (const group of callers) expect(group).toMatch(/cluster_security_group_id/);
  });

  it('are found by the tags that it gives to load balancers', () => {
    for (const { tags } of pair.plan('crossing').all('data.aws_lbs')) {
      expect(tags).toHaveProperty(['service.eks.amazonaws.com/stack']);
    }
  });
});
