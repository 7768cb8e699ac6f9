import { isIPv4 } from 'node:net';
import { keyArnProblems, principalArnProblems } from '../aws-forms';
import { CHECKED } from '../../versions';
import { portProblems, rangeProblems } from '../kubernetes/name-problems';
import { retentionProblems } from '../log-retention';
import { isOfIPv6 } from '../address';
import { collide, contains, isPrivate, parseCidr } from '../cidr';
import { eksNameProblem } from '../eks-name';
import { securityGroupNameProblem } from '../network/security-group-name';
import { choice, messageOf, type Problem, repeatProblems, repeats } from '../problems';
import { DEFAULT_SERVICE_CIDR } from './defaults';
import type { ControlPlaneLogSettings, EksClusterProps, WebhookPort } from './props';
import {
  DEFAULT_KUBERNETES_VERSION,
  kubernetesSupport,
  newestVersion,
  standardVersions,
} from './versions';
import { isUnresolved } from '../unresolved';
import { nodeGroupsProblems } from './node-group-problems';

/** Longer names do not fit into the names of the cluster's IAM roles. */
const MAX_CLUSTER_NAME = 32;

/** @see https://docs.aws.amazon.com/general/latest/gr/eks.html */
const MAX_PUBLIC_CIDRS = 40;

/** Shorter prefixes than this are nobody's own: `0.0.0.0/1` and `128.0.0.0/1` are the internet. */
const WIDE = 8;

/** Where EKS accepts the addresses of Services. */
const SERVICE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** What is wrong with a cluster's settings, apart from its network. */
export function clusterProblems(props: Omit<EksClusterProps, 'network' | 'name'>): Problem[] {
  const version = props.version ?? DEFAULT_KUBERNETES_VERSION;
  return [
    ...versionProblems(version, props.extendedSupport ?? false),
    ...endpointProblems(props),
    ...serviceCidrProblems(props),
    ...accessProblems(props),
    ...(props.compute === 'auto' ? autoProblems(props) : nodeGroupsProblems(props)),
    ...onceProblems(props),
    ...logProblems(['logs'], props.logs),
    ...keyArnProblems(['encryptionKeyArn'], props.encryptionKeyArn),
  ];
}

/** What does not fit between a cluster's settings and its network. */
export function placementProblems({
  network,
  nodeSubnets,
  ipFamily,
  serviceCidr = DEFAULT_SERVICE_CIDR,
}: Pick<EksClusterProps, 'network' | 'nodeSubnets' | 'serviceCidr' | 'ipFamily'>): Problem[] {
  const problems: Problem[] = [];
  if (ipFamily === 'ipv6' && network.ipv6Cidr === undefined) {
    const message =
      'is ipv6, but nothing says that the network has IPv6; set ipv6: true of the Network, or ipv6Cidr of one ' +
      'that exists';
    problems.push({ path: ['ipFamily'], message });
  }
  if (nodeSubnets === 'public' && network.publicSubnetIds.length === 0) {
    const message = 'is public, but the network lists no public subnets; list them, or use private';
    problems.push({ path: ['nodeSubnets'], message });
  }
  if (ipFamily !== 'ipv6' && collide(network.cidr, serviceCidr)) {
    const message = `${serviceCidr} overlaps with ${network.cidr} of the VPC; change one of them`;
    problems.push({ path: ['serviceCidr'], message });
  }
  return problems;
}

/** What is wrong with the name of a cluster that is to be made. */
export function clusterNameProblem(name: string): string | undefined {
  return eksNameProblem(name, MAX_CLUSTER_NAME) ?? securityGroupNameProblem(name);
}

/** What is wrong with the form of a version of Kubernetes. */
export function minorVersionProblems(version: string): Problem[] {
  if (isUnresolved(version) || /^1\.\d+$/.test(version)) return [];
  const message = `is "${version}"; must be a minor version: ${choice(standardVersions())}`;
  return [{ path: ['version'], message }];
}

function versionProblems(version: string, extendedSupport: boolean): Problem[] {
  const standard = choice(standardVersions());
  const problem = (message: string, ...comparedWith: string[][]) => [
    { path: ['version'], message, comparedWith },
  ];
  if (isUnresolved(version)) return [];
  const ill = minorVersionProblems(version);
  if (ill.length > 0) return ill;
  // By the day of the catalog: what this release offered must not stop to synthesise by itself. What has
  // become of it since is a notice.
  switch (kubernetesSupport(version, CHECKED)) {
    case 'ended':
      return problem(
        `EKS no longer has ${version}, and has upgraded the clusters that ran it; use ${standard}, ` +
          'or what a running cluster has by now',
      );
    case 'extended':
      return extendedSupport
        ? []
        : problem(
            `${version} is in extended support, which costs USD 0.50 more by the hour; ` +
              `use ${standard}, or set extendedSupport: true`,
            ['extendedSupport'],
          );
    case 'far':
      return problem(
        `is ${version}; the newest Kubernetes that this release knows is ${newestVersion()}; use ${standard}`,
      );
    // One that is a little newer than this table is left to EKS.
    case 'newer':
    case 'standard':
      return [];
  }
}

function endpointProblems({ endpoint }: Pick<EksClusterProps, 'endpoint'>): Problem[] {
  const { publicCidrs = [], allowAnywhere = false } = endpoint ?? {};
  const problems: Problem[] = publicCidrs.flatMap((cidr, i) => {
    const message = publicCidrProblem(cidr, allowAnywhere);
    const comparedWith = [['endpoint', 'allowAnywhere']];
    return message === undefined
      ? []
      : [{ path: ['endpoint', 'publicCidrs', i], message, comparedWith }];
  });
  if (publicCidrs.length > MAX_PUBLIC_CIDRS) {
    const message = `has ${publicCidrs.length} entries; EKS takes at most ${MAX_PUBLIC_CIDRS}`;
    problems.push({ path: ['endpoint', 'publicCidrs'], message });
  }
  return problems;
}

/**
 * What is wrong with addresses that the public endpoint is to admit.
 *
 * @param allowAnywhere Whether the whole internet is allowed. Without it there is no such prop.
 */
export function publicCidrProblem(cidr: string, allowAnywhere?: boolean): string | undefined {
  if (isUnresolved(cidr)) return undefined;
  // As pages that tell one's address say it.
  if (isIPv4(cidr)) return `${cidr} is an address; write ${cidr}/32 for this one alone`;
  if (isOfIPv6(cidr)) {
    return (
      `${cidr} is of IPv6, and only sources of IPv4 are taken here; write your IPv4 address, which ` +
      '"curl -4 https://checkip.amazonaws.com" prints, with /32 behind it, such as 203.0.113.7/32'
    );
  }
  try {
    const parsed = parseCidr(cidr, '203.0.113.7/32');
    if (parsed.prefix < WIDE && allowAnywhere !== true) {
      const whole = parsed.prefix === 0 ? 'the whole internet' : 'a large part of the internet';
      const alternative = allowAnywhere === undefined ? '' : ', or set allowAnywhere: true';
      return `${cidr} opens the Kubernetes API to ${whole}; list your own addresses${alternative}`;
    }
    // EKS refuses these: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    return isPrivate(parsed)
      ? `${cidr} is private; must be an address as the internet sees it`
      : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function serviceCidrProblems({
  serviceCidr,
  ipFamily,
}: Pick<EksClusterProps, 'serviceCidr' | 'ipFamily'>): Problem[] {
  const path = ['serviceCidr'];
  if (serviceCidr === undefined) return [];
  if (ipFamily === 'ipv6') {
    const message = `is ${serviceCidr}, but ipFamily is ipv6, for which EKS chooses a block itself; leave it out`;
    return [{ path, message, comparedWith: [['ipFamily']] }];
  }
  if (isUnresolved(serviceCidr)) return [];
  try {
    const cidr = parseCidr(serviceCidr);
    const fits = SERVICE_RANGES.map((range) => parseCidr(range)).some((range) =>
      contains(range, cidr),
    );
    return fits && cidr.prefix >= 12 && cidr.prefix <= 24
      ? []
      : [
          {
            path,
            message: `is ${serviceCidr}; must be a /12 to /24 in ${choice(SERVICE_RANGES)}`,
          },
        ];
  } catch (error) {
    return [{ path, message: messageOf(error) }];
  }
}

function accessProblems({
  creatorIsAdmin = true,
  access = [],
}: Pick<EksClusterProps, 'creatorIsAdmin' | 'access'>): Problem[] {
  const problems: Problem[] = access.flatMap(({ principalArn }, i) =>
    principalArnProblems(['access', i, 'principalArn'], principalArn),
  );
  for (const i of repeats(access.map(({ principalArn }) => principalArn))) {
    const message = 'is listed twice, and EKS has one entry for each user or role; list it once';
    problems.push({ path: ['access', i, 'principalArn'], message });
  }
  const admins = access.filter(({ level, namespaces }) => {
    return level === 'cluster-admin' && namespaces === undefined;
  });
  if (!creatorIsAdmin && admins.length === 0) {
    const message =
      'is false, so nobody could administer the cluster; add an entry of the level cluster-admin to access';
    problems.push({ path: ['creatorIsAdmin'], message, comparedWith: [['access']] });
  }
  return problems;
}

/** What Auto Mode has in its own way. */
function autoProblems({
  nodeGroups = [],
  nodeSubnets,
  networkPolicies,
  addonVersions = {},
  webhookPorts = [],
  instanceTags = {},
}: Omit<EksClusterProps, 'network' | 'name'>): Problem[] {
  const auto = (path: string, message: string) => ({
    path: [path],
    message,
    comparedWith: [['compute']],
  });
  return [
    ...(nodeGroups.length === 0
      ? []
      : [
          auto(
            'nodeGroups',
            'has groups, but compute is auto, which makes nodes by itself and has none of the add-ons that ' +
              'they need; leave them out',
          ),
        ]),
    ...(nodeSubnets === 'public'
      ? [
          auto(
            'nodeSubnets',
            'is public, but compute is auto, whose nodes are in the private subnets; leave it out',
          ),
        ]
      : []),
    ...(networkPolicies === undefined
      ? []
      : [
          auto(
            'networkPolicies',
            `is ${networkPolicies}, which is said to an add-on that compute: auto does not have; leave it out, and ` +
              'turn them on by the ConfigMap amazon-vpc-cni in kube-system (enable-network-policy-controller: "true")',
          ),
        ]),
    ...(webhookPorts.length === 0
      ? []
      : [
          auto(
            'webhookPorts',
            'has ports, but compute is auto, whose nodes are in the group of the control plane, which reaches ' +
              'every port of theirs; leave them out',
          ),
        ]),
    ...(Object.keys(instanceTags).length === 0
      ? []
      : [
          auto(
            'instanceTags',
            'has tags, but compute is auto, which makes instances from NodeClasses; leave them out, and set ' +
              'spec.tags of a NodeClass of yours',
          ),
        ]),
    ...Object.entries(addonVersions).flatMap(([name, version]) =>
      version === undefined
        ? []
        : [
            {
              path: ['addonVersions', name],
              message: `is ${version}, but compute is auto, which has its own in place of the add-on; leave it out`,
              comparedWith: [['compute']],
            },
          ],
    ),
  ];
}

/** Add-ons and ports of which there can be one only. */
function onceProblems({
  addons = [],
  webhookPorts = [],
}: Pick<EksClusterProps, 'addons' | 'webhookPorts'>): Problem[] {
  return [
    ...repeatProblems(
      ['addons'],
      addons.map(({ name }) => name),
    ),
    ...webhookPortProblems(webhookPorts),
  ];
}

/** What is wrong with the ports that the control plane may call. */
export function webhookPortProblems(webhookPorts: readonly WebhookPort[]): Problem[] {
  const kubelet = webhookPorts.flatMap(({ port }, i) =>
    port === 10250
      ? [
          {
            path: ['webhookPorts', i],
            message: '10250 is the kubelet, and open already; leave it out',
          },
        ]
      : [],
  );
  return [
    ...webhookPorts.flatMap(({ port }, i) => portProblems(['webhookPorts', i, 'port'], port)),
    ...repeatProblems(
      ['webhookPorts'],
      webhookPorts.map(({ port }) => port),
    ),
    ...kubelet,
  ];
}

/** What is wrong with how long a log is kept and waited for. */
export function logProblems(
  path: Problem['path'],
  { retentionDays, destroyDelaySeconds, encryptionKeyArn }: ControlPlaneLogSettings = {},
): Problem[] {
  return [
    ...keyArnProblems([...path, 'encryptionKeyArn'], encryptionKeyArn),
    ...retentionProblems([...path, 'retentionDays'], retentionDays),
    ...rangeProblems([...path, 'destroyDelaySeconds'], destroyDelaySeconds, { min: 0, max: 900 }),
  ];
}
