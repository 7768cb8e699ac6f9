import { expect, it } from '@jest/globals';
import { Fn, TerraformVariable, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { clusterIdFor, ConsulMesh } from '../../constructs/consul';
import {
  Addons,
  ControlPlaneLogs,
  EksCluster,
  LogKey,
  NodeGroup,
  type NodeGroupProps,
  NodeSecurityGroup,
  ServiceRole,
} from '../../constructs/eks';
import { GeneratedRoot, LinkerdAuthority, SharedRoot } from '../../constructs/federation';
import { IstioMesh } from '../../constructs/istio';
import {
  ClusterProviders,
  CustomResource,
  HelmChart,
  PrivateGateway,
  WorkloadNamespaces,
} from '../../constructs/kubernetes';
import { LinkerdMesh } from '../../constructs/linkerd';
import {
  AwsEndpoints,
  Network,
  PrivateLinkEndpoint,
  PrivateLinkService,
  VpcPeering,
  VpcPeeringHalf,
} from '../../constructs/network';
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
    expect(first).toMatch(/cannot be (made|used|accepted):$/);
    return lines.map((line) => line.trim());
  }
  return [];
}

const EVERYBODY = 'is empty, which lets everybody in; list some';
const NO_BLOCK = 'must be a CIDR block: 192.0.2.1/32';

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

it.each(open(['192.0.2.1', '203.0.113.0/24', '2001:db8::/56', '203.0.113.7/24']))(
  'Sources are CIDR blocks, written as in the settings: %s',
  (at, make) => {
    expect(refusal(make)).toEqual([
      `${at}.allowedSources[0]: ${NO_BLOCK}`,
      `${at}.allowedSources[3]: 203.0.113.7/24 has bits set behind its prefix; write 203.0.113.0/24`,
    ]);
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
    'EksCluster',
    (scope) =>
      new EksCluster(scope, 'eks', {
        name: 'shop',
        network: new Network(scope, 'network', { name: 'shop', cidr: '10.10.0.0/16' }),
        nodeGroups: [{ name: 'default' }],
        encryptionKeyArn: 'arn:aws:kms:eu-north-1:111122223333:alias/shop',
        logs: { encryptionKeyArn: 'shop' },
        access: [
          { principalArn: 'arn:aws:sts::111122223333:assumed-role/team/me', level: 'edit' },
          { principalArn: 'arn:aws-cn:iam::111122223333:role/team', level: 'view' },
        ],
      }),
    [
      'access[0].principalArn: is "arn:aws:sts::111122223333:assumed-role/team/me"; must be the ARN of an IAM user',
      'logs.encryptionKeyArn: is "shop"; must be the ARN of a KMS key',
      'encryptionKeyArn: is "arn:aws:kms:eu-north-1:111122223333:alias/shop"; must be the ARN of a KMS key, not of',
    ],
  ],
  [
    'NodeGroup',
    group({ version: '1.35.2', nodeRoleArn: 'node' }),
    [
      'version: is "1.35.2"; must be a minor version',
      'nodeRoleArn: is "node"; must be the ARN of a',
    ],
  ],
  [
    'CustomResource',
    (scope) =>
      new CustomResource(scope, 'entry', {
        apiVersion: 'networking.istio.io',
        kind: 'service entry',
        metadata: { name: 'Weather_API', namespace: 'a.b' },
        spec: {},
      }),
    [
      'apiVersion: is "networking.istio.io"; must be a group and a version',
      'kind: is "service entry"; must be a kind',
      'metadata.name: is "Weather_API"; must be',
      'metadata.namespace: is "a.b"; must be',
    ],
  ],
  [
    'LogKey',
    (scope) => new LogKey(scope, 'key', { name: 'bank', logGroups: [] }),
    ['logGroups: is empty'],
  ],
  [
    'LogKey',
    (scope) => new LogKey(scope, 'key', { name: 'bank', logGroups: ['/aws/*', '', '*/bank'] }),
    ['logGroups[1]: is ""; must be', 'logGroups[2]: is "*/bank"; must be'],
  ],
  [
    'PrivateLinkService',
    (scope) =>
      new PrivateLinkService(scope, 'service', {
        name: 'bank',
        madeBy: 'EKS',
        loadBalancerTags: {},
        allowedPrincipals: ['arn:aws:iam::111122223333:root'],
        supportedRegions: [],
      }),
    ['loadBalancerTags: is empty', 'supportedRegions: is empty'],
  ],
  [
    'PrivateLinkService',
    (scope) =>
      new PrivateLinkService(scope, 'service', {
        name: 'bank',
        madeBy: 'EKS',
        loadBalancerTags: { name: 'bank' },
        allowedPrincipals: ['arn:aws:iam::111122223333:root'],
        supportedRegions: ['eu-north-1', 'eu-north'],
      }),
    ['supportedRegions[1]: is "eu-north"; must be the name of a region'],
  ],
  [
    'VpcPeeringHalf',
    (scope) =>
      new VpcPeeringHalf(scope, 'half', {
        name: 'shop-bank',
        own: {
          network: {
            vpcId: 'vpc-0123456789abcdef0',
            cidr: '10.10.0.0/16',
            privateSubnetIds: [],
            publicSubnetIds: [],
            privateRouteTableIds: ['rtb-0123456789abcdef0'],
            egress: [],
          },
        },
        peer: {
          vpcId: 'vpc-0fedcba9876543210',
          cidr: '10.20.0.0/16',
          accountId: '111122223333',
          region: 'stockholm',
        },
      }),
    ['peer.region: is "stockholm"; must be the name of a region'],
  ],
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
    'AwsEndpoints',
    (scope) =>
      new AwsEndpoints(scope, 'endpoints', {
        name: 'bänk',
        vpcId: 'subnet-0123456789abcdef0',
        cidr: '10.20.0.0/16',
        subnetIds: ['subnet-0123456789abcdef0', 'private'],
      }),
    [
      'name: is "bänk"; must be 1 to 200 letters, digits, spaces and',
      'vpcId: is "subnet-0123456789abcdef0"; must be an id such as vpc-0123456789abcdef0',
      'subnetIds[1]: is "private"; must be an id such as subnet-0123456789abcdef0',
    ],
  ],
  [
    'PrivateLinkService',
    (scope) =>
      new PrivateLinkService(scope, 'service', {
        name: 'a'.repeat(257),
        loadBalancerTags: { name: 'shop' },
        madeBy: 'The mesh',
        allowedPrincipals: [],
      }),
    ['name: has 257 characters; must have 1 to 256 characters', 'allowedPrincipals: is empty'],
  ],
  [
    'PrivateLinkService',
    (scope) =>
      new PrivateLinkService(scope, 'service', {
        name: 'shop',
        loadBalancerTags: { name: 'shop' },
        madeBy: 'The mesh',
        allowedPrincipals: ['arn:aws:iam::111122223333:root'],
      })
        // Of a service that is right.
        .accept('bank', 'vpc-0123456789abcdef0'),
    ['endpointId: is "vpc-0123456789abcdef0"; must be an id such as vpce-0123456789abcdef0'],
  ],
  [
    'PrivateLinkEndpoint',
    (scope) =>
      new PrivateLinkEndpoint(scope, 'endpoint', {
        name: '',
        serviceName: 'vpce-svc-0123456789abcdef0',
        network: new Network(scope, 'network', { name: 'shop', cidr: '10.10.0.0/16' }),
        ports: [10443],
        callers: ['nodes'],
      }),
    [
      'name: is ""; must be 1 to 200 letters',
      'serviceName: is "vpce-svc-0123456789abcdef0"; must be the name of an endpoint service',
      'callers[0]: is "nodes"; must be an id such as sg-0123456789abcdef0',
    ],
  ],
  [
    'Network',
    (scope) =>
      new Network(scope, 'network', {
        name: 'shop',
        cidr: '10.10.0.0/16',
        natAllocationIds: ['192.0.2.7'],
      }),
    ['natAllocationIds[0]: is "192.0.2.7"; must be an id such as eipalloc-0123456789abcdef0'],
  ],
  [
    'Network.fromAttributes',
    () =>
      Network.fromAttributes({
        vpcId: 'shop',
        privateSubnetIds: ['subnet-0a', 'subnet-0b', 'private'],
        publicSubnetIds: ['public'],
        cidr: '10.10.0.1/16',
        ipv6Cidr: '10.11.0.0/16',
        privateRouteTableIds: ['acl-0a'],
        publicRouteTableIds: ['main'],
      }),
    [
      'vpcId: is "shop"; must be an id such as vpc-0123456789abcdef0',
      'privateSubnetIds[2]: is "private"',
      'publicSubnetIds[0]: is "public"',
      'privateRouteTableIds[0]: is "acl-0a"; must be an id such as rtb-0123456789abcdef0',
      'publicRouteTableIds[0]: is "main"',
      'cidr: 10.10.0.1/16 has bits set behind its prefix; write 10.10.0.0/16',
      'ipv6Cidr: is "10.11.0.0/16"; must be a CIDR block of IPv6, such as 2001:db8:1:100::/56',
    ],
  ],
  [
    'ConsulMesh.fromAttributes',
    () =>
      ConsulMesh.fromAttributes({ trustDomain: 'bank', acls: true, tls: true, releaseName: 'A' }),
    ['releaseName: is "A"; must be at most 53', 'namePrefix: is "A-consul"', 'gateway.serviceName'],
  ],
  [
    'IstioMesh.fromAttributes',
    () =>
      IstioMesh.fromAttributes({
        gateway: {
          namespace: 'istio-ingress',
          serviceName: 'gateway',
          serviceAccount: 'a..b',
          tlsPort: 8443,
        },
      }),
    ['gateway.serviceAccount: is "a..b"; must be at most 253'],
  ],
  [
    'HelmChart',
    (scope) =>
      new HelmChart(scope, 'chart', {
        chart: 'istio/istiod',
        version: '1.30',
        source: { kind: 'repository', url: 'charts.example.com' },
        releaseName: 'a'.repeat(54),
        namespace: 'Istio',
        values: {},
        timeoutMinutes: 0,
      }),
    [
      'chart: is "istio/istiod"; must be the name of a chart alone',
      'version: is "1.30"; must be one exact version, such as 1.30.3',
      'releaseName: is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; must be at most 53',
      'namespace: is "Istio"; must be at most 63',
      'timeoutMinutes: is 0; must be a whole number from 1 to 1440',
      'source.url: is "charts.example.com"; must start with https://',
    ],
  ],
  [
    'HelmChart',
    (scope) =>
      new HelmChart(scope, 'chart', {
        chart: 'istiod',
        version: 'v1.30.3-rc.1+build',
        // @ts-expect-error As a program in JavaScript may have it.
        source: { kind: 'git', url: 'https://example.com' },
        releaseName: 'istiod',
        namespace: 'istio-system',
        values: {},
      }),
    ['source.kind: is "git"; must be repository, oci or local'],
  ],
  [
    'ClusterProviders',
    (scope) =>
      new ClusterProviders(scope, 'cluster', {
        // @ts-expect-error As a program in JavaScript may have it.
        connection: { kind: 'gke', clusterName: 'bank' },
      }),
    ['connection.kind: is "gke"; must be eks or kubeconfig'],
  ],
  [
    'ClusterProviders',
    (scope) =>
      new ClusterProviders(scope, 'cluster', {
        connection: { kind: 'eks', clusterName: 'the bank', region: 'Stockholm' },
      }),
    [
      'connection.clusterName: is "the bank"; must start with',
      'connection.region: is "Stockholm"; must be the name of a region, such as eu-north-1',
    ],
  ],
  [
    'NodeGroup',
    group({ subnetIds: ['private'], securityGroupIds: ['nodes'] }),
    ['subnetIds[0]: is "private"', 'securityGroupIds[0]: is "nodes"'],
  ],
  [
    'NodeSecurityGroup',
    (scope) =>
      new NodeSecurityGroup(scope, 'nodes', {
        cluster: { clusterName: 'bank', securityGroupId: 'bank' },
        vpcId: 'bank',
        webhookPorts: [],
      }),
    ['cluster.securityGroupId: is "bank"', 'vpcId: is "bank"'],
  ],
  [
    'VpcPeering',
    (scope) =>
      new VpcPeering(scope, 'peering', {
        name: ' ',
        requester: {
          network: new Network(scope, 'shop', { name: 'shop', cidr: '10.10.0.0/16' }),
          accountId: '42',
        },
        accepter: {
          network: new Network(scope, 'bank', { name: 'bank', cidr: '10.20.0.0/16' }),
          admits: [{ securityGroupId: 'bank', port: 443, description: 'API' }],
        },
      }),
    [
      'name: is " "; must have 1 to 256 characters',
      'requester.accountId: is "42"',
      'accepter.admits[0].securityGroupId: is "bank"',
    ],
  ],
  [
    'VpcPeeringHalf',
    (scope) =>
      new VpcPeeringHalf(scope, 'peering', {
        name: '',
        own: { network: new Network(scope, 'shop', { name: 'shop', cidr: '10.10.0.0/16' }) },
        peer: { vpcId: 'bank', cidr: '10.20.0.0/16', accountId: '42', region: 'eu-north-1' },
        connectionId: 'bank',
      }),
    [
      'name: is ""',
      'peer.accountId: is "42"; must be the 12 digits of an account',
      'peer.vpcId: is "bank"; must be an id such as vpc-0123456789abcdef0',
      'connectionId: is "bank"; must be an id such as pcx-0123456789abcdef0',
    ],
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

it('Names, ids and versions that Terraform fills in are left alone', () => {
  const lines = refusal((scope) => {
    const text = new TerraformVariable(scope, 'text', { type: 'string' }).stringValue;
    const network = Network.fromAttributes({
      vpcId: text,
      privateSubnetIds: ['subnet-0a', text],
      cidr: text,
      ipv6Cidr: text,
      privateRouteTableIds: [text],
    });
    new ClusterProviders(scope, 'cluster', {
      connection: { kind: 'eks', clusterName: text, region: text },
    });
    new HelmChart(scope, 'chart', {
      chart: text,
      version: text,
      source: { kind: 'repository', url: 'https://charts.example.com' },
      releaseName: text,
      namespace: text,
      values: {},
    });
    new AwsEndpoints(scope, 'endpoints', {
      name: text,
      vpcId: text,
      cidr: text,
      subnetIds: [text],
    });
    new PrivateLinkService(scope, 'service', {
      name: text,
      loadBalancerTags: { name: 'shop' },
      madeBy: 'The mesh',
      allowedPrincipals: [text],
    }).accept('bank', text);
    new PrivateLinkEndpoint(scope, 'endpoint', {
      name: text,
      serviceName: text,
      network,
      ports: [10443],
      callers: [text],
    });
    new VpcPeeringHalf(scope, 'peering', {
      name: text,
      own: { network, admits: [{ securityGroupId: text, port: 443, description: 'API' }] },
      peer: { vpcId: 'vpc-0b', cidr: '10.20.0.0/16', accountId: text, region: 'eu-north-1' },
      connectionId: text,
    });
    group({ subnetIds: [text], securityGroupIds: [text] })(scope);
  });
  expect(lines).toEqual([]);
});
