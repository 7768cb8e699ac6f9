import { expect, it } from '@jest/globals';
import { Fn, TerraformVariable, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { clusterIdFor, ConsulMesh } from '../../constructs/consul';
import {
  Addons,
  ControlPlaneLogs,
  EksCluster,
  NodeGroup,
  type NodeGroupProps,
  NodeSecurityGroup,
  ServiceRole,
} from '../../constructs/eks';
import { GeneratedRoot, LinkerdAuthority, SharedRoot } from '../../constructs/federation';
import { IstioMesh } from '../../constructs/istio';
import { PrivateGateway, WorkloadNamespaces } from '../../constructs/kubernetes';
import { LinkerdMesh } from '../../constructs/linkerd';
import { AwsEndpoints, Network, PrivateLinkEndpoint, VpcPeering } from '../../constructs/network';
import { messageOf } from '../../constructs/problems';
import { awsStack } from '../helpers/aws';

/*
 * Props that no deploy could be made with, or that would let in more than anybody means: each construct refuses
 * them by itself, all at once.
 */

/** The lines of a refusal but the first, which names the construct. */
function refusal(make: (scope: Construct) => unknown): string[] {
  try {
    make(awsStack());
  } catch (error) {
    const [first = '', ...lines] = messageOf(error).split('\n');
    expect(first).toMatch(/cannot be (made|used):$/);
    return lines.map((line) => line.trim());
  }
  return [];
}

const EVERYBODY = 'is empty, which lets everybody in; list some';
const NO_BLOCK = 'is "192.0.2.1"; must be a CIDR block, such as 203.0.113.0/24';

const open = (
  allowedSources: readonly string[],
): readonly [string, (scope: Construct) => unknown][] => [
  ['gateway', (scope) => new IstioMesh(scope, 'mesh', { gateway: { allowedSources } })],
  [
    'gateway',
    (scope) =>
      new ConsulMesh(scope, 'mesh', {
        clusterId: clusterIdFor('bank'),
        gateway: { allowedSources },
      }),
  ],
  ['entrance', (scope) => new LinkerdMesh(scope, 'mesh', { entrance: { allowedSources } })],
  ['entrance', () => LinkerdMesh.fromAttributes({ entrance: { allowedSources } })],
];

it.each(open([]))('Nobody lets everybody in by a list without entries: %s', (at, make) => {
  expect(refusal(make)).toEqual([`${at}.allowedSources: ${EVERYBODY}`]);
});

it.each(open(['192.0.2.1', '203.0.113.0/24', '2001:db8::/56']))(
  'Sources are CIDR blocks: %s',
  (at, make) => {
    expect(refusal(make)).toEqual([`${at}.allowedSources[0]: ${NO_BLOCK}`]);
  },
);

it('A private gateway takes CIDR blocks, too', () => {
  const lines = refusal(
    (scope) =>
      new PrivateGateway(scope, 'gateway', {
        namespace: 'consul',
        serviceName: 'gateway',
        selector: { app: 'gateway' },
        ports: [{ name: 'federation', port: 10443 }],
        allowedSources: ['192.0.2.1'],
        dependsOn: [],
      }),
  );
  expect(lines).toEqual([`allowedSources[0]: ${NO_BLOCK}`]);
});

it('A gateway without a load balancer, and sources that Terraform fills in, are left alone', () => {
  expect(
    refusal(
      (scope) => new IstioMesh(scope, 'mesh', { gateway: { exposed: false, allowedSources: [] } }),
    ),
  ).toEqual([]);
  const address = Token.asString({ resolve: () => '203.0.113.7/32' });
  expect(
    refusal((scope) => new IstioMesh(scope, 'mesh', { gateway: { allowedSources: [address] } })),
  ).toEqual([]);
});

it.each(['', 'cluster.local.', 'Cluster.local', 'a'.repeat(254)])(
  'The DNS domain of a cluster is one: %j',
  (clusterDomain) => {
    const told = [
      `clusterDomain: is "${clusterDomain}"; must be a DNS domain in lower case, such as cluster.local`,
    ];
    expect(refusal((scope) => new IstioMesh(scope, 'mesh', { clusterDomain }))).toEqual(told);
    expect(refusal((scope) => new LinkerdMesh(scope, 'mesh', { clusterDomain }))).toEqual(told);
    const clusterId = clusterIdFor('bank');
    expect(refusal((scope) => new ConsulMesh(scope, 'mesh', { clusterId, clusterDomain }))).toEqual(
      told,
    );
  },
);

const group = (own: Partial<NodeGroupProps>) => (scope: Construct) =>
  new NodeGroup(scope, 'group', {
    name: 'batch',
    cluster: { clusterName: 'shop' },
    version: '1.35',
    nodeRoleArn: 'arn:aws:iam::111122223333:role/node',
    subnetIds: ['subnet-0123456789abcdef0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
    instanceTags: {},
    dependsOn: [],
    ...own,
  });

it('A group of nodes is judged as in a cluster, and its numbers are whole ones', () => {
  expect(refusal(group({}))).toEqual([]);
  const wrong = { name: 'ba tch', min: -1, desired: Number.NaN, max: 0.5, diskGiB: 0, zones: 9 };
  const lines = refusal(
    group({ ...wrong, instanceTypes: [], maxUnavailablePercent: 101, subnetIds: [] }),
  );
  expect(lines).toEqual([
    expect.stringMatching(/^name: is "ba tch"; must start with/),
    'min: is -1; must be a whole number from 0 to 100000',
    'desired: is NaN; must be a whole number from 0 to 100000',
    'max: is 0.5; must be a whole number from 1 to 100000',
    'diskGiB: is 0; must be a whole number from 1 to 16384',
    'zones: is 9; must be a whole number from 1 to 6',
    'maxUnavailablePercent: is 101; must be a whole number from 1 to 100',
    'instanceTypes: is empty; list one at least, such as t3.medium',
    'subnetIds: is empty; list one at least',
  ]);
  expect(refusal(group({ min: 3, max: 2 }))).toEqual([
    'min: is 3; must be at most max, which is 2',
  ]);
});

it('The same of the groups of a cluster, its ports and its log', () => {
  const lines = refusal(
    (scope) =>
      new EksCluster(scope, 'eks', {
        name: 'shop',
        network: new Network(scope, 'network', { name: 'shop', cidr: '10.10.0.0/16' }),
        nodeGroups: [{ name: 'default', max: Number.NaN }],
        webhookPorts: [{ port: Number.NaN, description: 'webhook' }],
        logs: { retentionDays: 31, destroyDelaySeconds: -1 },
      }),
  );
  expect(lines).toEqual([
    'nodeGroups[0].max: is NaN; must be a whole number from 1 to 100000',
    'webhookPorts[0].port: is NaN; must be a whole number from 1 to 65535',
    expect.stringMatching(/^logs\.retentionDays: is 31; must be one of 1, 3, .* or 0 for ever$/),
    'logs.destroyDelaySeconds: is -1; must be a whole number from 0 to 900',
  ]);
});

it('Numbers that Terraform fills in are left alone', () => {
  const lines = refusal((scope) => {
    const size = new TerraformVariable(scope, 'size', { type: 'number' });
    return group({ diskGiB: Token.asNumber(Fn.max([size.numberValue, 20])) })(scope);
  });
  expect(lines).toEqual([]);
});

it.each<[string, (scope: Construct) => unknown, readonly string[]]>([
  [
    'ControlPlaneLogs',
    (scope) =>
      new ControlPlaneLogs(scope, 'logs', {
        clusterName: 'bank',
        types: ['audit'],
        retentionDays: Number.NaN,
        destroyDelaySeconds: 1.5,
      }),
    ['retentionDays: is NaN', 'destroyDelaySeconds: is 1.5'],
  ],
  [
    'Network',
    (scope) =>
      new Network(scope, 'network', {
        name: 'shop',
        cidr: '10.10.0.0/16',
        flowLogs: { retentionDays: 2 },
      }),
    ['flowLogs.retentionDays: is 2'],
  ],
  [
    'NodeSecurityGroup',
    (scope) =>
      new NodeSecurityGroup(scope, 'nodes', {
        cluster: { clusterName: 'bank', securityGroupId: 'sg-0123456789abcdef0' },
        vpcId: 'vpc-0123456789abcdef0',
        webhookPorts: [15017, 15017, 0].map((port) => ({ port, description: 'webhook' })),
      }),
    ['webhookPorts[2].port: is 0', 'webhookPorts[1]: 15017 is listed twice'],
  ],
  [
    'ServiceRole',
    (scope) =>
      new ServiceRole(scope, 'role', {
        name: 'a'.repeat(38),
        service: 'ec2.amazonaws.com',
        managedPolicies: ['One', ' ', { name: 'OneV2', first: 'One' }],
        partition: 'aws',
      }),
    ['name: is "a', 'managedPolicies[1]: is empty', 'managedPolicies[2]: One is listed twice'],
  ],
  [
    'Addons',
    (scope) =>
      new Addons(scope, 'addons', {
        cluster: { clusterName: 'bank' },
        rolePrefix: 'bank',
        version: '1.35',
        names: ['coredns', '', 'coredns'],
        addonVersions: {},
        partition: 'aws',
        dependsOn: [],
      }),
    ['names[1]: is empty', 'names[2]: coredns is listed twice'],
  ],
  [
    'AwsEndpoints',
    (scope) =>
      new AwsEndpoints(scope, 'endpoints', {
        name: 'bank',
        vpcId: 'vpc-0123456789abcdef0',
        cidr: '10.20.0.1/16',
        subnetIds: [],
        services: ['sts', 'sts'],
      }),
    ['cidr: 10.20.0.1/16 has bits', 'subnetIds: is empty', 'services[1]: sts is listed twice'],
  ],
  [
    'PrivateLinkEndpoint',
    (scope) =>
      new PrivateLinkEndpoint(scope, 'endpoint', {
        name: 'shop-to-bank',
        serviceName: 'com.amazonaws.vpce.eu-north-1.vpce-svc-0123456789abcdef0',
        network: new Network(scope, 'network', { name: 'shop', cidr: '10.10.0.0/16' }),
        ports: [10443, 10443],
        callers: ['sg-0123456789abcdef0', 'sg-0123456789abcdef0'],
        dependsOn: [],
      }),
    ['ports[1]: 10443 is listed twice', 'callers[1]: sg-0123456789abcdef0 is listed twice'],
  ],
  [
    'VpcPeering',
    (scope) =>
      new VpcPeering(scope, 'peering', {
        name: 'shop-bank',
        requester: { network: new Network(scope, 'shop', { name: 'shop', cidr: '10.10.0.0/16' }) },
        accepter: {
          network: new Network(scope, 'bank', { name: 'bank', cidr: '10.20.0.0/16' }),
          admits: [
            { securityGroupId: 'sg-0123456789abcdef0', port: Number.NaN, description: 'API' },
          ],
        },
      }),
    ['accepter.admits[0].port: is NaN'],
  ],
  [
    'LinkerdAuthority',
    (scope) => new LinkerdAuthority(scope, 'authority', { namespace: '', trustDomain: 'a b' }),
    ['namespace: is ""', 'trustDomain: is "a b"'],
  ],
  [
    'GeneratedRoot',
    (scope) => new GeneratedRoot(scope, 'root', { trustDomain: '' }),
    ['trustDomain: is ""'],
  ],
  [
    'SharedRoot',
    (scope) => new SharedRoot(scope, 'root').istio('shop', 'Shop'),
    ['trustDomain: is "Shop"'],
  ],
  [
    'WorkloadNamespaces',
    (scope) =>
      new WorkloadNamespaces(scope, 'namespaces', {
        namespaces: [{ name: 'shop' }, { name: 'shop' }],
        mesh: 'shop',
        idPrefix: 'namespace',
      }),
    ['namespaces[1].name: shop is listed twice'],
  ],
])('%s says all that is wrong with its props', (_, make, begins) => {
  const lines = refusal(make);
  expect(lines.map((line, i) => line.slice(0, begins[i]?.length))).toEqual(begins);
});
