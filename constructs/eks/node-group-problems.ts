import { type Range, rangeProblems } from '../kubernetes/name-problems';
import { MAX_ZONES } from '../network/subnets';
import { type Problem, repeats, within } from '../problems';
import { isUnresolved } from '../unresolved';
import { DEFAULT_NODE_GROUP, nodeGroupsOf } from './defaults';
import { nodeLabelProblems, taintProblems } from './labels';
import type { EksClusterProps, NodeGroupSettings } from './props';

/** What is wrong with the node groups of a cluster, each and together; paths from the cluster. */
export function nodeGroupsProblems(
  props: Pick<EksClusterProps, 'nodeGroups' | 'ipFamily' | 'compute'>,
): Problem[] {
  const { ipFamily } = props;
  const groups = nodeGroupsOf(props);
  const problems: Problem[] = groups.flatMap((group, i) =>
    [...nodeGroupProblems(group), ...(ipFamily === 'ipv6' ? nitroProblems(group) : [])].map(
      (problem) => within(['nodeGroups', i], problem),
    ),
  );
  for (const i of repeats(groups.map(({ name }) => name))) {
    const message = `"${groups[i]?.name}" is taken by another group; each needs a name of its own`;
    problems.push({ path: ['nodeGroups', i, 'name'], message });
  }
  if (!groups.some(runsCoredns)) {
    const what = groups.length === 0 ? 'is empty' : 'all have a taint, or start with no node';
    const message = `${what}; coredns needs a group without taints that starts with a node`;
    problems.push({ path: ['nodeGroups'], message, comparedWith: [['nodeGroups']] });
  }
  return problems;
}

/** coredns tolerates this taint, and waits for a node that it may run on. */
function runsCoredns({ taints = [], desired = DEFAULT_NODE_GROUP.desired }: NodeGroupSettings) {
  const closed = taints.some(
    ({ key, effect }) => effect !== 'PreferNoSchedule' && key !== 'CriticalAddonsOnly',
  );
  return desired > 0 && !closed;
}

/** What each number may be; clusters of EKS have at most 100 000 nodes. */
const RANGES: Readonly<Record<string, Range>> = {
  min: { min: 0, max: 100_000 },
  desired: { min: 0, max: 100_000 },
  max: { min: 1, max: 100_000 },
  diskGiB: { min: 1, max: 16_384 },
  zones: { min: 1, max: MAX_ZONES },
  maxUnavailablePercent: { min: 1, max: 100 },
};

/** What is wrong with one group by itself; paths from its settings. */
export function nodeGroupProblems(group: NodeGroupSettings): Problem[] {
  const { min, desired, max, imageType, instanceTypes, labels, taints } = {
    ...DEFAULT_NODE_GROUP,
    ...group,
  };
  const given = new Map<string, unknown>(Object.entries(group));
  const numbers = Object.entries(RANGES).flatMap(([setting, range]) => {
    const value = given.get(setting);
    return typeof value === 'number' ? rangeProblems([setting], value, range) : [];
  });
  const problems: Problem[] = [
    ...(isUnresolved(group.name) || /^[0-9A-Za-z][0-9A-Za-z_-]{0,35}$/.test(group.name)
      ? []
      : [
          {
            path: ['name'],
            message: `is "${group.name}"; must start with a letter or digit and have at most 36 letters, digits, "-" and "_"`,
          },
        ]),
    ...numbers,
    ...(instanceTypes.length > 0
      ? []
      : [{ path: ['instanceTypes'], message: 'is empty; list one at least, such as t3.medium' }]),
    ...nodeLabelProblems(labels).map((problem) => within(['labels'], problem)),
    ...taintProblems(taints).map((problem) => within(['taints'], problem)),
  ];
  const areNumbers = numbers.length === 0;
  if (areNumbers && group.zones !== undefined && group.zones > Math.max(min, 1)) {
    problems.push({
      path: ['zones'],
      message:
        `is ${group.zones}, and min is ${min}: a volume could be in a zone without a node, which it ` +
        'cannot leave; set min to as many, or fewer zones',
      comparedWith: [['min']],
    });
  }
  if (areNumbers && min > max) {
    problems.push({
      path: ['min'],
      message: `is ${min}; must be at most max, which is ${max}`,
      comparedWith: [['max']],
    });
  } else if (areNumbers && (desired < min || desired > max)) {
    problems.push({
      path: ['desired'],
      message: `is ${desired}; must be from min to max, which is ${min} to ${max}`,
      comparedWith: [['min'], ['max']],
    });
  }
  instanceTypes.forEach((type, i) => {
    if (isUnresolved(type)) return;
    const unknown = instanceTypeProblem(type);
    if (unknown !== undefined) {
      problems.push({ path: ['instanceTypes', i], message: unknown });
      return;
    }
    if (isArm(type) !== imageType.includes('ARM')) {
      problems.push({
        path: ['instanceTypes', i],
        message:
          `${type} has ${isArm(type) ? 'an ARM' : 'an x86'} CPU and cannot start ${imageType}; ` +
          'choose an instance type and imageType of the same CPU',
        comparedWith: [['imageType']],
      });
    }
  });
  return problems;
}

/** Sizes that AWS has; families come and go. */
const SIZE = /^(nano|micro|small|medium|large|(\d+)?xlarge|metal(-\d+xl)?)$/;

/** Sizes whose network interfaces have addresses for no application. */
const TOO_SMALL = /^(nano|micro)$/;

/** What is wrong with an instance type, as far as its name shows it. */
function instanceTypeProblem(type: string): string | undefined {
  const [family = '', size = '', ...more] = type.split('.');
  const right = 'must be an instance type such as t3.medium';
  if (more.length > 0 || !/^[a-z][-a-z0-9]*\d[-a-z0-9]*$/.test(family)) {
    return `is "${type}"; ${right}`;
  }
  if (!SIZE.test(size)) {
    return `is "${type}", and no instance type has the size "${size}"; ${right}`;
  }
  // https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/eni-max-pods.txt
  return TOO_SMALL.test(size)
    ? `is "${type}", which takes 4 pods, and those of the add-ons fill it; take small or larger`
    : undefined;
}

/**
 * Families on Xen, which take no prefixes of addresses; with few exceptions, as `i3.metal`.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html
 */
const XEN = /^(m[1-4]|t[12]|c[134]|r[34]|x1e?|d2|h1|i[23]|f1|g3s?|p[23])\.(?!metal)/;

/** EKS gives pods IPv6 addresses on Nitro instances only. */
function nitroProblems({
  instanceTypes = DEFAULT_NODE_GROUP.instanceTypes,
}: NodeGroupSettings): Problem[] {
  return instanceTypes.flatMap((type, i) =>
    isUnresolved(type) || !XEN.test(type)
      ? []
      : [
          {
            path: ['instanceTypes', i],
            message:
              `is ${type}, which is not of the Nitro System, and ipFamily is ipv6, which needs it; take one such as ` +
              't3.medium',
            comparedWith: [['ipFamily']],
          },
        ],
  );
}

/** Graviton families have a "g" behind the generation: t4g, m7gd, c8g; and a1. */
function isArm(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(instanceType);
}
