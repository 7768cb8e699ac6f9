import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../config';
import { ALL_REGIONS, partitionOf } from '../../config/regions';
import { mistakesOf } from '../helpers/mistakes';

/** What is wrong with settings; nothing where they are right. */
function mistakes(input: unknown): readonly string[] {
  return mistakesOf(() => defineConfig({ profile: 'emulated', ...(input as ConfigInput) }));
}

const group = (settings: object) => ({ eks: { nodeGroups: [{ name: 'default', ...settings }] } });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`tag-${i}`, 'x']));
const existingVpc = {
  vpcId: 'vpc-0a',
  privateSubnetIds: ['subnet-0a', 'subnet-0b'],
  publicSubnetIds: ['subnet-0c'],
};
const key = (region: string, partition = 'aws') =>
  `arn:${partition}:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const access = (principalArn: string, namespaces?: readonly string[]) => ({
  eks: { access: [{ principalArn, level: 'view', namespaces }] },
});

describe('Tags are refused that one of their readers cannot take', () => {
  it.each<[Record<string, string>, string]>([
    // The annotation of a load balancer is split there.
    [{ team: 'a=b' }, 'aws.tags.team: the value has "="'],
    [{ team: 'a,b' }, 'aws.tags.team: the value has ","'],
    [{ 'a=b': 'c' }, 'aws.tags.a=b: the key has "="'],
    // IAM does not take these.
    [{ team: 'a & b (c) #1' }, 'aws.tags.team: the value has "&" "(" ")" "#"'],
    [{ 'Team!': 'c' }, 'aws.tags.Team!: the key has "!"'],
    [{ team: 'x\ty' }, 'aws.tags.team: has a tab in it'],
    [{ team: ' x' }, 'aws.tags.team: the value must not start or end with a space'],
    [{ Team: 'a', team: 'b' }, 'aws.tags.team: differs from "Team" in case only'],
    [{ name: 'a' }, 'aws.tags.name: differs from "Name" in case only'],
    [{ 'AWS:x': 'a' }, 'aws.tags.AWS:x: the key must not start with "aws:"'],
    [{ team: 'aws:x' }, 'aws.tags.team: the value must not start with "aws:"'],
    [{ 'kubernetes.io/role/elb': '1' }, 'aws.tags.kubernetes.io/role/elb: the key must not have'],
    [{ 'k8s.io/x': '1' }, 'aws.tags.k8s.io/x: the key must not have'],
    [{ 'eks:x': '1' }, 'aws.tags.eks:x: the key must not have'],
    // Of a volume, of a load balancer.
    [{ 'ebs.csi.aws.com/cluster': 'x' }, 'aws.tags.ebs.csi.aws.com/cluster: the key is one by'],
    [{ CSIVolumeName: 'x' }, 'aws.tags.CSIVolumeName: the key is one by'],
    [{ 'elbv2.k8s.aws/cluster': 'x' }, 'aws.tags.elbv2.k8s.aws/cluster: the key is one by'],
    [{ 'service.k8s.aws/stack': 'x' }, 'aws.tags.service.k8s.aws/stack: the key is one by'],
    [{ ['k'.repeat(129)]: 'a' }, `aws.tags.${'k'.repeat(129)}: the key has 129 characters`],
    [{ team: 'v'.repeat(257) }, 'aws.tags.team: the value has 257 characters'],
  ])('%j', (tags, message) => {
    expect(mistakes({ aws: { tags } })).toEqual([expect.stringContaining(message) as unknown]);
  });

  it('when there are more than AWS takes, with those that others add', () => {
    expect(mistakes({ aws: { tags: many(60) } })).toEqual([
      // The default profile's own is one of them.
      expect.stringMatching(/^aws\.tags: has 6[01] entries; AWS takes 50 on one thing/) as unknown,
    ]);
    expect(mistakes({ aws: { tags: many(39) } })).toEqual([]);
  });

  it('and taken otherwise', () => {
    const tags = { 'cost center': 'R+D/a:b_c.d@e-1', Größe: '', Name: 'mine' };
    expect(mistakes({ aws: { tags } })).toEqual([]);
  });
});

describe('A region', () => {
  it.each([
    ['cn-north-1', 'aws-cn'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-north-1', 'aws'],
  ])('may be of any partition: %s of %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(mistakes({ aws: { region }, network: { zones: [`${region}a`, `${region}b`] } })).toEqual(
      [],
    );
  });

  it.each([
    ['eu-nort-1', 'did you mean eu-north-1?'],
    ['eu-north-2', 'did you mean eu-north-1?'],
    ['us-est-1', 'did you mean us-east-1?'],
    ['Frankfurt', 'such as eu-north-1'],
    ['eu-north-1a', 'did you mean eu-north-1?'],
  ])('must exist: %s', (region, hint) => {
    expect(mistakes({ aws: { region } })).toContainEqual(
      expect.stringContaining(`aws.region: is "${region}"; must be the name of a region`),
    );
    expect(mistakes({ aws: { region } }).join()).toContain(hint);
  });

  it('has keys and users of its partition', () => {
    const access = (partition: string) => [
      { principalArn: `arn:${partition}:iam::111122223333:role/team`, level: 'view' },
    ];
    const china = { aws: { region: 'cn-north-1' } };
    expect(mistakes({ ...china, eks: { access: access('aws') } })).toEqual([
      'eks.access[0].principalArn: arn:aws:iam::111122223333:role/team is not of cn-north-1, where ' +
        'ARNs begin with arn:aws-cn:',
    ]);
    expect(mistakes({ ...china, eks: { access: access('aws-cn') } })).toEqual([]);
    const encryptionKeyArn = key('cn-north-1', 'aws-cn');
    expect(mistakes({ ...china, eks: { encryptionKeyArn } })).toEqual([]);
  });

  it('knows itself only once', () => {
    expect(new Set(ALL_REGIONS).size).toBe(ALL_REGIONS.length);
  });
});

describe('A KMS key', () => {
  it.each([
    'arn:aws:kms:eu-north-1:111122223333:alias/mine',
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws:kms:eu-north-1:111122223333:key/',
    'arn:aws:iam::111122223333:role/key',
  ])('is no %s', (arn) => {
    for (const [input, setting] of [
      [{ eks: { encryptionKeyArn: arn } }, 'eks.encryptionKeyArn'],
      [{ state: { kind: 's3', bucket: 'mine', kmsKeyArn: arn } }, 'state.kmsKeyArn'],
    ] as const) {
      expect(mistakes(input)).toEqual([
        expect.stringContaining(
          `${setting}: is "${arn}"; must be the ARN of a KMS key, not of an alias`,
        ) as unknown,
      ]);
    }
  });

  it('is of the region of the cluster', () => {
    expect(mistakes({ eks: { encryptionKeyArn: key('us-east-1') } })).toEqual([
      'eks.encryptionKeyArn: is a key of us-east-1 (arn:aws:); EKS takes one of eu-north-1, where the ' +
        'cluster is',
    ]);
    expect(mistakes({ eks: { encryptionKeyArn: key('eu-north-1') } })).toEqual([]);
    const multiRegion =
      'arn:aws:kms:eu-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab';
    expect(mistakes({ eks: { encryptionKeyArn: multiRegion } })).toEqual([]);
  });
});

describe('Labels and taints are refused that EKS or a kubelet refuses', () => {
  it.each<[object, string]>([
    [{ labels: { 'node-role.kubernetes.io/worker': 'true' } }, 'is kept for Kubernetes and EKS'],
    [{ labels: { 'kubernetes.io/os': 'linux' } }, 'is kept for Kubernetes and EKS'],
    [{ labels: { 'eks.amazonaws.com/nodegroup': 'a' } }, 'is kept for Kubernetes and EKS'],
    [{ labels: { 'x.k8s.io/a': 'b' } }, 'is kept for Kubernetes and EKS'],
    [{ labels: { pool: '' } }, 'is empty, which EKS refuses'],
    [{ labels: { [`${'a'.repeat(60)}.io/pool`]: 'b' } }, 'the key has 68 characters'],
    [{ labels: { pool: 'b'.repeat(64) } }, 'must be 63 letters'],
    [{ labels: { 'a/b/c': 'd' } }, 'is no key of a label'],
    [{ labels: { 'A.com/b': 'd' } }, 'is no key of a label'],
    [
      { taints: [{ key: 'node.kubernetes.io/x', effect: 'PreferNoSchedule' }] },
      'is kept for Kubernetes and EKS',
    ],
    [{ taints: [{ key: 'a b', effect: 'PreferNoSchedule' }] }, 'is no key of a taint'],
    [{ taints: [{ key: 'a', value: '-', effect: 'PreferNoSchedule' }] }, 'must be 63 letters'],
    [
      {
        taints: [
          { key: 'a', value: 'b', effect: 'PreferNoSchedule' },
          { key: 'a', value: 'c', effect: 'PreferNoSchedule' },
        ],
      },
      'a is there twice with the effect PreferNoSchedule',
    ],
    [
      {
        taints: Array.from({ length: 51 }, (_, i) => ({
          key: `a${i}`,
          effect: 'PreferNoSchedule',
        })),
      },
      'has 51 entries; EKS takes 50 at most',
    ],
  ])('%j', (settings, message) => {
    expect(mistakes(group(settings))).toEqual([expect.stringContaining(message) as unknown]);
  });

  it('and taken otherwise', () => {
    const settings = {
      labels: { 'example.com/pool': 'a', notkubernetes: 'x', 'mykubernetes.io/a': 'b' },
      taints: [{ key: 'pool', value: '', effect: 'PreferNoSchedule' }],
    };
    expect(mistakes(group(settings))).toEqual([]);
  });
});

describe('What could not work on AWS is refused', () => {
  it.each<[unknown, string]>([
    [
      { clusters: { istio: { existingVpc: { ...existingVpc, publicSubnetIds: [] } } } },
      'clusters.istio.existingVpc.publicSubnetIds: is empty, but the internet is to reach the load balancer',
    ],
    [
      {
        clusters: { istio: { existingVpc: { ...existingVpc, publicSubnetIds: [] } } },
        accessPolicy: {
          meshes: {
            istio: { in: 'service', services: { backend: {} } },
            consul: { services: { info: {} } },
          },
          rules: [{ from: 'consul/info', to: 'istio/backend' }],
        },
        weather: { enabled: false },
      },
      'clusters.istio.existingVpc.publicSubnetIds: is empty, but the internet is to reach the load balancer',
    ],
    [
      { network: { nat: 'one' }, eks: { nodeSubnets: 'public' } },
      'network.nat: is one, but all nodes are in public subnets: nobody would use',
    ],
    [
      { network: { nat: 'none' } },
      'network.nat: is none, so nodes in private subnets could fetch no image',
    ],
    [
      { meshes: { consul: { servers: 3 } } },
      'meshes.consul.servers: is 3, each on a node of its own',
    ],
    [
      group({ min: 2, zones: 3 }),
      'eks.nodeGroups[0].zones: is 3, and min is 2: a volume could be in a zone without a node',
    ],
    [
      { ...group({ min: 3, desired: 3, zones: 3 }), network: { zones: 2 } },
      'eks.nodeGroups[0].zones: is 3; the VPC has 2',
    ],
    [
      {
        meshes: {
          istio: {
            gateway: {
              ports: [80, 81, 82].map((port) => ({ name: `p${port}`, port })),
              allowedSources: Array.from({ length: 17 }, (_, i) => `192.0.2.${i}/32`),
            },
          },
        },
      },
      "meshes.istio.gateway.allowedSources: 18 sources and 4 ports come to 87 rules of the nodes' security group, which takes 60",
    ],
    [
      { meshes: { istio: { gateway: { allowedSources: ['192.0.2.1/24'] } } } },
      'meshes.istio.gateway.allowedSources[0]: 192.0.2.1/24 has bits set behind its prefix; write 192.0.2.0/24',
    ],
    [
      { meshes: { istio: { gateway: { allowedSources: ['192.0.2.1'] } } } },
      'meshes.istio.gateway.allowedSources[0]: is "192.0.2.1"; must be a CIDR block: 192.0.2.1/32',
    ],
    [
      { eks: { endpoint: { publicCidrs: ['198.51.100.7'] } } },
      'eks.endpoint.publicCidrs[0]: 198.51.100.7 is an address; write 198.51.100.7/32 for this one alone',
    ],
    [
      { eks: { addons: [{ name: 'coredns' }] } },
      'eks.addons[0].name: is "coredns"; must be another one: every cluster has this one',
    ],
    [
      { eks: { addons: [{ name: 'metrics-server' }, { name: 'metrics-server' }] } },
      'eks.addons[1]: metrics-server is listed twice',
    ],
    [
      { eks: { webhookPorts: [{ port: 10250, description: 'mine' }] } },
      'eks.webhookPorts[0]: 10250 is the kubelet, and open already',
    ],
    [
      {
        eks: {
          access: [
            {
              principalArn: 'arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/A',
              level: 'view',
            },
          ],
        },
      },
      'must be the ARN of an IAM user or role',
    ],
    // What "aws sts get-caller-identity" prints.
    [
      access('arn:aws:sts::111122223333:assumed-role/ci/me'),
      'this is a session of the role ci, whose ARN "aws iam get-role --role-name ci" prints',
    ],
    [access('arn:aws:iam::111122223333:root'), 'must be the ARN of an IAM user or role'],
    [access('arn:aws:iam::111122223333:group/dev'), 'must be the ARN of an IAM user or role'],
    [
      access('arn:aws:iam::111122223333:role/ci', ['Team A']),
      'eks.access[0].namespaces[0]: is "Team A"; must be the name of a namespace',
    ],
    [
      access('arn:aws:iam::111122223333:role/ci', ['']),
      'eks.access[0].namespaces[0]: is empty; must be the name of a namespace',
    ],
  ])('%j', (input, message) => {
    const found = mistakes(input);
    expect(found).toContainEqual(expect.stringContaining(message));
    expect(new Set(found.map((line) => line.split(':')[0])).size).toBeLessThanOrEqual(2);
  });

  it('and what works is taken', () => {
    for (const input of [
      { clusters: { istio: { existingVpc } } },
      {
        clusters: { istio: { existingVpc: { ...existingVpc, publicSubnetIds: [] } } },
        meshes: { istio: { gateway: { internal: true } } },
        federation: { crossing: 'given' },
      },
      { eks: { nodeSubnets: 'public' } },
      { ...group({ desired: 3 }), meshes: { consul: { servers: 3 } } },
      { eks: { addons: [{ name: 'metrics-server' }], webhookPorts: [] } },
    ]) {
      expect(mistakes(input)).toEqual([]);
    }
  });
});

describe('EKS Auto Mode', () => {
  const eks = { compute: 'auto' };
  const { config } = defineConfig({ profile: 'emulated', eks: { compute: 'auto' } });

  it('has no node groups, and makes the load balancers, without a word', () => {
    for (const cluster of Object.values(config.clusters)) {
      expect(cluster).toMatchObject({ loadBalancers: 'auto-mode', eks: { nodeGroups: [] } });
    }
  });

  it('may be that of one cluster, and the other keeps its node groups', () => {
    const { clusters } = defineConfig({
      profile: 'emulated',
      clusters: { consul: { kind: 'eks', eks: { compute: 'auto' } } },
    }).config;
    expect(clusters['consul']).toMatchObject({ loadBalancers: 'auto-mode' });
    expect(clusters['istio']).toMatchObject({
      loadBalancers: 'in-cloud',
      eks: { nodeGroups: [{ name: 'default' }] },
    });
    const other = defineConfig({
      profile: 'emulated',
      eks: { compute: 'auto' },
      clusters: { istio: { kind: 'eks', eks: { compute: 'node-groups' } } },
    }).config;
    expect(other.clusters['istio']).toMatchObject({ eks: { nodeGroups: [{ name: 'default' }] } });
  });

  it('is refused with groups, add-ons and load balancers of another kind', () => {
    expect(
      mistakes({
        eks: { ...eks, nodeGroups: [{ name: 'default' }], networkPolicies: true },
        clusters: { consul: { kind: 'eks', loadBalancers: 'in-cloud' } },
      }),
    ).toEqual([
      expect.stringMatching(/^eks\.nodeGroups: has groups, but compute is auto/),
      expect.stringMatching(/^eks\.networkPolicies: is true/),
      expect.stringMatching(
        /^clusters\.consul\.loadBalancers: is in-cloud, but eks\.compute is auto/,
      ),
    ]);
    expect(mistakes({ clusters: { consul: { kind: 'eks', loadBalancers: 'auto-mode' } } })).toEqual(
      [
        expect.stringMatching(
          /^clusters\.consul\.loadBalancers: is auto-mode, .*set eks\.compute: auto/,
        ),
      ],
    );
  });
});
