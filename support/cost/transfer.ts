import type { Config } from '../../config';
import type { NewClusterSettings } from '../../config/clusters';
import { callingClusters, hasPrivateGateway, waysOf } from '../../config/crossing';
import { ownNatGateways } from '../../config/egress';
import { callersOfPartner } from '../../config/partner-crossing';
import { clustersWithMeshes, peerClustersOf, placedMeshes } from '../../config/placed-meshes';
import { regionOf } from './bill';
import type { PerGigabyte, PricesOf } from './prices';

/** What AWS bills for a GB on its way. A call may pass several of them, each in its own amount. */
export interface Transfer {
  /** Where it passes, as people say: `through NAT gateways of mesh-istio`. */
  readonly path: string;
  /** Whose price it is. */
  readonly region: string;
  /** USD a GB; `undefined` where no price is known. */
  readonly perGigabyte: number | undefined;
}

/** Where data of the federation passes that AWS bills by the GB, with the price of each. */
export function transfers(config: Config, pricesOf: PricesOf): Transfer[] {
  const of = (
    region: string,
    path: string,
    priceOf: (prices: PerGigabyte) => number | undefined,
  ): Transfer => {
    const { perGigabyte } = pricesOf(region);
    return { path, region, perGigabyte: perGigabyte && priceOf(perGigabyte) };
  };
  const clusters = clustersWithMeshes(config).flatMap(({ name, cluster }) =>
    cluster.kind === 'kubeconfig' ? [] : [{ name, cluster, region: regionOf(config, cluster) }],
  );
  const made = clusters.flatMap(({ cluster, region }) =>
    cluster.kind === 'eks' ? [{ cluster, region }] : [],
  );
  const endpoint = (cluster: NewClusterSettings, path: string) =>
    of(regionOf(config, cluster), path, ({ privateLink }) => privateLink);
  const ways = waysOf(config);
  const pairs = clusters.flatMap((from) =>
    clusters.flatMap((to) => {
      const isPeer = peerClustersOf(config, from.name).some(({ name }) => name === to.name);
      return isPeer ? [{ from: from.region, to: to.region }] : [];
    }),
  );
  const regions = [...new Set(clusters.map(({ region }) => region))];
  const all = [
    ...made
      .filter(({ cluster }) => ownNatGateways(cluster) > 0)
      .map(({ cluster, region }) =>
        of(region, `through NAT gateways of ${cluster.name}`, ({ natGateway }) => natGateway),
      ),
    ...regions.flatMap((region) => [
      of(region, `between zones of ${region}, at each end`, (prices) => prices.betweenZones),
      of(
        region,
        `through load balancers in ${region}, by capacity units`,
        (prices) => prices.loadBalancer,
      ),
      of(region, `from ${region} to the internet`, ({ toInternet }) => toInternet),
    ]),
    ...(ways.includes('peering')
      ? pairs
          .filter(({ from, to }) => from === to)
          // https://aws.amazon.com/vpc/pricing/
          .map(({ from }) => of(from, `by peering within a zone of ${from}`, () => 0))
      : []),
    ...pairs.map(({ from, to }) =>
      from === to
        ? of(
            from,
            `between public addresses of ${from}, at each end`,
            ({ betweenZones }) => betweenZones,
          )
        : of(
            from,
            `from ${from} to ${to}`,
            (prices) => prices.toRegion?.[to] ?? prices.toOtherRegions,
          ),
    ),
    ...made.flatMap(({ cluster }) =>
      cluster.existingVpc === undefined && cluster.network.awsEndpoints
        ? [endpoint(cluster, `through endpoints of AWS services of ${cluster.name}`)]
        : [],
    ),
    ...(ways.includes('privatelink')
      ? [
          ...placedMeshes(config).flatMap((placed) =>
            hasPrivateGateway(config, placed)
              ? callingClusters(config, placed).map(({ cluster }) =>
                  endpoint(cluster, `through the endpoint to ${placed.name}'s gateway`),
                )
              : [],
          ),
          ...Object.keys(config.partners).flatMap((partner) =>
            callersOfPartner(config, partner).map(({ cluster }) =>
              endpoint(cluster, `through the endpoint to ${partner}'s gateway`),
            ),
          ),
        ]
      : []),
  ];
  const isPrivate = !ways.includes('internet') && !ways.includes('given');
  return all.filter(
    ({ path }, i) =>
      !(isPrivate && path.startsWith('between public addresses')) &&
      all.findIndex((one) => one.path === path) === i,
  );
}
