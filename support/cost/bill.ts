import type { Config } from '../../config';
import type { ClusterSettings, NewClusterSettings } from '../../config/clusters';
import { ownNatGateways } from '../../config/egress';
import {
  callingClusters,
  hasEntrance,
  hasOwnLoadBalancer,
  hasPrivateGateway,
  type PrivateConnection,
  waysOf,
} from '../../config/crossing';
import { crossingProblems } from '../../config/crossing-problems';
import { isOnAws } from '../../config/gateways';
import { callersOfPartner } from '../../config/partner-crossing';
import { clustersWithMeshes, type PlacedMesh, placedMeshes } from '../../config/placed-meshes';
import { AWS_ENDPOINTS } from '../../constructs/network/aws-services';
import { zoneCount } from '../../constructs/network/validate';
import { KUBERNETES_VERSIONS } from '../../versions';
import { hourlyPrice, type PriceOf, type Prices, type PricesOf } from './prices';

/** One line of the bill. */
export interface Line {
  readonly kind: Kind;
  /** What it is, as people say: `node t3.medium`. */
  readonly what: string;
  readonly count: number;
  /** USD an hour of all of them; `undefined` where no price is known. */
  readonly hourly: number | undefined;
  /** In which it is. */
  readonly region: string;
  /** Whose price it is, where none of the region is known. */
  readonly borrowedFrom?: string;
  /** Who makes it: Terraform, or Kubernetes for something that Terraform asks for. */
  readonly madeBy: 'Terraform' | 'Kubernetes';
}

/** Kinds of things that AWS bills by the hour for as long as they exist. */
export type Kind =
  | 'EKS cluster'
  | 'EC2 instance'
  | 'EBS volume'
  | 'NAT gateway'
  | 'Elastic IP address'
  | 'public IPv4 address'
  | 'interface endpoint'
  | 'load balancer'
  | 'KMS key';

/** GiB of the volume of a Consul server, as the chart has it (`server.storage`). */
const SERVER_GIBIBYTES = 10;
/** Keys of a cluster that is made here: for its Secrets, and for its logs. */
const KEYS = 2;

/** What the federation of these settings costs for as long as it is there. */
export function bill(config: Config, pricesOf: PricesOf, on: string): Line[] {
  const biller = (cluster: ClusterSettings, madeBy: Line['madeBy']): Biller => {
    const region = regionOf(config, cluster);
    return lines(pricesOf(region), region, madeBy);
  };
  return [
    ...clustersWithMeshes(config).flatMap(({ cluster }) =>
      clusterLines(cluster, pricesOf(regionOf(config, cluster)), biller(cluster, 'Terraform'), on),
    ),
    ...placedMeshes(config).flatMap((placed) => [
      ...balancerLines(config, placed, biller(placed.cluster, 'Kubernetes')),
      ...crossingLines(config, placed, biller),
      ...volumeLines(placed, biller(placed.cluster, 'Kubernetes')),
    ]),
    ...partnerLines(config, biller),
  ];
}

/** The region of a cluster on AWS. */
export function regionOf({ aws }: Config, cluster: ClusterSettings): string {
  return cluster.kind === 'kubeconfig' ? aws.region : (cluster.region ?? aws.region);
}

/** Makes lines of some things: none of nothing. */
type Biller = (kind: Kind, what: string, count: number, price: PriceOf, units?: number) => Line[];

function lines(prices: Prices, region: string, madeBy: Line['madeBy']): Biller {
  return (kind, what, count, price, units = 1) => {
    if (count === 0) return [];
    const { each, borrowedFrom } = hourlyPrice(prices, price);
    const hourly = each === undefined ? undefined : count * units * each;
    return [
      {
        kind,
        what,
        count,
        hourly,
        region,
        ...(borrowedFrom === undefined ? {} : { borrowedFrom }),
        madeBy,
      },
    ];
  };
}

function clusterLines(
  cluster: ClusterSettings,
  { instances }: Prices,
  made: Biller,
  on: string,
): Line[] {
  if (cluster.kind !== 'eks') return [];
  const { name, eks } = cluster;
  const extended = isExtended(cluster, on);
  const nats = ownNatGateways(cluster);
  const nodes = eks.nodeGroups.reduce((sum, { desired }) => sum + desired, 0);
  return [
    ...made(
      'EKS cluster',
      `control plane ${eks.version}${extended ? ', in extended support' : ''} of ${name}`,
      1,
      extended ? 'eksClusterInExtendedSupport' : 'eksCluster',
    ),
    ...eks.nodeGroups.flatMap(({ name: group, instanceTypes, capacity, desired }) => {
      const spot = capacity === 'spot';
      // A spot price is the market's, of whichever type has room: the dearest on demand is the most that it can be.
      const [type = ''] = spot
        ? instanceTypes.toSorted((a, b) => (instances[b] ?? 0) - (instances[a] ?? 0))
        : instanceTypes;
      return made(
        'EC2 instance',
        `${type} nodes${spot ? ' (spot, at most)' : ''}, group ${group} of ${name}`,
        desired,
        { instance: type },
      );
    }),
    ...eks.nodeGroups.flatMap(({ name: group, diskGiB, desired }) =>
      made(
        'EBS volume',
        `node disks of ${diskGiB} GiB, group ${group} of ${name}`,
        desired,
        'gp3Gibibyte',
        diskGiB,
      ),
    ),
    ...made('NAT gateway', `NAT gateways of ${name}`, nats, 'natGateway'),
    ...made(
      'Elastic IP address',
      `addresses of NAT gateways of ${name}`,
      nats,
      'publicIpv4Address',
    ),
    ...(eks.nodeSubnets === 'public'
      ? made('public IPv4 address', `addresses of nodes of ${name}`, nodes, 'publicIpv4Address')
      : []),
    ...(cluster.existingVpc === undefined && cluster.network.awsEndpoints
      ? made(
          'interface endpoint',
          `addresses of endpoints of AWS services of ${name}`,
          AWS_ENDPOINTS.length * zoneCount(cluster.network.zones),
          'interfaceEndpoint',
        )
      : []),
    ...made('KMS key', `keys of ${name}`, KEYS, 'kmsKey'),
  ];
}

/** One for each way into a mesh, with an address in each zone where the internet reaches it. */
function balancerLines(config: Config, placed: PlacedMesh, made: Biller): Line[] {
  const { name, mesh, cluster } = placed;
  if (!isOnAws(cluster)) return [];
  // Linkerd has none of its own.
  const ofGateway = mesh.kind !== 'linkerd' && hasOwnLoadBalancer(config, placed);
  const ofBorders = hasEntrance(config, placed);
  const balancer = (what: string, is: boolean) =>
    made('load balancer', what, is ? 1 : 0, 'networkLoadBalancer');
  const addresses = (what: string, is: boolean) =>
    made(
      'public IPv4 address',
      `addresses of ${what}`,
      is && !mesh.gateway.internal ? zonesOf(cluster) : 0,
      'publicIpv4Address',
    );
  return [
    ...balancer(`load balancer of ${name}'s gateway`, ofGateway),
    ...balancer(`private load balancer of ${name}'s gateway`, hasPrivateGateway(config, placed)),
    ...addresses(`${name}'s load balancer`, ofGateway),
    ...balancer(`load balancer of ${name}'s borders`, ofBorders),
    ...addresses(`the load balancer of ${name}'s borders`, ofBorders),
  ];
}

type BillerOf = (cluster: ClusterSettings, madeBy: Line['madeBy']) => Biller;

/** With PrivateLink, an endpoint in the VPC of the callers, with an address in each zone. */
function crossingLines(config: Config, placed: PlacedMesh, biller: BillerOf): Line[] {
  const [caller] = callingClusters(config, placed);
  if (!waysOf(config).includes('privatelink') || caller === undefined) return [];
  if (!hasPrivateGateway(config, placed)) return [];
  return endpointLines(placed.name, caller.cluster, biller);
}

/** The same for gateways of partners that services here call. */
function partnerLines(config: Config, biller: BillerOf): Line[] {
  if (!waysOf(config).includes('privatelink')) return [];
  return Object.keys(config.partners).flatMap((partner) =>
    callersOfPartner(config, partner).flatMap(({ cluster }) =>
      endpointLines(partner, cluster, biller),
    ),
  );
}

function endpointLines(mesh: string, cluster: NewClusterSettings, biller: BillerOf): Line[] {
  const { existingVpc, network } = cluster;
  return biller(cluster, 'Terraform')(
    'interface endpoint',
    `addresses of the endpoint to ${mesh}'s gateway`,
    existingVpc?.privateSubnetIds.length ?? zoneCount(network.zones),
    'interfaceEndpoint',
  );
}

/** Of a cluster that exists the zones are not known: three are usual. */
function zonesOf(cluster: ClusterSettings): number {
  if (cluster.kind !== 'eks') return 3;
  return cluster.existingVpc?.publicSubnetIds.length ?? zoneCount(cluster.network.zones);
}

function volumeLines({ name, mesh, cluster }: PlacedMesh, made: Biller): Line[] {
  if (mesh.kind !== 'consul' || !isOnAws(cluster)) return [];
  return made(
    'EBS volume',
    `volumes of ${name}'s servers, ${SERVER_GIBIBYTES} GiB`,
    mesh.servers,
    'gp3Gibibyte',
    SERVER_GIBIBYTES,
  );
}

function isExtended({ eks }: NewClusterSettings, on: string): boolean {
  const version = KUBERNETES_VERSIONS.find((one) => one.version === eks.version);
  return eks.extendedSupport && version !== undefined && on >= version.endOfStandardSupport;
}

/** USD an hour of all whose price is known. */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { hourly = 0 }) => sum + hourly, 0);
}

/** What another setting would cost. */
export interface Change {
  readonly setting: string;
  /** USD an hour more (or, negative, less) than now. */
  readonly difference: number;
  readonly note: string;
}

/** Settings that would change the bill, where they are not set already. */
export function changes(config: Config, pricesOf: PricesOf, on: string): Change[] {
  const now = total(bill(config, pricesOf, on));
  const ofClusters =
    (change: (cluster: NewClusterSettings) => NewClusterSettings) => (): Config => ({
      ...config,
      clusters: mapClusters(config, change),
    });
  const variants: readonly (readonly [string, string, () => Config])[] = [
    [
      'network.nat: none, eks.nodeSubnets: public',
      'nodes have public addresses; the security groups alone keep others out',
      ofClusters((cluster) => ({
        ...cluster,
        network: { ...cluster.network, nat: 'none' },
        eks: { ...cluster.eks, nodeSubnets: 'public' },
      })),
    ],
    [
      'network.nat: per-zone',
      'a zone that fails takes no other with it',
      ofClusters((cluster) => ({ ...cluster, network: { ...cluster.network, nat: 'per-zone' } })),
    ],
    [
      'network.zones: 2',
      'the fewest that EKS takes; refused for a pair that is deployed',
      ofClusters((cluster) => ({ ...cluster, network: { ...cluster.network, zones: 2 } })),
    ],
    ...PRIVATE_CONNECTIONS.filter(([crossing]) => mayBePrivate(config, crossing)).map(
      ([crossing, note]) =>
        [
          `federation.crossing: ${crossing}`,
          note,
          () => ({ ...config, federation: { ...config.federation, crossing } }),
        ] as const,
    ),
  ];
  const found = variants.map(([setting, note, other]) => ({
    setting,
    note,
    difference: total(bill(other(), pricesOf, on)) - now,
  }));
  return found.filter(({ difference }) => Math.abs(difference) > 1e-9);
}

/** Connections that can take the place of the internet, and what else they are. */
const PRIVATE_CONNECTIONS: readonly (readonly [PrivateConnection, string])[] = [
  ['peering', 'no gateway is reached from the internet; the VPCs reach each other'],
  [
    'privatelink',
    'no gateway is reached from the internet; a VPC reaches one gateway of the other',
  ],
];

/** Whether calls go over the internet between clusters that are made here, and could go by this in its place. */
function mayBePrivate(config: Config, instead: PrivateConnection): boolean {
  const { crossing, crossingFrom, name } = config.federation;
  const all = Object.values(config.clusters);
  return (
    crossing === 'internet' &&
    crossingFrom === undefined &&
    name === undefined &&
    all.every(({ kind }) => kind === 'eks') &&
    crossingProblems({ ...config, federation: { ...config.federation, crossing: instead } })
      .length === 0
  );
}

function mapClusters(
  { clusters }: Config,
  change: (cluster: NewClusterSettings) => NewClusterSettings,
): Config['clusters'] {
  return Object.fromEntries(
    Object.entries(clusters).map(([name, cluster]) => [
      name,
      cluster.kind === 'eks' ? change(cluster) : cluster,
    ]),
  );
}

/** What nodes would cost at most if they were spot ones: a market's price, so that no sum is given. */
export function onDemandNodes(config: Config, pricesOf: PricesOf): number {
  return clustersWithMeshes(config)
    .flatMap(({ cluster }) => {
      if (cluster.kind !== 'eks') return [];
      const { instances } = pricesOf(regionOf(config, cluster));
      return cluster.eks.nodeGroups
        .filter(({ capacity }) => capacity !== 'spot')
        .map(({ desired, instanceTypes }) => desired * (instances[instanceTypes[0] ?? ''] ?? 0));
    })
    .reduce((sum, cost) => sum + cost, 0);
}

/** What becomes of the version of a cluster, and when. */
export function supportNotes(config: Config, pricesOf: PricesOf, on: string): string[] {
  return clustersWithMeshes(config).flatMap(({ cluster }) => {
    if (cluster.kind !== 'eks') return [];
    const { name, eks } = cluster;
    const known = KUBERNETES_VERSIONS.find((one) => one.version === eks.version);
    if (known === undefined) return [];
    const { endOfStandardSupport: end, endOfExtendedSupport: last } = known;
    const { hourly } = pricesOf(regionOf(config, cluster));
    const more = hourly.eksClusterInExtendedSupport - hourly.eksCluster;
    if (eks.extendedSupport) {
      return on >= end
        ? [`${name}: Kubernetes ${eks.version} is in extended support until ${last}.`]
        : [
            `${name}: from ${end} on Kubernetes ${eks.version} is in extended support, which costs USD ${more.toFixed(2)} an hour more.`,
          ];
    }
    return [
      `${name}: standard support of Kubernetes ${eks.version} ends on ${end}; AWS then upgrades the cluster (eks.extendedSupport is off), and it costs no more.`,
    ];
  });
}

/** What is not on the bill, since nobody knows how many nodes there will be. */
export function autoModeNotes(config: Config): string[] {
  return clustersWithMeshes(config).flatMap(({ cluster }) =>
    cluster.kind === 'eks' && cluster.eks.compute === 'auto'
      ? [
          // https://www.factualminds.com/blog/amazon-eks-pricing-control-plane-addons-auto-mode/
          `${cluster.name}: the nodes of EKS Auto Mode are not in the sum: it makes as many as the pods need, and ` +
            'each costs about 12 % more than its instance on demand, spot or not (as of 2026-06).',
        ]
      : [],
  );
}
