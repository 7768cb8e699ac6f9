import { collide } from '../constructs/cidr';
import { ownEntry } from '../constructs/own-entry';
import type { Problem } from '../constructs/problems';
import { hasIPv6Pods } from './clusters';
import {
  hasPrivateApi,
  type NewCluster,
  newClusters,
  peeredPairs,
  recordOf,
  waysOf,
} from './crossing';
import {
  hasFormerWayInto,
  presentWaysInto,
  servicesWithFormerWayOut,
  waysInto,
} from './effective-policy';
import { callingPartners } from './partners';
import {
  callersOf,
  clustersWithMeshes,
  isEntered,
  meshOf,
  type PlacedMesh,
  placedMeshes,
} from './placed-meshes';
import type { Config, Settings } from './schema';
import { isPrivateConnection } from './ways';

/** What cannot work with the way between the clusters; paths from the root. */
export function crossingProblems(config: Settings): Problem[] {
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
function entranceWayProblems(config: Settings): Problem[] {
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
function wayInProblems(config: Settings): Problem[] {
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

function addressProblems(config: Settings, placed: PlacedMesh): Problem[] {
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
function recordProblems(config: Settings, placed: PlacedMesh): Problem[] {
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
function portProblems({ accessPolicy }: Settings, { name, mesh }: PlacedMesh): Problem[] {
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
function kindProblems(config: Settings): Problem[] {
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

function peeringProblems(config: Settings): Problem[] {
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

function privateLinkProblems(config: Settings): Problem[] {
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
