import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type Config, type ConfigInput, defineConfig } from '../../../config';
import {
  autoModeNotes,
  bill,
  changes,
  type Kind,
  supportNotes,
  total,
} from '../../../support/cost/bill';
import { listPrices } from '../../../support/cost/list-prices';
import { addStacks } from '../../../stacks';

const ON = '2026-11-28';

function settings(input: ConfigInput = {}): Config {
  return defineConfig({
    aws: { region: 'us-east-1' },
    ...input,
    eks: { endpoint: { publicCidrs: ['192.0.2.0/24'] }, ...input.eks },
  }).config;
}

/** How many of each of AWS's resources the stacks make. */
function made(config: Config): ReadonlyMap<string, number> {
  const app = Testing.app();
  addStacks(app, config);
  const counts = new Map<string, number>();
  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    const { resource = {} } = JSON.parse(Testing.synth(stack)) as {
      resource?: Record<string, object>;
    };
    for (const [type, blocks] of Object.entries(resource)) {
      counts.set(type, (counts.get(type) ?? 0) + Object.keys(blocks).length);
    }
  }
  return counts;
}

function counted(config: Config, kind: Kind, madeBy = 'Terraform'): number {
  return bill(config, listPrices, ON)
    .filter((line) => line.kind === kind && line.madeBy === madeBy)
    .reduce((sum, { count }) => sum + count, 0);
}

/** Types that AWS bills for as long as they exist, and the line that has them. */
const BILLED: Readonly<Record<string, Kind>> = {
  aws_eks_cluster: 'EKS cluster',
  aws_nat_gateway: 'NAT gateway',
  aws_eip: 'Elastic IP address',
  aws_kms_key: 'KMS key',
};

/** Types that cost nothing, or by what goes through them. */
const FREE =
  /^aws_(cloudwatch_log_group|default_security_group|default_route_table|ecr_.*|eks_access_(entry|policy_association)|eks_addon|eks_node_group|flow_log|iam_.*|internet_gateway|kms_alias|launch_template|network_acl.*|route|route_table.*|security_group|subnet|vpc|vpc_endpoint|vpc_security_group_.*|eks_pod_identity_association|secretsmanager_.*)$/;

describe('the bill', () => {
  it.each([
    ['the default pair', {}],
    ['a NAT gateway for each zone', { network: { nat: 'per-zone' } }],
    ['nodes in public subnets', { network: { nat: 'none' }, eks: { nodeSubnets: 'public' } }],
    ['two zones', { network: { zones: 2 } }],
  ] as const satisfies readonly (readonly [string, ConfigInput])[])(
    'has everything that the stacks make and AWS bills: %s',
    (_, input) => {
      const config = settings(input);
      const resources = made(config);
      for (const [type, kind] of Object.entries(BILLED)) {
        expect([type, counted(config, kind)]).toEqual([type, resources.get(type) ?? 0]);
      }
      const unknown = [...resources.keys()].filter(
        (type) => type.startsWith('aws_') && !(type in BILLED) && !FREE.test(type),
      );
      expect(unknown).toEqual([]);
    },
  );

  it('has the nodes with their disks, and what Kubernetes makes', () => {
    const config = settings({
      eks: { nodeGroups: [{ name: 'default', desired: 3, diskGiB: 50 }] },
      meshes: { consul: { servers: 3 } },
    });
    expect(counted(config, 'EC2 instance')).toBe(6);
    expect(counted(config, 'EBS volume')).toBe(6);
    expect(counted(config, 'EBS volume', 'Kubernetes')).toBe(3);
    expect(counted(config, 'load balancer', 'Kubernetes')).toBe(2);
    expect(counted(config, 'public IPv4 address', 'Kubernetes')).toBe(6);
  });

  it.each([
    ['internet', 2, 6, 0],
    ['peering', 2, 0, 0],
    ['privatelink', 2, 0, 6],
  ] as const)('has what the crossing takes: %s', (crossing, balancers, addresses, endpoints) => {
    const config = settings({ federation: { crossing } });
    expect(counted(config, 'load balancer', 'Kubernetes')).toBe(balancers);
    expect(counted(config, 'public IPv4 address', 'Kubernetes')).toBe(addresses);
    expect(counted(config, 'interface endpoint')).toBe(endpoints);
    // The old way stays, and is paid for, until crossingFrom is taken out.
    const both = settings({ federation: { crossing: 'peering', crossingFrom: 'internet' } });
    expect(counted(both, 'load balancer', 'Kubernetes')).toBe(4);
  });

  it('has the load balancer of borders that are entered past the gateway', () => {
    const rules: ConfigInput['accessPolicy'] = {
      meshes: {
        shop: { in: 'service', services: { orders: {} } },
        depot: { services: { stock: {} } },
      },
      rules: [{ from: 'depot/stock', to: 'shop/orders' }],
    };
    const meshes: ConfigInput['meshes'] = {
      shop: { kind: 'istio', trustDomain: 'shop.example.com' },
      depot: { kind: 'linkerd', trustDomain: 'depot.example.com' },
    };
    const own = (name: string, net: number) =>
      ({ kind: 'eks', name, cidr: `10.${net}.0.0/16` }) as const;
    const config = settings({
      meshes,
      accessPolicy: rules,
      clusters: { shop: own('shop', 1), depot: own('depot', 2) },
      weather: { enabled: false },
    });
    const made = bill(config, listPrices, ON).filter(({ madeBy }) => madeBy === 'Kubernetes');
    // Nobody calls the depot, and Linkerd has no gateway of its own.
    expect(made.map(({ what, count }) => [what, count])).toEqual([
      ["load balancer of shop's borders", 1],
      ["addresses of the load balancer of shop's borders", 3],
    ]);
    // Such a way in cannot be private, so that it is not offered.
    const offered = changes(config, listPrices, ON).map(({ setting }) => setting);
    expect(offered.filter((setting) => setting.startsWith('federation.crossing'))).toEqual([]);
  });

  it('has each address of the endpoints of AWS services', () => {
    const config = settings({ network: { awsEndpoints: true, zones: 2 } });
    const endpoints = made(config).get('aws_vpc_endpoint') ?? 0;
    // One of each VPC is that of S3, which is free.
    expect(counted(config, 'interface endpoint')).toBe((endpoints - 2) * 2);
  });

  it('says that nodes of EKS Auto Mode are not in it', () => {
    const config = settings({ eks: { compute: 'auto' } });
    expect(counted(config, 'EC2 instance')).toBe(0);
    expect(autoModeNotes(config)).toHaveLength(2);
    expect(autoModeNotes(settings())).toEqual([]);
  });

  it('offers no private connection where there is one, or a cluster of yours', () => {
    const offered = (config: Config) =>
      changes(config, listPrices, ON).filter(({ setting }) => setting.includes('crossing'));
    expect(offered(settings({ federation: { crossing: 'peering' } }))).toEqual([]);
    const existing = { kind: 'existing-eks', name: 'shared' } as const;
    expect(offered(settings({ clusters: { istio: existing } }))).toEqual([]);
  });

  it('has the prices of the region of each cluster, and says whose it has in their place', () => {
    const config = settings({
      aws: { region: 'eu-south-2' },
      clusters: { consul: { region: 'eu-central-1' } },
    });
    const lines = bill(config, listPrices, ON);
    expect(lines.filter(({ kind }) => kind === 'NAT gateway')).toMatchObject([
      { region: 'eu-south-2', hourly: 0.048 },
      { region: 'eu-central-1', hourly: 0.052 },
    ]);
    expect(lines.filter(({ kind }) => kind === 'load balancer')).toMatchObject([
      { region: 'eu-south-2', hourly: 0.0225, borrowedFrom: 'us-east-1' },
      { region: 'eu-central-1', hourly: 0.027 },
    ]);
    expect(lines.filter(({ borrowedFrom }) => borrowedFrom !== undefined)).toHaveLength(1);
  });

  it('comes to what the README says', () => {
    expect(total(bill(settings(), listPrices, ON))).toBeCloseTo(0.6, 1);
  });

  it('leaves out what has no price, and does not take it for nothing', () => {
    const config = settings({
      eks: { nodeGroups: [{ name: 'x', instanceTypes: ['z1d.large'] }] },
    });
    const nodes = bill(config, listPrices, ON).filter(({ kind }) => kind === 'EC2 instance');
    expect(nodes.map(({ hourly }) => hourly)).toEqual([undefined, undefined]);
  });

  it('takes of several types the first, and for spot nodes the dearest', () => {
    const nodes = (capacity: 'spot' | 'on-demand') => {
      const group = { name: 'x', instanceTypes: ['t3.large', 'm6i.large'], capacity };
      const config = settings({ eks: { nodeGroups: [group] } });
      return bill(config, listPrices, ON).find(({ kind }) => kind === 'EC2 instance');
    };
    expect(nodes('on-demand')).toMatchObject({ hourly: 2 * 0.0832 });
    expect(nodes('spot')).toMatchObject({ hourly: 2 * 0.096 });
    expect(nodes('spot')?.what).toMatch(/^m6i\.large nodes \(spot, at most\)/);
  });

  it('says what other settings would change, and when a version costs more', () => {
    const config = settings();
    const found = changes(config, listPrices, ON);
    const difference = (start: string) =>
      found.find(({ setting }) => setting.startsWith(start))?.difference;
    // Two NAT gateways with an address each against an address for each of four nodes.
    expect(difference('network.nat: none')).toBeCloseTo(-2 * (0.045 + 0.005) + 4 * 0.005, 6);
    expect(difference('network.nat: per-zone')).toBeCloseTo(4 * (0.045 + 0.005), 6);
    expect(difference('network.zones: 2')).toBeCloseTo(-2 * 0.005, 6);
    // An address in each of three zones for each gateway, and with PrivateLink one of an endpoint there.
    expect(difference('federation.crossing: peering')).toBeCloseTo(-6 * 0.005, 6);
    expect(difference('federation.crossing: privatelink')).toBeCloseTo(6 * (0.01 - 0.005), 6);
    const extended = settings({ eks: { version: '1.35', extendedSupport: true } });
    expect(supportNotes(extended, listPrices, ON)[0]).toContain('from 2027-03-27 on');
    expect(
      total(bill(extended, listPrices, '2027-03-27')) - total(bill(extended, listPrices, ON)),
    ).toBeCloseTo(1, 6);
  });
});
