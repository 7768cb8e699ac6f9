import { consulGatewayPorts } from '../constructs/federation/plan';
import { pairs } from '../constructs/federation/plan/internal';
import type { ServicePort } from '../constructs/kubernetes';
import { collide } from '../constructs/network/cidr';
import { ownEntry } from '../constructs/own-entry';
import type { Problem } from '../constructs/problems';
import { hasIPv6Pods, type NewClusterSettings } from './clusters';
import {
  effectivePolicy,
  hasFormerWayInto,
  presentWaysInto,
  servicesWithFormerWayOut,
  waysInto,
} from './effective-policy';
import {
  callersOf,
  type ClusterWithMeshes,
  clustersWithMeshes,
  isEntered,
  meshOf,
  peerClustersOf,
  type PlacedMesh,
  placedMeshes,
} from './placed-meshes';
import { callingPartners } from './partners';
import type { Config } from './schema';
import { type Crossing, isPrivateConnection } from './ways';

/** The settings, whatever they started from. */
type Facts = Omit<Config, 'profile'>;

/*
 * The way from one cluster to the gateways of another.
 */

/** Name of the stack with the private connection between clusters. */
export const CROSSING = 'crossing';

/** The way of calls, and the one that was until now and still stays. */
export function waysOf({ federation }: Pick<Config, 'federation'>): readonly Crossing[] {
  const { crossing, crossingFrom } = federation;
  return [crossing, ...(crossingFrom === undefined ? [] : [crossingFrom])];
}

/** A way that is made here, between VPCs. */
export type PrivateConnection = Extract<Crossing, 'peering' | 'privatelink'>;

/** Whether the load balancer of a gateway's own Service is there: for a way, or for ports of the user's own. */
export function hasOwnLoadBalancer(config: Facts, { name, mesh }: PlacedMesh): boolean {
  const ways = waysInto(config, name);
  const isNeeded = mesh.kind === 'linkerd' || ways.size === 0 || ways.has('gateway');
  return (
    (isNeeded && !waysOf(config).every(isPrivateConnection)) ||
    (mesh.kind !== 'linkerd' && mesh.gateway.ports.length > 0)
  );
}

/** Whether callers of other clusters enter a mesh past its gateway, by a load balancer of its borders. */
export function hasEntrance(config: Facts, { name }: PlacedMesh): boolean {
  return waysInto(config, name).has('load-balancer');
}

/** Whether others enter a mesh by a private load balancer that is made here. */
export function hasPrivateGateway(config: Facts, { name }: PlacedMesh): boolean {
  return waysOf(config).some(isPrivateConnection) && waysInto(config, name).has('gateway');
}

/**
 * Who may connect to the private load balancer of a mesh, as its nodes see them.
 *
 * @param ipv6Cidrs IPv6 addresses of the VPC of a cluster whose pods have such, by its name.
 */
export function privateSources(
  config: Facts,
  placed: PlacedMesh,
  ipv6Cidrs: (cluster: string) => readonly string[] = () => [],
): readonly string[] {
  const cidrOf = ({ cluster }: PlacedMesh) => (cluster.kind === 'eks' ? [cluster.cidr] : []);
  const byWay: Readonly<Record<Crossing, readonly string[]>> = {
    internet: [],
    given: [],
    // Pods come by their own addresses. Until a partner's are known, nobody but the own VPC is let in.
    peering: [
      ...callersOf(config, placed.name).flatMap((caller) => [
        ...cidrOf(caller),
        ...(hasIPv6Pods(placed.cluster) ? ipv6Cidrs(caller.clusterName) : []),
      ]),
      ...callingPartners(config, placed.name).flatMap(([, { offer }]) => {
        const cidr = offer?.connection?.peering?.cidr;
        return cidr === undefined ? cidrOf(placed) : [cidr];
      }),
    ],
    // Whoever comes by PrivateLink has an address of the load balancer:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    privatelink: cidrOf(placed),
  };
  return [...new Set(waysOf(config).flatMap((way) => byWay[way]))];
}

/** The record of a gateway, if it has one. What leads to a Linkerd mesh has none. */
export function recordOf(mesh: PlacedMesh['mesh']) {
  return mesh.kind === 'linkerd' ? undefined : mesh.gateway.record;
}

/** Ports of a mesh's gateway by which other meshes enter. */
export function federationPorts(config: Facts, { name, mesh }: PlacedMesh): ServicePort[] {
  if (mesh.kind !== 'istio') {
    return consulGatewayPorts(effectivePolicy(config), name).map((port) => ({
      name: `federation-${port}`,
      port,
    }));
  }
  const { tlsPort, previousTlsPort } = mesh.gateway;
  return [
    { name: 'tls-federation', port: tlsPort },
    ...(previousTlsPort === undefined
      ? []
      : [{ name: 'tls-federation-previous', port: previousTlsPort }]),
  ];
}

/** A cluster that is made here, by its name in the settings. */
export interface NewCluster extends ClusterWithMeshes {
  readonly cluster: NewClusterSettings;
}

/** All of them. */
export function newClusters(config: Pick<Config, 'meshes' | 'clusters'>): NewCluster[] {
  return clustersWithMeshes(config).filter(isNew);
}

function isNew(one: ClusterWithMeshes): one is NewCluster {
  return one.cluster.kind === 'eks';
}

/** Pairs of clusters that are peered: those between which calls go. */
export function peeredPairs(config: Facts): (readonly [NewCluster, NewCluster])[] {
  return pairs(newClusters(config)).filter(([one, other]) =>
    peerClustersOf(config, one.name).some(({ name }) => name === other.name),
  );
}

/** Clusters other than its own from which a mesh is entered. */
export function callingClusters(config: Facts, { name, clusterName }: PlacedMesh): NewCluster[] {
  const names = new Set(callersOf(config, name).map((caller) => caller.clusterName));
  return newClusters(config).filter((one) => one.name !== clusterName && names.has(one.name));
}

/** Name, in its tags, of the endpoint service for the gateway of a mesh in a cluster. */
export function endpointServiceName({ name }: NewClusterSettings, mesh: string): string {
  return `${name}-${mesh}`;
}

/** Whether the Kubernetes API of a cluster has no address on the internet. */
export function hasPrivateApi({ eks: { endpoint } }: NewClusterSettings): boolean {
  return endpoint.privateOnly && endpoint.publicCidrs.length === 0;
}

/** What cannot work with the way between the clusters; paths from the root. */
export function crossingProblems(config: Facts): Problem[] {
  const { crossing, crossingFrom } = config.federation;
  const ways = waysOf(config);
  const problems = placedMeshes(config).flatMap((placed) => addressProblems(config, placed));
  if (crossingFrom === crossing) {
    problems.push({
      path: ['federation', 'crossingFrom'],
      message: `is ${crossing}, as crossing is; take it out`,
      comparedWith: [['federation', 'crossing']],
    });
  }
  if (ways.some(isPrivateConnection)) {
    problems.push(
      ...kindProblems(config),
      ...entranceWayProblems(config),
      ...wayInProblems(config),
    );
  }
  if (ways.includes('peering')) problems.push(...peeringProblems(config));
  if (ways.includes('privatelink')) problems.push(...privateLinkProblems(config));
  return problems;
}

/** A Linkerd mesh is entered by a Service of the federation, which is above such a way. */
function entranceWayProblems(config: Facts): Problem[] {
  return (['crossing', 'crossingFrom'] as const).flatMap((setting) => {
    const way = config.federation[setting];
    const entered = placedMeshes(config).find(
      ({ name, mesh }) => mesh.kind === 'linkerd' && isEntered(config.accessPolicy, name),
    );
    if (way === undefined || !isPrivateConnection(way) || entered === undefined) return [];
    return [
      {
        path: ['federation', setting],
        message:
          `is ${way}, which leads to gateways, but rules lead into ${entered.name}, a Linkerd mesh, which has none; ` +
          `connect the VPCs yourself, set given, and meshes.${entered.name}.gateway.internal: true`,
        comparedWith: [['meshes', entered.name], ['accessPolicy']],
      },
    ];
  });
}

/** Such a way ends at the pods of a gateway. */
function wayInProblems(config: Facts): Problem[] {
  const way = waysOf(config).find(isPrivateConnection) ?? '';
  return placedMeshes(config).flatMap(({ name, mesh }): Problem[] =>
    mesh.kind !== 'linkerd' && waysInto(config, name).has('load-balancer')
      ? [
          {
            path: [
              'accessPolicy',
              'meshes',
              name,
              presentWaysInto(config, name).has('load-balancer') ? 'in' : 'inFrom',
            ],
            message:
              `is service, but federation.crossing ${way} leads to gateways; leave it out, or set ` +
              'federation.crossing to internet or given',
            comparedWith: [['federation']],
          },
        ]
      : [],
  );
}

function addressProblems(config: Facts, placed: PlacedMesh): Problem[] {
  const { crossing } = config.federation;
  const { name, mesh } = placed;
  const { address, addressPort } = mesh.gateway;
  if (recordOf(mesh) !== undefined) return recordProblems(config, placed);
  if (address === undefined) {
    return addressPort === undefined
      ? []
      : [
          {
            path: ['meshes', name, 'gateway', 'addressPort'],
            message:
              'is set without gateway.address; set gateway.address too, or remove this: the load ' +
              'balancer uses the ports of the gateway',
          },
        ];
  }
  if (!isPrivateConnection(crossing))
    return addressPort === undefined ? [] : portProblems(config, placed);
  return [
    {
      path: ['meshes', name, 'gateway', 'address'],
      message:
        `is set, but federation.crossing is ${crossing}, which has an address of its own; leave it ` +
        'out, or set federation.crossing: given',
      comparedWith: [['federation', 'crossing']],
    },
  ];
}

/** A record leads to a load balancer of AWS, by whose account it is made. */
function recordProblems(config: Facts, placed: PlacedMesh): Problem[] {
  const { federation } = config;
  const { name, mesh, clusterName, cluster } = placed;
  const path = ['meshes', name, 'gateway', 'record'];
  const { address, addressPort } = mesh.gateway;
  const problems: Problem[] = [];
  if (address !== undefined || addressPort !== undefined) {
    problems.push({
      path,
      message:
        'is given, and so is where others reach the gateway without it (gateway.address, addressPort); the ' +
        'record leads to the load balancer: leave one of them out',
    });
  }
  if (federation.name !== undefined) {
    problems.push({
      path,
      message:
        "is set, but federation.name says that the mesh is another file's, which makes the record; leave it out, " +
        'and write its name in gateway.address',
      comparedWith: [['federation', 'name']],
    });
  }
  if (federation.crossing === 'privatelink') {
    problems.push({
      path,
      message:
        'is set, but federation.crossing is privatelink, which has a name of its own in the VPC of the ' +
        'callers; leave it out',
      comparedWith: [['federation', 'crossing']],
    });
  }
  if (presentWaysInto(config, name).has('load-balancer')) {
    problems.push({
      path,
      message:
        'is set, but other meshes enter past the gateway (in: service); make the record yourself, and write ' +
        'its name in gateway.address',
      comparedWith: [['accessPolicy', 'meshes', name, 'in']],
    });
  }
  if (cluster.kind === 'kubeconfig') {
    problems.push({
      path,
      message:
        `is made by the AWS account of the cluster, but clusters.${clusterName} is a kubeconfig; make the record ` +
        'yourself, and write its name in gateway.address',
      comparedWith: [['clusters', clusterName]],
    });
  }
  return problems;
}

/** Where callers are told apart by the port, there is one for each calling service. */
function portProblems({ accessPolicy }: Facts, { name, mesh }: PlacedMesh): Problem[] {
  const callers = new Set(
    accessPolicy.rules
      .filter(({ from, to }) => meshOf(to) === name && meshOf(from) !== name)
      .map(({ from }) => from),
  );
  if (mesh.kind === 'istio' || callers.size <= 1) return [];
  return [
    {
      path: ['meshes', name, 'gateway', 'addressPort'],
      message:
        `is one port, but the gateway has one for each of the services that call: ${[...callers].join(', ')}; ` +
        'leave it out, and let what stands at gateway.address have the same ports',
      comparedWith: [['accessPolicy']],
    },
  ];
}

/** Where the VPC is not known here, nobody can add a route to it. */
function kindProblems(config: Facts): Problem[] {
  const way = waysOf(config).find(isPrivateConnection) ?? '';
  const comparedWith = [['federation']];
  return clustersWithMeshes(config).flatMap(({ name, cluster: { kind } }) =>
    kind === 'eks'
      ? []
      : [
          {
            path: ['clusters', name, 'kind'],
            message:
              `is ${kind}, but federation.crossing ${way} is made between clusters that are made here ` +
              '(kind: eks); connect its network yourself and set federation.crossing: given',
            comparedWith,
          },
        ],
  );
}

function peeringProblems(config: Facts): Problem[] {
  const comparedWith = [['federation'], ['clusters']];
  const routes = newClusters(config).flatMap(({ name, cluster }): Problem[] => {
    const { existingVpc } = cluster;
    if (existingVpc === undefined || existingVpc.privateRouteTableIds.length > 0) return [];
    return [
      {
        path: ['clusters', name, 'existingVpc', 'privateRouteTableIds'],
        message:
          'is empty, but federation.crossing is peering, which adds a route to each; list the route ' +
          'tables of the subnets that the nodes are in',
        comparedWith,
      },
    ];
  });
  const ofPairs = peeredPairs(config).flatMap(([one, other]): Problem[] => {
    const [a, b] = [one.cluster.existingVpc?.vpcId, other.cluster.existingVpc?.vpcId];
    if (a !== undefined && a === b) {
      return [
        {
          path: ['federation', 'crossing'],
          message:
            `is peering, and clusters.${one.name} and clusters.${other.name} are both in ${a}, where ` +
            'nothing is to be connected; set federation.crossing: given',
          comparedWith,
        },
      ];
    }
    return [
      // Two new VPCs that overlap are another mistake already.
      ...(a === undefined && b === undefined
        ? []
        : overlapProblem(other, one.cluster.cidr, `${one.cluster.cidr} of clusters.${one.name}`)),
      ...serviceProblem(one, other),
      ...serviceProblem(other, one),
    ].map((problem) => ({ ...problem, comparedWith }));
  });
  return [...routes, ...ofPairs];
}

function overlapProblem({ name, cluster }: NewCluster, other: string, whose: string): Problem[] {
  return collide(cluster.cidr, other)
    ? [
        {
          path: ['clusters', name, 'cidr'],
          message:
            `${cluster.cidr} overlaps with ${whose}, and AWS peers no such VPCs; use addresses that it ` +
            'does not have, or set federation.crossing: privatelink',
        },
      ]
    : [];
}

/** Pods could not reach addresses of the other VPC that are those of Services here. */
function serviceProblem(here: NewCluster, { name, cluster: { cidr } }: NewCluster): Problem[] {
  const { serviceCidr } = here.cluster.eks;
  if (hasIPv6Pods(here.cluster)) return [];
  return collide(serviceCidr, cidr)
    ? [
        {
          path: ['clusters', name, 'cidr'],
          message:
            `${cidr} overlaps with eks.serviceCidr ${serviceCidr} of clusters.${here.name}, whose pods would ` +
            'not reach it; change one of them',
        },
      ]
    : [];
}

function privateLinkProblems(config: Facts): Problem[] {
  return placedMeshes(config).flatMap((placed): Problem[] => {
    if (!isEntered(config.accessPolicy, placed.name)) return [];
    const others = callersOf(config, placed.name).map(({ clusterName }) => clusterName);
    const partners = callingPartners(config, placed.name).map(([name]) => name);
    const own = [...new Set(others)];
    // Each partner has an endpoint of its own, to which it is called by no other name here.
    const names = own.length === 0 ? [] : [...own, ...partners];
    if (names.length <= 1 && names[0] !== placed.clusterName) return [];
    return [
      {
        path: ['federation', 'crossing'],
        message:
          `privatelink gives the gateway of meshes.${placed.name} an address in one other cluster, and it is ` +
          `entered from ${names.join(', ')}; use peering`,
        comparedWith: [['accessPolicy'], ['meshes'], ['clusters']],
      },
    ];
  });
}

/** What the user should know of the way. */
export function crossingNotices(config: Config): string[] {
  const { crossing, crossingFrom } = config.federation;
  const entered = placedMeshes(config).flatMap(({ name }) => {
    const settings = ownEntry(config.accessPolicy.meshes, name);
    const former = settings !== undefined && 'inFrom' in settings ? settings.inFrom : undefined;
    return former === undefined || !hasFormerWayInto(config, name) ? [] : [{ name, former }];
  });
  const leaving = placedMeshes(config).flatMap(({ name }) =>
    servicesWithFormerWayOut(config, name),
  );
  const apis = newClusters(config)
    .filter(({ cluster }) => !hasPrivateApi(cluster))
    .map(({ name }) => name);
  return [
    ...(crossingFrom === undefined
      ? []
      : [
          `Calls go by ${crossing}, and ${crossingFrom} stays until federation.crossingFrom is taken out: do ` +
            'that with a deploy of its own, when this one has ended well.',
        ]),
    ...entered.map(
      ({ name, former }) =>
        `The former way into ${name}, ${former}, stays until accessPolicy.meshes.${name}.inFrom is taken out: do ` +
        'that with a deploy of its own, when this one has ended well.',
    ),
    ...leaving.map(
      ({ ref, formerOut = '' }) =>
        `The former way of calls of ${ref}, by its ${formerOut}, stays until outFrom is taken out: do that with a ` +
        'deploy of its own, when this one has ended well.' +
        (formerOut === 'sidecar' ? ' Its pods need their annotations until then.' : ''),
    ),
    ...(crossing === 'peering' && apis.length > 0
      ? [
          `The roots of the meshes are still fetched over the internet, since the APIs of ${apis.join(', ')} ` +
            'have public addresses, to which their names lead everywhere else. With ' +
            'eks.endpoint.privateOnly: true they go by the peering too.',
        ]
      : []),
  ];
}
