import { isIPv6 } from 'node:net';
import { hostsOf } from '../constructs/federation/plan/internal';
import { isOfIPv6 } from '../constructs/network/address';
import type { Problem } from '../constructs/problems';
import { hasIPv4Only, IP_FAMILIES } from './gateways';
import { callingPartners } from './partners';
import { callersOf, meshOf, type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Config } from './schema';

/** The settings, whatever they started from. */
type Facts = Omit<Config, 'profile'>;

/** Addresses of IPv6 where nothing has any; paths from the root. */
export function ipv6Problems(config: Facts): Problem[] {
  return [
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

/** Pods in a cluster that is made here have addresses of IPv4, and its VPC has no others. */
function calledProblems(
  path: Problem['path'],
  address: string | readonly string[] | undefined,
  callers: readonly PlacedMesh[],
): Problem[] {
  const called = hostsOf(address ?? []).find((host) => isIPv6(host));
  const caller = callers.find(({ cluster }) => cluster.kind === 'eks');
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
function sourceProblems(config: Facts, placed: PlacedMesh): Problem[] {
  if (!hasIPv4Only(placed)) return [];
  const { name, mesh, clusterName } = placed;
  const { allowedSources = [] } = mesh.gateway;
  const right =
    `which the load balancer of the gateway does not have; leave it out, or have one with both: set ` +
    `clusters.${clusterName}.loadBalancers to the controller that makes it, and the annotation ${IP_FAMILIES}: ` +
    'dualstack in gateway.annotations, for subnets that have IPv6';
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
