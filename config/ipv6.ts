import { isIPv6 } from 'node:net';
import { hostsOf } from '../constructs/federation/plan/internal';
import { isOfIPv6 } from '../constructs/address';
import type { Problem } from '../constructs/problems';
import { hasIPv4Subnets, hasIPv6Pods } from './clusters';
import { awsPlace } from './connection';
import { type NewCluster, newClusters, waysOf } from './crossing';
import { hasIPv4Only, IP_ADDRESS_TYPE } from './gateways';
import { partnerPeers } from './partner-crossing';
import { partitionOf } from './regions';
import { callingPartners } from './partners';
import { callersOf, meshOf, type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Settings } from './schema';

/** Addresses of IPv6 where nothing has any, and what pods with such addresses cannot do; paths from the root. */
export function ipv6Problems(config: Settings): Problem[] {
  return [
    ...newClusters(config)
      .filter(({ cluster }) => hasIPv6Pods(cluster))
      .flatMap((one) => podProblems(config, one)),
    ...placedMeshes(config).flatMap((placed) => [
      ...sourceProblems(config, placed),
      ...calledProblems(
        ['meshes', placed.name, 'gateway', 'address'],
        placed.mesh.gateway.address,
        callersOf(config, placed.name),
      ),
    ]),
    ...Object.entries(config.partners).flatMap(([name, { offer }]) =>
      calledProblems(
        ['meshes', name, 'partner'],
        offer?.gateway,
        placedMeshes(config).filter((own) =>
          config.accessPolicy.rules.some(
            ({ from, to }) => meshOf(from) === own.name && meshOf(to) === name,
          ),
        ),
      ),
    ),
  ];
}

/** Why a mesh is not deployed to pods with IPv6 addresses. */
const NOT_RUN: Readonly<Record<Exclude<PlacedMesh['mesh']['kind'], 'istio'>, string>> = {
  consul:
    "Consul's chart has such pods with global.dualStack alone, with which borders and policies were never run",
  linkerd: 'its proxies take IPv6 with disableIPv6: false alone, with which borders were never run',
};

/** What does not go with `ipFamily: ipv6` of a cluster. */
function podProblems(config: Settings, { name, cluster, meshes }: NewCluster): Problem[] {
  const family = ['clusters', name, 'eks', 'ipFamily'];
  const problem = (path: Problem['path'], message: string): Problem => ({
    path,
    message,
    comparedWith: [family],
  });
  const isIPv6 = `eks.ipFamily of clusters.${name} is ipv6`;
  return [
    ...(cluster.loadBalancers === 'in-cloud'
      ? [
          problem(
            ['clusters', name, 'loadBalancers'],
            `is in-cloud, which reaches pods by IPv4 only, but ${isIPv6}; install the AWS Load Balancer Controller ` +
              'and set aws-load-balancer-controller, or set eks.compute: auto',
          ),
        ]
      : []),
    ...(cluster.existingVpc === undefined
      ? []
      : [
          problem(
            ['clusters', name, 'existingVpc'],
            `is set, but ${isIPv6}, which is made in a VPC of its own only, since of others it is not known which ` +
              'subnets have IPv6; leave it out, or create the cluster yourself (kind: existing-eks)',
          ),
        ]),
    ...(partitionOf(awsPlace(cluster, config.aws).region) === 'aws-cn'
      ? [problem(family, 'is ipv6, which EKS does not have in China; leave it out')]
      : []),
    ...(config.federation.borders.ipv6
      ? []
      : [
          problem(
            ['federation', 'borders', 'ipv6'],
            `is false, but ${isIPv6}, where nobody would reach the borders; leave it out`,
          ),
        ]),
    ...meshes.flatMap(({ name: mesh, mesh: { kind } }) =>
      kind === 'istio'
        ? []
        : [
            {
              path: family,
              message:
                `is ipv6, but meshes.${mesh} is in that cluster, and only Istio is supported there: ${NOT_RUN[kind]}; ` +
                'leave it out. It can call a mesh in a cluster with ipFamily: ipv6, and be called by it, all the same',
              comparedWith: [
                ['meshes', mesh, 'cluster'],
                ['meshes', mesh, 'kind'],
              ],
            },
          ],
    ),
    ...(waysOf(config).includes('peering') &&
    partnerPeers(config).some(({ cluster: { name: peered } }) => peered === name)
      ? [
          problem(
            ['federation', 'crossing'],
            `is peering with a partner, but ${isIPv6}, and an offer names no IPv6 addresses: calls would first go ` +
              'where nobody answers; agree on privatelink',
          ),
        ]
      : []),
  ];
}

/** Pods in a cluster that is made here with `ipFamily: ipv4` have no others, nor has its VPC. */
function calledProblems(
  path: Problem['path'],
  address: string | readonly string[] | undefined,
  callers: readonly PlacedMesh[],
): Problem[] {
  const called = hostsOf(address ?? []).find((host) => isIPv6(host));
  const caller = callers.find(({ cluster }) => cluster.kind === 'eks' && !hasIPv6Pods(cluster));
  if (called === undefined || caller === undefined) return [];
  return [
    {
      path,
      message:
        `has ${called}, an IPv6 address, but clusters.${caller.clusterName} calls it, whose VPC and pods have IPv4 ` +
        'addresses only; give an IPv4 address, or a name that leads to one',
      comparedWith: [['clusters', caller.clusterName], ['accessPolicy']],
    },
  ];
}

/**
 * Controllers refuse such a source of a load balancer that has addresses of IPv4 only, and make none.
 *
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/v2.13.0/pkg/service/model_build_managed_sg.go
 */
function sourceProblems(config: Settings, placed: PlacedMesh): Problem[] {
  if (!hasIPv4Only(placed)) return [];
  const { name, mesh, cluster, clusterName } = placed;
  const { allowedSources = [] } = mesh.gateway;
  const right =
    `which the load balancer of the gateway does not have; leave it out, or have one with both: set ` +
    `clusters.${clusterName}.loadBalancers to the controller that makes it, and the annotation ${IP_ADDRESS_TYPE}: ` +
    'dualstack in gateway.annotations, for subnets that have IPv6' +
    (hasIPv4Subnets(cluster) ? ' (in a VPC of yours: those made here have none)' : '');
  return [
    ...allowedSources.flatMap((source, index): Problem[] =>
      isOfIPv6(source)
        ? [
            {
              path: ['meshes', name, 'gateway', 'allowedSources', index],
              message: `${source} is of IPv6, ${right}`,
              comparedWith: [['clusters', clusterName]],
            },
          ]
        : [],
    ),
    ...callingPartners(config, name).flatMap(([partner, { offer }]): Problem[] => {
      const sources = offer?.sources ?? [];
      return sources.length > 0 && sources.every(isOfIPv6)
        ? [
            {
              path: ['meshes', partner, 'partner'],
              message:
                `calls meshes.${name} from addresses of IPv6 only (${sources.join(', ')}), which its load balancer ` +
                'does not have; ask for an offer with addresses of IPv4',
              comparedWith: [['meshes', name]],
            },
          ]
        : [];
    }),
  ];
}
