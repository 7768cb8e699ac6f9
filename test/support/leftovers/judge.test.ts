import { describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { type Facts, judge, type Judged } from '../../../support/leftovers/judge';
import type { Thing } from '../../../support/leftovers/kind';
import { ownerOf } from '../../../support/leftovers/owner';

const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });
const TAGS = { project: 'mesh-federation' };
const OF_ISTIO = { 'kubernetes.io/cluster/mesh-istio': 'owned' };

const thing = (kind: string, name: string, more: Partial<Thing> = {}): Thing => ({
  kind,
  id: `${kind} ${name}`,
  name,
  tags: TAGS,
  ...more,
});

const cluster = (more: Partial<Thing> = {}) =>
  thing('EKS cluster', 'mesh-istio', {
    id: 'mesh-istio',
    arn: 'arn:cluster',
    status: 'ACTIVE',
    vpc: 'vpc-1',
    ...more,
  });
const vpc = thing('VPC', 'mesh-istio', { id: 'vpc-1', vpc: 'vpc-1' });

interface World extends Partial<Omit<Facts, 'known' | 'things'>> {
  /** Ids that the state of istio-cluster has. */
  readonly inState?: readonly string[];
  /** Stacks whose state is there. */
  readonly stacks?: readonly string[];
}

/** `id: verdict` of each that is the federation's. */
function verdicts(things: readonly Thing[], world: World = {}): Record<string, string> {
  const judged = judgedIn(things, world);
  return Object.fromEntries(judged.map(({ id, verdict }) => [id, verdict]));
}

/** The same with the reason. */
function reasons(things: readonly Thing[], world: World = {}): Record<string, string> {
  const judged = judgedIn(things, world);
  return Object.fromEntries(judged.map(({ id, verdict, why }) => [id, `${verdict}: ${why}`]));
}

function judgedIn(things: readonly Thing[], world: World): readonly Judged[] {
  const { inState = [], stacks = ['istio-cluster', 'consul-cluster'], ...facts } = world;
  return judge({
    owner: ownerOf(config, ['mesh-istio', 'mesh-consul']),
    known: {
      stacks: new Set(stacks),
      managedBy: new Map(inState.map((id) => [id, 'istio-cluster'])),
      locked: [],
    },
    things,
    elsewhere: new Map(),
    withoutState: [],
    global: new Set(['IAM role', 'OIDC provider']),
    ...facts,
  });
}

describe('Whose something is', () => {
  it.each([
    ['VPC', 'mesh-istio-2'],
    ['subnet', 'mesh-istio-2-public-0'],
    ['NAT gateway', 'mesh-istio-2-0'],
    ['Elastic IP address', 'mesh-istio-2-nat-0'],
    ['security group', 'mesh-istio-2-node'],
    ['KMS key', 'mesh-istio-2-logs'],
    ['EKS cluster', 'mesh-istio-2'],
    ['launch template', `mesh-istio-2-default-${'0'.repeat(26)}`],
    ['log group', '/aws/vpc/mesh-istio-2/flow-log'],
    ['VPC peering connection', 'mesh-istio-2-mesh-consul'],
    ['VPC endpoint', 'mesh-istio-2-s3'],
    // Names are no expressions.
    ['VPC', 'meshXistio'],
  ])('%s %s is of another federation with the same tags', (kind, name) => {
    expect(verdicts([thing(kind, name)])).toEqual({});
  });

  it.each([
    ['VPC', 'mesh-istio'],
    ['subnet', 'mesh-istio-private-2'],
    ['NAT gateway', 'mesh-istio-0'],
    ['Elastic IP address', 'mesh-istio-nat-0'],
    ['KMS key', 'mesh-istio-logs'],
    ['VPC peering connection', 'mesh-istio-mesh-consul'],
    ['VPC endpoint', 'mesh-consul-to-mesh-istio-istio'],
    ['VPC endpoint service', 'mesh-istio-istio'],
  ])('%s %s is ours with the tags, and not without', (kind, name) => {
    expect(Object.values(verdicts([thing(kind, name)]))).toEqual(['left behind']);
    expect(verdicts([thing(kind, name, { tags: { project: 'mesh-federation-2' } })])).toEqual({});
    expect(verdicts([thing(kind, name, { tags: OF_ISTIO })])).toEqual({});
  });

  it('knows launch templates by the node groups of the settings, and those of EKS by their tag', () => {
    const template = (name: string, tags = TAGS) =>
      verdicts([thing('launch template', name, { tags })]);
    const end = '0'.repeat(26);
    expect(Object.values(template(`mesh-istio-default-${end}`))).toEqual(['left behind']);
    expect(template(`mesh-istio-2-default-${end}`)).toEqual({});
    expect(template(`mesh-istio-default-${end}`, { project: 'other' })).toEqual({});
    const ofEks = thing('launch template', 'eks-1234', {
      tags: { 'eks:cluster-name': 'mesh-istio' },
    });
    expect(Object.values(verdicts([ofEks]))).toEqual(['left behind']);
  });

  it('takes all tags of the settings', () => {
    const owner = { ...ownerOf(config, ['mesh-istio']), tags: { ...TAGS, team: 'mesh' } };
    expect(verdicts([vpc], { owner })).toEqual({});
    expect(verdicts([{ ...vpc, tags: { team: 'mesh' } }], { owner })).toEqual({});
    const tagged = { ...vpc, tags: { ...TAGS, team: 'mesh', more: 'tags' } };
    expect(verdicts([tagged], { owner })).toEqual({ 'vpc-1': 'left behind' });
  });

  it.each([
    'load balancer',
    'classic load balancer',
    'target group',
    'security group',
    'network interface',
    'EBS volume',
    'EBS snapshot',
    'EC2 instance',
    'Auto Scaling group',
    'launch template',
  ])('takes a %s that is tagged for a cluster as made there', (kind) => {
    const judged = (key: string, value: string) =>
      reasons([thing(kind, 'k8s', { id: 'k8s', tags: { [key]: value } })])['k8s'];
    const why = 'left behind: mesh-istio is gone or goes';
    expect(judged('kubernetes.io/cluster/mesh-istio', 'owned')).toBe(why);
    for (const key of [
      'eks:cluster-name',
      'eks:eks-cluster-name',
      'aws:eks:cluster-name',
      'elbv2.k8s.aws/cluster',
      'cluster.k8s.amazonaws.com/name',
      'KubernetesCluster',
    ]) {
      expect(judged(key, 'mesh-istio')).toBe(why);
      expect(judged(key, 'mesh-istio-2')).toBeUndefined();
    }
  });

  it.each(['VPC', 'subnet', 'NAT gateway', 'KMS key', 'IAM role', 'EKS cluster', 'VPC endpoint'])(
    'takes no %s for one that a cluster has made, whatever its tags',
    (kind) => {
      const tags = { ...OF_ISTIO, 'eks:cluster-name': 'mesh-istio' };
      expect(verdicts([thing(kind, 'theirs', { tags, vpc: 'vpc-1' })])).toEqual({});
    },
  );

  it('takes what connects clusters with each other and with partners, and only of its own place', () => {
    const connected = [
      thing('VPC peering connection', 'mesh-istio-mesh-consul', { id: 'asked' }),
      thing('VPC peering connection', 'mesh-consul-mesh-istio', { id: 'answered' }),
      thing('VPC endpoint', 'mesh-istio-to-mesh-consul-consul', { id: 'endpoint' }),
      thing('security group', 'mesh-istio-to-mesh-consul-consul', { id: 'group' }),
      thing('VPC endpoint service', 'mesh-istio-istio', { id: 'service' }),
      thing('VPC peering connection', 'mesh-istio-shop', { id: 'partner' }),
      thing('VPC endpoint', 'mesh-istio-to-shop', { id: 'partner endpoint' }),
      thing('security group', 'mesh-istio-to-shop', { id: 'partner group' }),
      // By the names of other kinds they are somebody's.
      thing('security group', 'mesh-istio-mesh-consul', { id: 'other' }),
      thing('VPC peering connection', 'mesh-istio-mesh-istio', { id: 'own' }),
      // Of the cluster that is elsewhere.
      thing('VPC endpoint service', 'mesh-consul-consul', { id: 'elsewhere' }),
      thing('VPC', 'mesh-consul', { id: 'elsewhere too' }),
    ];
    const owner = ownerOf({ ...config, partners: { shop: { kind: 'istio', file: 'shop.json' } } }, [
      'mesh-istio',
    ]);
    expect(Object.keys(verdicts(connected, { owner }))).toEqual([
      'asked',
      'answered',
      'endpoint',
      'group',
      'service',
      'partner',
      'partner endpoint',
      'partner group',
    ]);
  });

  it('without tags in the settings nothing is known by its name', () => {
    const owner = { ...ownerOf(config, ['mesh-istio']), tags: {} };
    expect(verdicts([vpc, cluster()], { owner })).toEqual({});
  });

  it('takes what Kubernetes made by the tag of the cluster, in a VPC of the federation', () => {
    const balancer = (tags: Thing['tags'], vpc?: string) =>
      verdicts(
        [
          thing('load balancer', 'a1', { tags, vpc }),
          // What makes it ours is the state.
          thing('VPC', 'renamed', { id: 'vpc-1', tags: {} }),
          thing('VPC', 'mesh-istio', { id: 'vpc-2', tags: {} }),
        ],
        {
          inState: ['vpc-1'],
        },
      )['load balancer a1'];
    expect(balancer(OF_ISTIO, 'vpc-1')).toBe('left behind');
    expect(balancer({ 'elbv2.k8s.aws/cluster': 'mesh-istio' }, 'vpc-1')).toBe('left behind');
    expect(balancer({ 'eks:eks-cluster-name': 'mesh-istio' }, 'vpc-1')).toBe('left behind');
    expect(balancer({ 'kubernetes.io/cluster/mesh-istio-2': 'owned' }, 'vpc-1')).toBeUndefined();
    expect(balancer({ 'kubernetes.io/cluster/mesh-istio': 'shared' }, 'vpc-1')).toBeUndefined();
    // A cluster of that name that is none of EKS.
    expect(balancer(OF_ISTIO, 'vpc-2')).toBeUndefined();
    expect(balancer(TAGS, 'vpc-1')).toBeUndefined();
  });

  it('takes it in a VPC of the user that a cluster was given as well', () => {
    const id = (kind: string, end: number) => `${kind}-0123456789abcde0${end}`;
    const given = defineConfig({
      eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      clusters: {
        istio: {
          existingVpc: {
            vpcId: id('vpc', 1),
            privateSubnetIds: [id('subnet', 1), id('subnet', 2)],
            publicSubnetIds: [id('subnet', 3), id('subnet', 4)],
          },
        },
      },
    });
    const balancer = thing('load balancer', 'a1', { tags: OF_ISTIO, vpc: id('vpc', 1) });
    expect(verdicts([balancer], { owner: ownerOf(given.config, ['mesh-istio']) })).toEqual({
      [balancer.id]: 'left behind',
    });
    expect(verdicts([balancer])).toEqual({});
  });

  it("leaves a user's own subnets alone, which share the tag of the cluster", () => {
    const tags = { 'kubernetes.io/cluster/mesh-istio': 'shared' };
    expect(verdicts([thing('subnet', 'theirs', { tags })])).toEqual({});
  });

  it('takes of an existing cluster only what carries the tags too', () => {
    const owner = ownerOf(
      defineConfig({
        clusters: { istio: { kind: 'existing-eks', name: 'mesh-istio' } },
        eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
      }).config,
      ['mesh-istio'],
    );
    const found = [
      thing('load balancer', 'gateway', { tags: { ...TAGS, ...OF_ISTIO } }),
      thing('load balancer', 'theirs', { tags: OF_ISTIO }),
      thing('log group', '/aws/eks/mesh-istio/cluster', { cluster: 'mesh-istio', tags: {} }),
      thing('VPC', 'mesh-istio'),
    ];
    expect(verdicts(found, { owner })).toEqual({ 'load balancer gateway': 'left behind' });
    // Whatever tags it has: who named it has not made it.
    for (const tags of [{}, TAGS]) {
      const world = { owner, withoutState: ['mesh-istio'] };
      expect(verdicts([...found, cluster({ tags })], world)).toEqual({
        'load balancer gateway': 'in use',
      });
    }
  });
});

describe('What protects a pair that is there', () => {
  const balancer = thing('load balancer', 'a1', { tags: OF_ISTIO, vpc: 'vpc-1' });
  const log = thing('log group', '/aws/eks/mesh-istio/cluster', {
    cluster: 'mesh-istio',
    tags: {},
  });

  it('is its state, by id or ARN', () => {
    expect(verdicts([vpc, cluster()], { inState: ['vpc-1', 'arn:cluster'] })).toEqual({
      'vpc-1': 'in use',
      'mesh-istio': 'in use',
    });
  });

  it('is the cluster, for what Kubernetes and EKS make', () => {
    const things = [vpc, balancer, log];
    const inState = ['vpc-1', 'arn:cluster'];
    expect(verdicts([...things, cluster()], { inState })).toMatchObject({
      'load balancer a1': 'in use',
      [log.id]: 'in use',
    });
    expect(verdicts(things, { inState })).toMatchObject({
      'load balancer a1': 'left behind',
      [log.id]: 'left behind',
    });
  });

  it("is the cluster, where its state is somebody else's: nodes run, and no state here knows it", () => {
    const nodes = thing('node group', 'default-1', { cluster: 'mesh-istio', status: 'ACTIVE' });
    const all = [vpc, balancer, log, nodes, cluster(), thing('NAT gateway', 'mesh-istio-0')];
    expect(new Set(Object.values(verdicts(all)))).toEqual(new Set(['kept']));
    expect(new Set(Object.values(verdicts(all, { stacks: [] })))).toEqual(new Set(['kept']));
    // Until the user says that there is none.
    expect(new Set(Object.values(verdicts(all, { withoutState: ['mesh-istio'] })))).toEqual(
      new Set(['left behind']),
    );
  });

  it('is the same where its nodes are of no group, as in Auto Mode', () => {
    const node = thing('EC2 instance', 'i-1', {
      tags: { 'eks:eks-cluster-name': 'mesh-istio' },
      vpc: 'vpc-1',
    });
    const all = [vpc, balancer, node, cluster(), thing('KMS key', 'mesh-istio')];
    expect(new Set(Object.values(verdicts(all)))).toEqual(new Set(['kept']));
    // Nodes of another cluster say nothing of this one.
    const others = { ...node, tags: { 'eks:eks-cluster-name': 'mesh-consul' } };
    expect(verdicts([others, cluster()])['mesh-istio']).toBe('left behind');
  });

  it('is that no state of its stack is here at all', () => {
    const things = [vpc, thing('NAT gateway', 'mesh-istio-0')];
    expect(Object.values(verdicts(things, { stacks: [] }))).toEqual(['kept', 'kept']);
    expect(Object.values(verdicts(things))).toEqual(['left behind', 'left behind']);
  });

  it.each(['CREATING', 'UPDATING', 'DELETING'])('is that the cluster is %s', (status) => {
    expect(verdicts([cluster({ status })])).toEqual({ 'mesh-istio': 'kept' });
    // Whatever the user says of its state.
    const withoutState = ['mesh-istio'];
    expect(reasons([vpc, balancer, log, cluster({ status })], { withoutState })).toEqual({
      'mesh-istio': `kept: is ${status}`,
      'vpc-1': `kept: of mesh-istio, which is ${status}`,
      [balancer.id]: `kept: of mesh-istio, which is ${status}`,
      [log.id]: `kept: of mesh-istio, which is ${status}`,
    });
    const nodes = thing('node group', 'default-1', { cluster: 'mesh-istio', status });
    expect(reasons([nodes, cluster()], { inState: ['arn:cluster'] })[nodes.id]).toBe(
      `kept: is ${status}`,
    );
  });

  it.each(['ACTIVE', 'FAILED', 'CREATE_FAILED', 'DELETE_FAILED', 'DEGRADED'])(
    'is not that something is %s, which AWS does no more for',
    (status) => {
      const nodes = thing('node group', 'default-1', { cluster: 'mesh-istio', status });
      expect(verdicts([cluster({ status })])).toEqual({ 'mesh-istio': 'left behind' });
      expect(verdicts([nodes, cluster()], { inState: ['arn:cluster'] })[nodes.id]).toBe(
        'left behind',
      );
    },
  );

  it('is no other cluster than its own', () => {
    const consul = thing('EKS cluster', 'mesh-consul', { arn: 'arn:consul', status: 'ACTIVE' });
    expect(
      verdicts([consul, vpc, balancer], { inState: ['arn:consul', 'vpc-1'] })[balancer.id],
    ).toBe('left behind');
  });

  it('is a cluster of that name that somebody else has made', () => {
    const nat = thing('NAT gateway', 'mesh-istio-0');
    const theirs = cluster({ tags: { owner: 'them' } });
    const why = 'in use: of mesh-istio, a cluster that Terraform did not make here';
    // It is none of ours, and no word of the user makes it so.
    const withoutState = ['mesh-istio'];
    expect(reasons([theirs, vpc, balancer, nat], { withoutState })).toEqual({
      'vpc-1': why,
      [balancer.id]: why,
      [nat.id]: why,
    });
  });

  it('is the same for a volume of a cluster that is gone', () => {
    const volume = thing('EBS volume', 'data', { tags: OF_ISTIO });
    const world = { stacks: ['consul-cluster'] };
    expect(Object.values(verdicts([volume], world))).toEqual(['kept']);
    expect(Object.values(verdicts([volume], { ...world, withoutState: ['mesh-istio'] }))).toEqual([
      'left behind',
    ]);
    expect(Object.values(verdicts([volume]))).toEqual(['left behind']);
  });

  it('a cluster without nodes that no state has was cut off, and is left behind', () => {
    expect(verdicts([vpc, cluster(), balancer], { inState: ['vpc-1'] })).toEqual({
      'vpc-1': 'in use',
      'mesh-istio': 'left behind',
      'load balancer a1': 'left behind',
    });
  });

  it('a node group that the state of its cluster lacks was cut off', () => {
    const nodes = thing('node group', 'default-1', { cluster: 'mesh-istio', status: 'ACTIVE' });
    expect(verdicts([nodes, cluster()], { inState: ['arn:cluster'] })).toMatchObject({
      [nodes.id]: 'left behind',
    });
    expect(
      verdicts([{ ...nodes, tags: {} }, cluster()], { inState: ['arn:cluster'] })[nodes.id],
    ).toBeUndefined();
  });

  it('is what needs something: a key, a network by which nodes call out', () => {
    const things = [
      cluster({ uses: ['arn:key', 'subnet-1'] }),
      thing('KMS key', 'mesh-istio', { id: 'key', arn: 'arn:key' }),
      thing('KMS key', 'mesh-istio-logs', { id: 'unused' }),
      thing('subnet', 'mesh-istio-private-0', { id: 'subnet-1' }),
      thing('route table', 'mesh-istio-private-0', {
        id: 'rtb',
        heldBy: ['subnet-1'],
        uses: ['nat'],
      }),
      thing('NAT gateway', 'mesh-istio-0', { id: 'nat', uses: ['eip'] }),
      thing('Elastic IP address', 'mesh-istio-nat-0', { id: 'eip' }),
      thing('NAT gateway', 'mesh-istio-1', { id: 'idle', uses: [] }),
      vpc,
    ];
    // The network went out of the state, as when it is handed over to another one.
    expect(verdicts(things, { inState: ['arn:cluster'] })).toEqual({
      'mesh-istio': 'in use',
      key: 'in use',
      unused: 'left behind',
      'subnet-1': 'in use',
      rtb: 'in use',
      nat: 'in use',
      eip: 'in use',
      idle: 'left behind',
      'vpc-1': 'in use',
    });
  });

  it("is a stranger's thing in the VPC", () => {
    const stranger = thing('security group', 'other', { vpc: 'vpc-1', tags: {} });
    expect(reasons([vpc, stranger])).toEqual({
      'vpc-1': 'in use: security group security group other (other) uses it',
    });
    const named = (name: string) =>
      reasons([vpc, { ...stranger, id: 'shop', name, kind: 'classic load balancer' }])['vpc-1'];
    expect([named(''), named('shop')]).toEqual(
      ['', ''].map(() => 'in use: classic load balancer shop uses it'),
    );
    // Nothing uses an interface that is attached to nothing.
    const loose = thing('network interface', '', { vpc: 'vpc-1', tags: {} });
    expect(verdicts([vpc, loose])).toEqual({ 'vpc-1': 'left behind' });
    expect(verdicts([vpc])).toEqual({ 'vpc-1': 'left behind' });
  });

  it('is a cluster of the same name in another region, for what is of the whole account', () => {
    const role = thing('IAM role', `mesh-istio-api-${'0'.repeat(26)}`, { cluster: 'mesh-istio' });
    const elsewhere = new Map([['mesh-istio', ['eu-west-1']]]);
    expect(verdicts([role], { elsewhere })).toEqual({ [role.id]: 'kept' });
    expect(verdicts([role])).toEqual({ [role.id]: 'left behind' });
    expect(verdicts([role, cluster()], { inState: ['arn:cluster'] })[role.id]).toBe('kept');
  });

  it('a volume that is attached stays with what it is attached to', () => {
    const volume = thing('EBS volume', 'data', { tags: OF_ISTIO, heldBy: ['i-1'] });
    const node = thing('EC2 instance', 'node', { id: 'i-1', tags: OF_ISTIO });
    expect(verdicts([volume])).toEqual({ [volume.id]: 'in use' });
    expect(verdicts([volume, node])).toEqual({ [volume.id]: 'left behind', 'i-1': 'left behind' });
  });

  it('is of one kind, whatever else has that id', () => {
    const subnet = thing('subnet', 'mesh-istio-private-0', { id: 'subnet-1' });
    const balancers = ['load balancer', 'classic load balancer'].map((kind, i) =>
      thing(kind, 'shop', { id: 'shop', tags: i === 0 ? {} : OF_ISTIO, uses: ['subnet-1'] }),
    );
    expect(verdicts([subnet, ...balancers])).toMatchObject({ 'subnet-1': 'in use' });
  });

  it('is told with the reason, and of which cluster it is', () => {
    const things = [
      thing('NAT gateway', 'mesh-istio-0', { id: 'nat' }),
      thing('EBS volume', 'data', { id: 'vol-1', tags: OF_ISTIO }),
      thing('EBS volume', 'data', { id: 'vol-2', tags: OF_ISTIO, heldBy: ['i-1'] }),
      thing('KMS key', 'mesh-consul', { id: 'key', ending: 'is deleted on Monday' }),
      thing('Elastic IP address', 'mesh-consul-nat-0', { id: 'eip' }),
    ];
    const world = { stacks: ['istio-cluster'], inState: [] };
    expect(reasons(things, world)).toEqual({
      nat: 'left behind: in no state',
      'vol-1': 'left behind: mesh-istio is gone or goes',
      'vol-2': 'in use: i-1 uses it',
      key: 'ending: is deleted on Monday',
      eip: 'kept: of mesh-consul, of which there is no state here',
    });
    expect(judgedIn(things, world).map(({ of }) => of)).toEqual([
      'mesh-istio',
      'mesh-istio',
      'mesh-istio',
      'mesh-consul',
      'mesh-consul',
    ]);
    const volume = thing('EBS volume', 'data', { id: 'vol-1', tags: OF_ISTIO });
    expect(reasons([volume], { stacks: [] })).toEqual({
      'vol-1': 'kept: of mesh-istio, of which there is no state here',
    });
    const running = [volume, thing('KMS key', 'mesh-istio', { id: 'key' }), cluster()];
    expect(reasons(running, { inState: ['arn:cluster', 'key'] })).toEqual({
      'vol-1': 'in use: of mesh-istio, in the state of istio-cluster',
      key: 'in use: in the state of istio-cluster',
      'mesh-istio': 'in use: in the state of istio-cluster',
    });
    const nodes = thing('node group', 'default-1', { cluster: 'mesh-istio', status: 'ACTIVE' });
    expect(reasons([volume, nodes, cluster()])['vol-1']).toBe(
      'kept: of mesh-istio, which has nodes and is in no state here',
    );
    const role = thing('IAM role', `mesh-istio-api-${'0'.repeat(26)}`, { cluster: 'mesh-istio' });
    const elsewhere = new Map([['mesh-istio', ['eu-west-1', 'eu-west-2']]]);
    expect(reasons([role], { elsewhere })[role.id]).toBe(
      'kept: perhaps of the mesh-istio in eu-west-1, eu-west-2',
    );
    expect(reasons([role, cluster()], { inState: ['arn:cluster'] })[role.id]).toBe(
      'kept: perhaps used by mesh-istio, which is there',
    );
  });

  it('a key that waits for its deletion is not left behind', () => {
    expect(verdicts([thing('KMS key', 'mesh-istio', { id: 'k', ending: 'is deleted' })])).toEqual({
      k: 'ending',
    });
  });
});

describe('What its owner has protected against deletion', () => {
  it('stays, and with a cluster all that is of it, also where its state is given up', () => {
    const kept = reasons(
      [
        cluster({ isProtected: true }),
        vpc,
        thing('node group', 'default', { id: 'mesh-istio/default', cluster: 'mesh-istio' }),
        thing('Auto Scaling group', 'eks-default', { id: 'asg', tags: OF_ISTIO, vpc: 'vpc-1' }),
      ],
      { withoutState: ['mesh-istio'] },
    );
    const why = 'kept: of mesh-istio, which is protected against deletion';
    expect(kept).toEqual({
      'mesh-istio': 'kept: is protected against deletion',
      'vpc-1': why,
      'mesh-istio/default': why,
      asg: why,
    });
  });

  it('stays by itself, with what it needs', () => {
    const log = { id: '/aws/vpc/mesh-istio/flow-log', uses: ['arn:key'] };
    expect(
      reasons([
        thing('log group', '/aws/vpc/mesh-istio/flow-log', { ...log, isProtected: true }),
        thing('KMS key', 'mesh-istio', { id: 'key', arn: 'arn:key' }),
      ]),
    ).toEqual({
      '/aws/vpc/mesh-istio/flow-log': 'kept: is protected against deletion',
      key: 'in use: log group /aws/vpc/mesh-istio/flow-log uses it',
    });
  });
});
