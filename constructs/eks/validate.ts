import { Token } from 'cdktf';
import { isPrivate, overlaps, parseCidr } from '../network/cidr';
import type { Problem } from '../problems';
import type { EksClusterProps, NodeGroupSettings } from './props';
import { DEFAULT_NODE_GROUP } from './defaults';
import {
  DEFAULT_KUBERNETES_VERSION,
  kubernetesSupport,
  lacksImage,
  standardVersions,
} from './versions';

/** Longer names do not fit into the names of the cluster's IAM roles. */
export const MAX_CLUSTER_NAME = 32;

/** What is wrong with a cluster's settings, apart from its network. */
export function clusterProblems(
  props: Omit<EksClusterProps, 'network' | 'name' | 'nodeSubnets' | 'webhookPorts'>,
): Problem[] {
  const version = props.version ?? DEFAULT_KUBERNETES_VERSION;
  return [
    ...versionProblems(version, props.extendedSupport ?? false),
    ...endpointProblems(props),
    ...serviceCidrProblems(props.serviceCidr),
    ...props.nodeGroups.flatMap((group, i) =>
      nodeGroupProblems(group, version).map((problem) => ({
        ...problem,
        path: ['nodeGroups', i, ...problem.path],
      })),
    ),
    ...(props.nodeGroups.length === 0
      ? [{ path: ['nodeGroups'], message: 'is empty; coredns needs at least one node group' }]
      : []),
    ...duplicates(props.nodeGroups.map(({ name }) => name)).map((i) => ({
      path: ['nodeGroups', i, 'name'],
      message: `"${props.nodeGroups[i]?.name}" is taken by another group; each needs a name of its own`,
    })),
    ...duplicates((props.access ?? []).map(({ principalArn }) => principalArn)).map((i) => ({
      path: ['access', i, 'principalArn'],
      message: 'is listed twice; EKS has one entry for each user or role',
    })),
  ];
}

/** What is wrong with a cluster's name. */
export function clusterNameProblem(name: string): string | undefined {
  if (Token.isUnresolved(name)) return undefined;
  return /^[0-9A-Za-z][0-9A-Za-z_-]*$/.test(name) && name.length <= MAX_CLUSTER_NAME
    ? undefined
    : `is "${name}"; must start with a letter or digit, go on with letters, digits, "-" and "_", ` +
        `and have at most ${MAX_CLUSTER_NAME} characters`;
}

function versionProblems(version: string, extendedSupport: boolean): Problem[] {
  const path = ['version'];
  const standard = standardVersions().join(' or ');
  if (Token.isUnresolved(version)) return [];
  if (!/^1\.\d+$/.test(version)) {
    return [{ path, message: `is "${version}"; must be a minor version, such as "${standard}"` }];
  }
  const support = kubernetesSupport(version);
  if (support === 'ended') {
    return [{ path, message: `EKS no longer makes clusters of ${version}; use ${standard}` }];
  }
  if (support === 'extended' && !extendedSupport) {
    return [
      {
        path,
        message:
          `${version} is in extended support, which costs USD 0.50 more by the hour; ` +
          `use ${standard}, or consent with extendedSupport: true`,
      },
    ];
  }
  return [];
}

function endpointProblems({ endpoint }: Pick<EksClusterProps, 'endpoint'>): Problem[] {
  return (endpoint?.publicCidrs ?? []).flatMap((cidr, i) => {
    const path = ['endpoint', 'publicCidrs', i];
    if (Token.isUnresolved(cidr)) return [];
    try {
      const parsed = parseCidr(cidr);
      if (parsed.prefix === 0 && !(endpoint?.allowAnywhere ?? false)) {
        return [
          {
            path,
            message:
              `${cidr} opens the Kubernetes API to the whole internet; list your own addresses, ` +
              'or consent with allowAnywhere: true',
          },
        ];
      }
      // EKS refuses these: https://docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html
      return isPrivate(parsed)
        ? [{ path, message: `${cidr} is private; must be an address as the internet sees it` }]
        : [];
    } catch (error) {
      return [{ path, message: messageOf(error) }];
    }
  });
}

function serviceCidrProblems(serviceCidr: string | undefined): Problem[] {
  const path = ['serviceCidr'];
  if (serviceCidr === undefined || Token.isUnresolved(serviceCidr)) return [];
  try {
    const cidr = parseCidr(serviceCidr);
    const ranges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseCidr);
    return cidr.prefix >= 12 && cidr.prefix <= 24 && ranges.some((range) => overlaps(range, cidr))
      ? []
      : [
          {
            path,
            message: `is ${serviceCidr}; must be a /12 to /24 in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
          },
        ];
  } catch (error) {
    return [{ path, message: messageOf(error) }];
  }
}

function nodeGroupProblems(group: NodeGroupSettings, version: string): Problem[] {
  const { min, desired, max, imageType, instanceTypes } = { ...DEFAULT_NODE_GROUP, ...group };
  const problems: Problem[] = [];
  if (min > max) {
    problems.push({ path: ['min'], message: `is ${min}; must be at most max, which is ${max}` });
  } else if (desired < min || desired > max) {
    problems.push({
      path: ['desired'],
      message: `is ${desired}; must be from min to max, which is ${min} to ${max}`,
    });
  }
  if (!Token.isUnresolved(version) && lacksImage(imageType, version)) {
    problems.push({
      path: ['imageType'],
      message:
        `there is no ${imageType} for Kubernetes ${version}, Amazon Linux 2 ended with 1.32; ` +
        `use ${imageType.includes('ARM') ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD'}`,
    });
  }
  instanceTypes.forEach((type, i) => {
    if (Token.isUnresolved(type) || !/^[a-z0-9-]+\.[a-z0-9-]+$/.test(type)) return;
    if (isArm(type) !== imageType.includes('ARM')) {
      problems.push({
        path: ['instanceTypes', i],
        message:
          `${type} has ${isArm(type) ? 'an ARM' : 'an x86'} CPU and cannot start ${imageType}; ` +
          'choose an instance type and imageType of the same CPU',
      });
    }
  });
  return problems;
}

/** Graviton families have a "g" behind the generation: t4g, m7gd, c8g; and a1. */
function isArm(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*|[a-z]+\d+g[a-z]*)\./.test(instanceType);
}

/** Index of each entry that repeats an earlier one. */
function duplicates(values: readonly string[]): number[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [i] : []));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
