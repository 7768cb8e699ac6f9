import type { Config } from '../../config';
import type { ClusterSettings, NewClusterSettings } from '../../config/clusters';
import { ownNatGateways } from '../../config/egress';
import {
  callingClusters,
  hasOwnLoadBalancer,
  hasPrivateGateway,
  type PrivateConnection,
  waysOf,
} from '../../config/crossing';
import { isOnAws } from '../../config/gateways';
import { callersOfPartner } from '../../config/partner-crossing';
import { clustersWithMeshes, type PlacedMesh, placedMeshes } from '../../config/placed-meshes';
import { AWS_ENDPOINTS } from '../../constructs/network/aws-services';
import { zoneCount } from '../../constructs/network/validate';
import { KUBERNETES_VERSIONS } from '../../versions';
import { MONTH_HOURS, type Prices } from './prices';

/** One line of the bill. */
export interface Line {
  readonly kind: Kind;
  /** What it is, as people say: `node t3.medium`. */
  readonly what: string;
  readonly count: number;
  /** USD an hour of all of them; `undefined` where no price is known. */
  readonly hourly: number | undefined;
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
export function bill(config: Config, prices: Prices, on: string): Line[] {
  return [
    ...clustersWithMeshes(config).flatMap(({ cluster }) => clusterLines(cluster, prices, on)),
    ...placedMeshes(config).flatMap((placed) => [
      ...balancerLines(config, placed, prices),
      ...crossingLines(config, placed, prices),
      ...volumeLines(placed, prices),
    ]),
    ...partnerLines(config, prices),
  ];
}

function clusterLines(cluster: ClusterSettings, prices: Prices, on: string): Line[] {
  if (cluster.kind !== 'eks') return [];
  const { name, eks } = cluster;
  const extended = isExtended(cluster, on);
  const nats = ownNatGateways(cluster);
  const { hourly, monthly } = prices;
  const made = (kind: Kind, what: string, count: number, each: number | undefined): Line[] =>
    count === 0
      ? []
      : [
          {
            kind,
            what: `${what} of ${name}`,
            count,
            hourly: each === undefined ? undefined : count * each,
            madeBy: 'Terraform',
          },
        ];
  const nodes = eks.nodeGroups.reduce((sum, { desired }) => sum + desired, 0);
  return [
    ...made(
      'EKS cluster',
      `control plane ${eks.version}${extended ? ', in extended support' : ''}`,
      1,
      extended ? hourly.eksClusterInExtendedSupport : hourly.eksCluster,
    ),
    ...eks.nodeGroups.flatMap(({ name: group, instanceTypes, capacity, desired }) => {
      const [type = ''] = instanceTypes;
      const spot = capacity === 'spot';
      // A spot price is the market's: on demand is the most that it can be.
      return made(
        'EC2 instance',
        `${type} nodes${spot ? ' (spot, at most)' : ''}, group ${group}`,
        desired,
        prices.instances[type],
      );
    }),
    ...eks.nodeGroups.flatMap(({ name: group, diskGiB, desired }) =>
      made(
        'EBS volume',
        `node disks of ${diskGiB} GiB, group ${group}`,
        desired,
        (diskGiB * monthly.gp3Gibibyte) / MONTH_HOURS,
      ),
    ),
    ...made('NAT gateway', 'NAT gateways', nats, hourly.natGateway),
    ...made('Elastic IP address', 'addresses of NAT gateways', nats, hourly.publicIpv4Address),
    ...(eks.nodeSubnets === 'public'
      ? made('public IPv4 address', 'addresses of nodes', nodes, hourly.publicIpv4Address)
      : []),
    ...(cluster.existingVpc === undefined && cluster.network.awsEndpoints
      ? made(
          'interface endpoint',
          'addresses of endpoints of AWS services',
          AWS_ENDPOINTS.length * zoneCount(cluster.network.zones),
          hourly.interfaceEndpoint,
        )
      : []),
    ...made('KMS key', 'keys', KEYS, monthly.kmsKey / MONTH_HOURS),
  ];
}

/** One for each way into a gateway, with an address in each zone where the internet reaches it. */
function balancerLines(config: Config, placed: PlacedMesh, { hourly }: Prices): Line[] {
  const { name, mesh, cluster } = placed;
  if (!isOnAws(cluster)) return [];
  const { internal } = mesh.gateway;
  const isOwn = hasOwnLoadBalancer(config, placed);
  const line = (kind: Kind, what: string, count: number, each: number): Line => ({
    kind,
    what,
    count,
    hourly: count * each,
    madeBy: 'Kubernetes',
  });
  const balancer = (what: string) => line('load balancer', what, 1, hourly.networkLoadBalancer);
  return [
    ...(isOwn ? [balancer(`load balancer of ${name}'s gateway`)] : []),
    ...(hasPrivateGateway(config, placed)
      ? [balancer(`private load balancer of ${name}'s gateway`)]
      : []),
    ...(internal || !isOwn
      ? []
      : [
          line(
            'public IPv4 address',
            `addresses of ${name}'s load balancer`,
            zonesOf(cluster),
            hourly.publicIpv4Address,
          ),
        ]),
  ];
}

/** With PrivateLink, an endpoint in the VPC of the callers, with an address in each zone. */
function crossingLines(config: Config, placed: PlacedMesh, { hourly }: Prices): Line[] {
  const [caller] = callingClusters(config, placed);
  if (!waysOf(config).includes('privatelink') || caller === undefined) return [];
  if (!hasPrivateGateway(config, placed)) return [];
  return [endpointLine(placed.name, caller.cluster, hourly.interfaceEndpoint)];
}

/** The same for gateways of partners that services here call. */
function partnerLines(config: Config, { hourly }: Prices): Line[] {
  if (!waysOf(config).includes('privatelink')) return [];
  return Object.keys(config.partners).flatMap((partner) =>
    callersOfPartner(config, partner).map(({ cluster }) =>
      endpointLine(partner, cluster, hourly.interfaceEndpoint),
    ),
  );
}

function endpointLine(
  mesh: string,
  { existingVpc, network }: NewClusterSettings,
  each: number,
): Line {
  const count = existingVpc?.privateSubnetIds.length ?? zoneCount(network.zones);
  return {
    kind: 'interface endpoint',
    what: `addresses of the endpoint to ${mesh}'s gateway`,
    count,
    hourly: count * each,
    madeBy: 'Terraform',
  };
}

/** Of a cluster that exists the zones are not known: three are usual. */
function zonesOf(cluster: ClusterSettings): number {
  if (cluster.kind !== 'eks') return 3;
  return cluster.existingVpc?.publicSubnetIds.length ?? zoneCount(cluster.network.zones);
}

function volumeLines({ name, mesh, cluster }: PlacedMesh, { monthly }: Prices): Line[] {
  if (mesh.kind !== 'consul' || !isOnAws(cluster)) return [];
  const { servers } = mesh;
  return [
    {
      kind: 'EBS volume',
      what: `volumes of ${name}'s servers, ${SERVER_GIBIBYTES} GiB`,
      count: servers,
      hourly: (servers * SERVER_GIBIBYTES * monthly.gp3Gibibyte) / MONTH_HOURS,
      madeBy: 'Kubernetes',
    },
  ];
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
export function changes(config: Config, prices: Prices, on: string): Change[] {
  const now = total(bill(config, prices, on));
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
    ...PRIVATE_CONNECTIONS.filter(() => mayBePrivate(config)).map(
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
    difference: total(bill(other(), prices, on)) - now,
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

/** Whether calls go over the internet between clusters that are made here. */
function mayBePrivate({ federation, clusters }: Config): boolean {
  const { crossing, crossingFrom } = federation;
  const all = Object.values(clusters);
  return (
    crossing === 'internet' && crossingFrom === undefined && all.every(({ kind }) => kind === 'eks')
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
export function onDemandNodes(config: Config, prices: Prices): number {
  return clustersWithMeshes(config)
    .flatMap(({ cluster }) => {
      return cluster.kind === 'eks' ? cluster.eks.nodeGroups : [];
    })
    .filter(({ capacity }) => capacity !== 'spot')
    .reduce(
      (sum, { desired, instanceTypes }) =>
        sum + desired * (prices.instances[instanceTypes[0] ?? ''] ?? 0),
      0,
    );
}

/** What becomes of the version of a cluster, and when. */
export function supportNotes(config: Config, prices: Prices, on: string): string[] {
  return clustersWithMeshes(config).flatMap(({ cluster }) => {
    if (cluster.kind !== 'eks') return [];
    const { name, eks } = cluster;
    const known = KUBERNETES_VERSIONS.find((one) => one.version === eks.version);
    if (known === undefined) return [];
    const { endOfStandardSupport: end, endOfExtendedSupport: last } = known;
    const more = prices.hourly.eksClusterInExtendedSupport - prices.hourly.eksCluster;
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
