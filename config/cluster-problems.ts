import { pairs } from '../constructs/federation/plan/internal';
import { collide } from '../constructs/cidr';
import {
  existingNetworkProblems,
  networkProblems,
  zoneCount,
} from '../constructs/network/validate';
import { oncePerSetting, type Problem, within } from '../constructs/problems';
import type { ClusterSettings, NewClusterSettings } from './clusters';
import { keyPlaceProblem } from './arns';
import { awsPlace } from './connection';
import { natOf } from './network';
import { partitionOf } from './regions';

type Clusters = Readonly<Record<string, ClusterSettings>>;

/** What is wrong with the clusters when their settings are seen together; paths from the root. */
export function clustersProblems(clusters: Clusters, region: string): Problem[] {
  const each = Object.entries(clusters).flatMap(([name, cluster]) => {
    if (cluster.kind !== 'eks') return [];
    const here = ['clusters', name];
    return [
      ...newClusterProblems(cluster).map((problem) => within(here, problem)),
      ...[
        ...zoneProblems(cluster, cluster.region ?? region),
        ...regionProblems(cluster, cluster.region ?? region),
        ...roleProblems(cluster, cluster.region ?? region),
      ].map((problem) => ({
        ...within(here, problem),
        comparedWith: [
          ['aws', 'region'],
          [...here, 'region'],
        ],
      })),
    ];
  });
  return [
    ...each,
    ...partitionProblems(clusters, region),
    ...oncePerSetting(
      pairs(Object.entries(clusters)).flatMap(([one, other]) => pairProblems(one, other, region)),
    ),
  ];
}

/** Credentials are of one partition. */
function partitionProblems(clusters: Clusters, region: string): Problem[] {
  return Object.entries(clusters).flatMap(([name, cluster]) => {
    if (cluster.kind === 'kubeconfig' || cluster.region === undefined) return [];
    // A role has credentials of its own account, of whichever partition.
    if (cluster.assumeRole !== undefined) return [];
    const [own, partition] = [cluster.region, region].map(partitionOf);
    if (own === partition) return [];
    return [
      {
        path: ['clusters', name, 'region'],
        message:
          `is ${cluster.region} (arn:${own ?? ''}:), and aws.region is ${region} (arn:${partition ?? ''}:), which ` +
          'share no credentials; choose regions of one partition, or reach this cluster by a ' +
          'kubeconfig (kind: kubeconfig)',
        comparedWith: [['aws', 'region']],
      },
    ];
  });
}

function newClusterProblems(cluster: NewClusterSettings): Problem[] {
  return [
    ...endpointProblems(cluster),
    ...controllerProblems(cluster),
    ...(cluster.existingVpc === undefined ? newVpcProblems(cluster) : existingVpcProblems(cluster)),
  ];
}

/** Auto Mode takes every Service without a class of its own, and is not there by itself. */
function controllerProblems({ loadBalancers, eks: { compute } }: NewClusterSettings): Problem[] {
  if ((loadBalancers === 'auto-mode') === (compute === 'auto')) return [];
  const message =
    compute === 'auto'
      ? `is ${loadBalancers}, but eks.compute is auto, which makes the load balancers itself; leave it out`
      : 'is auto-mode, but eks.compute is node-groups, so nobody would make the load balancers; leave it ' +
        'out, or set eks.compute: auto';
  return [{ path: ['loadBalancers'], message, comparedWith: [['eks', 'compute']] }];
}

function endpointProblems({ eks: { endpoint } }: NewClusterSettings): Problem[] {
  const setting = (name: keyof typeof endpoint) => ['eks', 'endpoint', name];
  if (endpoint.publicCidrs.length === 0 && !endpoint.privateOnly) {
    const message =
      'is empty, so Terraform on your machine could not reach the clusters; list your address with ' +
      '/32 behind it ("curl https://checkip.amazonaws.com" prints it), or set ' +
      'eks.endpoint.privateOnly: true to deploy from inside the VPC';
    return [{ path: setting('publicCidrs'), message, comparedWith: [setting('privateOnly')] }];
  }
  if (endpoint.publicCidrs.length > 0 && endpoint.privateOnly) {
    const message = 'is true, but publicCidrs opens the API to the internet; leave one of them out';
    return [{ path: setting('privateOnly'), message, comparedWith: [setting('publicCidrs')] }];
  }
  return [];
}

function existingVpcProblems({ existingVpc, eks }: NewClusterSettings): Problem[] {
  if (existingVpc === undefined) return [];
  const problems = existingNetworkProblems(existingVpc).map((problem) =>
    within(['existingVpc'], problem),
  );
  if (eks.nodeSubnets === 'public' && existingVpc.publicSubnetIds.length === 0) {
    problems.push({
      path: ['existingVpc', 'publicSubnetIds'],
      message:
        'is empty, but the nodes go to public subnets; list them, or set eks.nodeSubnets: private',
      comparedWith: [['eks', 'nodeSubnets']],
    });
  }
  return problems;
}

function newVpcProblems({ cidr, network, eks }: NewClusterSettings): Problem[] {
  const problems = networkProblems({ cidr, ...network, nat: natOf({ network, eks }) }).map(
    (problem) =>
      problem.path[0] === 'cidr'
        ? { ...problem, comparedWith: [['network', 'zones']] }
        : within(['network'], problem),
  );
  if (eks.ipFamily !== 'ipv6' && collide(cidr, eks.serviceCidr)) {
    problems.push({
      path: ['cidr'],
      message: `${cidr} overlaps with eks.serviceCidr ${eks.serviceCidr}; change one of them`,
      comparedWith: [['eks', 'serviceCidr']],
    });
  }
  const isClosed = natOf({ network, eks }) === 'none' && eks.nodeSubnets === 'private';
  if (isClosed && !network.awsEndpoints) {
    problems.push({
      path: ['network', 'nat'],
      message:
        'is none, so nodes in private subnets could fetch no image; use one or per-zone, or set ' +
        'eks.nodeSubnets: public, or network.awsEndpoints: true with all images in ECR',
      comparedWith: [
        ['eks', 'nodeSubnets'],
        ['network', 'awsEndpoints'],
      ],
    });
  }
  if (isClosed && network.awsEndpoints && !network.s3Endpoint) {
    problems.push({
      path: ['network', 's3Endpoint'],
      message:
        'is false, and network.nat is none: the layers of images in ECR come from S3; leave it out',
      comparedWith: [
        ['network', 'nat'],
        ['network', 'awsEndpoints'],
      ],
    });
  }
  if (network.nat !== undefined && network.nat !== 'none' && eks.nodeSubnets === 'public') {
    problems.push({
      path: ['network', 'nat'],
      message:
        `is ${network.nat}, but all nodes are in public subnets: nobody would use what costs by the ` +
        'hour. Leave it out, or set eks.nodeSubnets: private',
      comparedWith: [['eks', 'nodeSubnets']],
    });
  }
  eks.nodeGroups.forEach(({ zones }, i) => {
    const all = zoneCount(network.zones);
    if (zones === undefined || zones <= all) return;
    problems.push({
      path: ['eks', 'nodeGroups', i, 'zones'],
      message: `is ${zones}; the VPC has ${all} (network.zones)`,
      comparedWith: [['network', 'zones']],
    });
  });
  return problems;
}

/** A role acts in its own account and partition. */
function roleProblems(
  { assumeRole, accountId }: Pick<NewClusterSettings, 'assumeRole' | 'accountId'>,
  region: string,
): Problem[] {
  const [, partition, , , account] = assumeRole?.split(':') ?? [];
  if (partition === undefined) return [];
  const path = ['assumeRole'];
  return [
    ...(partition === partitionOf(region)
      ? []
      : [
          {
            path,
            message: `is a role of arn:${partition}:, and the cluster is in ${region}; take one of its partition`,
          },
        ]),
    ...(accountId === undefined || accountId === account
      ? []
      : [
          {
            path,
            message: `is a role of ${account ?? ''}, and accountId is ${accountId}; they must be the same`,
          },
        ]),
  ];
}

/** Keys and users are of the partition that the cluster is in, and a key of its region. */
function regionProblems({ eks }: NewClusterSettings, region: string): Problem[] {
  const partition = partitionOf(region);
  const problems: Problem[] = eks.access.flatMap(({ principalArn }, i) =>
    principalArn.split(':')[1] === partition
      ? []
      : [
          {
            path: ['eks', 'access', i, 'principalArn'],
            message: `${principalArn} is not of ${region}, where ARNs begin with arn:${partition}:`,
          },
        ],
  );
  const message =
    eks.encryptionKeyArn === undefined
      ? undefined
      : keyPlaceProblem(eks.encryptionKeyArn, region, 'EKS', 'the cluster');
  if (message !== undefined) problems.push({ path: ['eks', 'encryptionKeyArn'], message });
  return problems;
}

function zoneProblems({ network: { zones } }: NewClusterSettings, region: string): Problem[] {
  if (typeof zones === 'number') return [];
  return zones.flatMap((zone, i) =>
    zone.slice(0, -1) === region
      ? []
      : [
          {
            path: ['network', 'zones', i],
            message: `${zone} is not in ${region}; must be such as ${region}a`,
          },
        ],
  );
}

/** Two of the clusters, with their names. */
function pairProblems(
  [oneName, one]: readonly [string, ClusterSettings],
  [name, cluster]: readonly [string, ClusterSettings],
  region: string,
): Problem[] {
  const isSame = (setting: string, message: string): Problem => ({
    path: ['clusters', name, setting],
    message,
    comparedWith: [['clusters', oneName, setting]],
  });
  if (one.kind === 'kubeconfig' && cluster.kind === 'kubeconfig') {
    return one.path === cluster.path && one.context === cluster.context
      ? [
          isSame(
            'context',
            `"${cluster.context}" is also that of clusters.${oneName}; keep one of the two, and name it in meshes.<name>.cluster`,
          ),
        ]
      : [];
  }
  if (one.kind === 'kubeconfig' || cluster.kind === 'kubeconfig') return [];
  const problems: Problem[] = [];
  const [here, there] = [awsPlace(one, { region }), awsPlace(cluster, { region })];
  if (one.name === cluster.name && here.region === there.region) {
    const names = [oneName, name];
    problems.push({
      path: ['clusters', name, 'name'],
      message: `"${cluster.name}" is also the name of clusters.${oneName}; take another name, or keep one of the two, and name it in meshes.<name>.cluster`,
      comparedWith: [
        ['aws', 'region'],
        ...names.map((of) => ['clusters', of, 'region']),
        ['clusters', oneName, 'name'],
      ],
    });
  }
  const areNew =
    one.kind === 'eks' && cluster.kind === 'eks' && !one.existingVpc && !cluster.existingVpc;
  if (areNew && collide(one.cidr, cluster.cidr)) {
    problems.push(
      isSame(
        'cidr',
        `${cluster.cidr} overlaps with ${one.cidr} of clusters.${oneName}; use addresses that it does ` +
          'not have, so that the two VPCs can be connected',
      ),
    );
  }
  return problems;
}
