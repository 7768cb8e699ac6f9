import { _InstanceType } from '@aws-sdk/client-ec2';
import { describe, expect, it } from '@jest/globals';
import { Lazy } from 'cdktf';
import { EksCluster, type EksClusterProps, type NodeGroupSettings } from '../../constructs/eks';
import { clusterProblems } from '../../constructs/eks/validate';
import { Network } from '../../constructs/network';
import { formatProblem } from '../../constructs/problems';
import { CHECKED } from '../../versions';
import { awsStack } from '../helpers/aws';
import { onDay } from '../helpers/clock';

/** What is wrong with a cluster of these settings. */
function problems(props: Partial<EksClusterProps>): string[] {
  return clusterProblems({ nodeGroups: [{ name: 'default' }], ...props }).map(formatProblem);
}

function groupProblems(...groups: (Partial<NodeGroupSettings> & { version?: string })[]): string[] {
  return problems({ nodeGroups: groups.map((group, i) => ({ name: `group-${i}`, ...group })) });
}

const unknown = Lazy.stringValue({ produce: () => '' });

onDay(CHECKED);

describe('A Kubernetes version', () => {
  it.each(['1.34', '1.35', '1.36'])('in standard support is fine: %s', (version) => {
    expect(problems({ version })).toEqual([]);
  });

  it.each(['1.32', '1.33'])('in extended support needs consent: %s', (version) => {
    expect(problems({ version })).toEqual([
      `version: ${version} is in extended support, which costs USD 0.50 more by the hour; ` +
        'use 1.34, 1.35 or 1.36, or set extendedSupport: true',
    ]);
    expect(problems({ version, extendedSupport: true })).toEqual([]);
  });

  it.each(['1.20', '1.31'])('without support is refused, consent or not: %s', (version) => {
    expect(problems({ version, extendedSupport: true })).toEqual([
      `version: EKS no longer has ${version}, and has upgraded the clusters that ran it; ` +
        'use 1.34, 1.35 or 1.36, or what a running cluster has by now',
    ]);
  });

  it.each(['1.37', '1.38'])('that this project does not know yet is left to EKS: %s', (version) => {
    expect(problems({ version })).toEqual([]);
  });

  it.each(['1.39', '1.99', '1.136'])('from far ahead is refused: %s', (version) => {
    expect(problems({ version })).toEqual([
      `version: is ${version}; the newest Kubernetes that this release knows is 1.36; use 1.34, 1.35 or 1.36`,
    ]);
  });

  it.each(['1.35.2', 'latest', '1', ''])('is a minor version, not %p', (version) => {
    expect(problems({ version })).toEqual([
      `version: is "${version}"; must be a minor version: 1.34, 1.35 or 1.36`,
    ]);
  });
});

describe('Addresses that the API admits', () => {
  it.each([
    ['0.0.0.0/0', 'the whole internet'],
    ['128.0.0.0/1', 'a large part of the internet'],
  ])('may not be %s without consent', (cidr, what) => {
    expect(problems({ endpoint: { publicCidrs: ['198.51.100.7/32', cidr] } })).toEqual([
      `endpoint.publicCidrs[1]: ${cidr} opens the Kubernetes API to ${what}; list your own ` +
        'addresses, or set allowAnywhere: true',
    ]);
    expect(problems({ endpoint: { publicCidrs: [cidr], allowAnywhere: true } })).toEqual([]);
  });

  it.each(['10.0.0.0/8', '192.168.1.4/32', '100.64.0.0/16'])('may not be private: %s', (cidr) => {
    expect(problems({ endpoint: { publicCidrs: [cidr] } })).toEqual([
      `endpoint.publicCidrs[0]: ${cidr} is private; must be an address as the internet sees it`,
    ]);
  });

  it('must be CIDR blocks', () => {
    expect(problems({ endpoint: { publicCidrs: ['198.51.100.7', '198.51.100.7/24'] } })).toEqual([
      'endpoint.publicCidrs[0]: 198.51.100.7 is an address; write 198.51.100.7/32 for this one alone',
      'endpoint.publicCidrs[1]: 198.51.100.7/24 has bits set behind its prefix; write 198.51.100.0/24',
    ]);
  });

  it('are 40 at most', () => {
    const publicCidrs = Array.from({ length: 41 }, (_, i) => `198.51.100.${i}/32`);
    expect(problems({ endpoint: { publicCidrs } })).toEqual([
      'endpoint.publicCidrs: has 41 entries; EKS takes at most 40',
    ]);
    expect(problems({ endpoint: { publicCidrs: publicCidrs.slice(1) } })).toEqual([]);
  });

  it('can be known only at deploy', () => {
    expect(problems({ endpoint: { publicCidrs: [`${unknown}/32`] } })).toEqual([]);
  });
});

describe('Addresses of Services', () => {
  it.each(['10.0.0.0/12', '10.100.0.0/16', '172.20.0.0/24', '192.168.0.0/16'])('are %s', (cidr) => {
    expect(problems({ serviceCidr: cidr })).toEqual([]);
  });

  it.each([
    ['too large', '10.0.0.0/11'],
    ['too small', '10.0.0.0/25'],
    ['public', '203.0.113.0/24'],
    ['partly private', '192.160.0.0/12'],
    ['of carriers', '100.64.0.0/16'],
  ])('are refused if %s', (_, cidr) => {
    expect(problems({ serviceCidr: cidr })).toEqual([
      `serviceCidr: is ${cidr}; must be a /12 to /24 in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
    ]);
  });

  it('are refused if they are no addresses', () => {
    expect(problems({ serviceCidr: '10.0.0.0' })).toEqual([
      'serviceCidr: 10.0.0.0 is no IPv4 CIDR block; write one such as 10.10.0.0/16',
    ]);
  });
});

describe('A node group', () => {
  it.each<[Partial<NodeGroupSettings>, string]>([
    [{ min: 4 }, 'min: is 4; must be at most max, which is 3'],
    [{ desired: 1 }, 'desired: is 1; must be from min to max, which is 2 to 3'],
    [{ desired: 5 }, 'desired: is 5; must be from min to max, which is 2 to 3'],
    [
      { instanceTypes: ['t3.medium', 'm7g.large'] },
      'instanceTypes[1]: m7g.large has an ARM CPU and cannot start AL2023_x86_64_STANDARD; ' +
        'choose an instance type and imageType of the same CPU',
    ],
    [
      { imageType: 'BOTTLEROCKET_ARM_64' },
      'instanceTypes[0]: t3.medium has an x86 CPU and cannot start BOTTLEROCKET_ARM_64; ' +
        'choose an instance type and imageType of the same CPU',
    ],
  ])('%j is refused', (group, message) => {
    expect(groupProblems(group)).toEqual([`nodeGroups[0].${message}`]);
  });

  it.each(['a1.large', 't4g.medium', 'c7gn.xlarge', 'im4gn.large', 'x2gd.large', 'r8gb.large'])(
    'knows that %s is ARM',
    (type) => {
      expect(groupProblems({ instanceTypes: [type], imageType: 'AL2023_ARM_64_STANDARD' })).toEqual(
        [],
      );
    },
  );

  it.each([
    ['t3.mediumm', 'is "t3.mediumm", and no instance type has the size "mediumm"'],
    ['m7i.lrage', 'is "m7i.lrage", and no instance type has the size "lrage"'],
    ['t3', 'is "t3", and no instance type has the size ""'],
    ['medium.t3', 'is "medium.t3"'],
    ['t3.medium.large', 'is "t3.medium.large"'],
  ])('refuses %s', (type, message) => {
    expect(groupProblems({ instanceTypes: [type] })).toEqual([
      `nodeGroups[0].instanceTypes[0]: ${message}; must be an instance type such as t3.medium`,
    ]);
  });

  it('takes every instance type that AWS has', () => {
    const all = Object.values(_InstanceType);
    expect(all.length).toBeGreaterThan(800);
    const refused = all.filter((type) =>
      groupProblems({ instanceTypes: [type] }).some((message) => message.includes('must be an')),
    );
    expect(refused).toEqual([]);
  });

  it.each([
    't3.medium',
    'm7i-flex.large',
    'g4dn.xlarge',
    'g6e.xlarge',
    'u-6tb1.metal',
    'p5.48xlarge',
  ])('knows that %s is x86', (type) => {
    expect(groupProblems({ instanceTypes: [type] })).toEqual([]);
  });

  it('needs a name of its own', () => {
    expect(groupProblems({ name: 'a' }, { name: 'b' }, { name: 'a' })).toEqual([
      'nodeGroups[2].name: "a" is taken by another group; each needs a name of its own',
    ]);
  });
});

describe('coredns needs a group', () => {
  const taints = (effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute', key = 'spot') => ({
    taints: [{ key, effect }],
  });

  it('at all', () => {
    expect(groupProblems()).toEqual([
      'nodeGroups: is empty; coredns needs a group without taints that starts with a node',
    ]);
  });

  it('without taints, that starts with a node', () => {
    const refused = [
      'nodeGroups: all have a taint, or start with no node; ' +
        'coredns needs a group without taints that starts with a node',
    ];
    expect(groupProblems(taints('NoSchedule'), taints('NoExecute'))).toEqual(refused);
    expect(groupProblems(taints('NoSchedule'), { min: 0, desired: 0 })).toEqual(refused);
    expect(groupProblems(taints('NoSchedule'), {})).toEqual([]);
  });

  it('with a taint that it tolerates', () => {
    expect(groupProblems(taints('PreferNoSchedule'))).toEqual([]);
    expect(groupProblems(taints('NoSchedule', 'CriticalAddonsOnly'))).toEqual([]);
  });
});

describe('Who may use the cluster', () => {
  const principalArn = 'arn:aws:iam::111122223333:role/one';

  it('is listed once', () => {
    expect(
      problems({
        access: [
          { principalArn, level: 'view' },
          { principalArn, level: 'edit' },
        ],
      }),
    ).toEqual([
      'access[1].principalArn: is listed twice, and EKS has one entry for each user or role; list it once',
    ]);
  });

  it('is somebody', () => {
    const nobody =
      'creatorIsAdmin: is false, so nobody could administer the cluster; ' +
      'add an entry of the level cluster-admin to access';
    expect(problems({ creatorIsAdmin: false })).toEqual([nobody]);
    const admin = { principalArn, level: 'cluster-admin' } as const;
    expect(problems({ creatorIsAdmin: false, access: [{ ...admin, namespaces: ['a'] }] })).toEqual([
      nobody,
    ]);
    expect(problems({ creatorIsAdmin: false, access: [admin] })).toEqual([]);
  });
});

describe('A cluster', () => {
  const network = Network.fromAttributes({
    vpcId: 'vpc-1',
    privateSubnetIds: ['subnet-1', 'subnet-2'],
  });
  const build = (props: Partial<EksClusterProps>) => () =>
    new EksCluster(awsStack(), 'cluster', {
      name: 'mesh',
      network,
      nodeGroups: [{ name: 'default' }],
      ...props,
    });

  it('is refused with all that is wrong', () => {
    const props = {
      name: '-mesh',
      version: '1.20',
      nodeSubnets: 'public',
      nodeGroups: [{ name: 'default', min: 9 }],
    } as const;
    expect(build(props)).toThrow(
      `EksCluster -mesh cannot be made:
  name: is "-mesh"; must start with a letter or digit, go on with letters, digits, "-" and "_", and have at most 32 characters
  version: EKS no longer has 1.20, and has upgraded the clusters that ran it; use 1.34, 1.35 or 1.36, or what a running cluster has by now
  nodeGroups[0].min: is 9; must be at most max, which is 3
  nodeSubnets: is public, but the network lists no public subnets; list them, or use private`,
    );
  });

  it.each(['a'.repeat(33), 'a b', 'a.b', ''])('is not called %p', (name) => {
    expect(build({ name })).toThrow(`name: is "${name}"; must start with a letter or digit`);
  });

  it('is not called as AWS calls security groups, whose names begin with its own', () => {
    expect(build({ name: 'sg-mesh' })).toThrow(
      'name: is "sg-mesh"; must not start with "sg-", since names of security groups start with it, and AWS keeps ' +
        '"sg-" for ids',
    );
    expect(build({ name: 'sgp-mesh' })).not.toThrow();
  });

  it('has Services outside of its VPC', () => {
    expect(build({ network: { ...network, cidr: '172.20.0.0/20' } })).toThrow(
      'serviceCidr: 172.20.0.0/16 overlaps with 172.20.0.0/20 of the VPC; change one of them',
    );
  });
});
