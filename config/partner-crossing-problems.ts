import { commandLine } from '../constructs/command-line';
import type { OfferedConnection } from '../constructs/federation/plan';
import { collide } from '../constructs/cidr';
import type { Problem } from '../constructs/problems';
import { awsPlace } from './connection';
import { type NewCluster, peeredPairs, waysOf } from './crossing';
import { callersOfPartner, neighbours, type PartnerPeer, partnerPeers } from './partner-crossing';
import { partitionOf } from './regions';
import type { Settings } from './schema';
import { isPrivateConnection } from './ways';

/** What is wrong with such a connection whatever the partner says; paths from the root. */
export function partnerConnectionProblems(config: Settings): Problem[] {
  const ways = waysOf(config).filter(isPrivateConnection);
  if (ways.length === 0) return [];
  return neighbours(config).flatMap(({ partner, clusters }) => {
    const comparedWith = [['federation'], ['meshes', partner, 'partner']];
    const callers = callersOfPartner(config, partner).map(({ name }) => name);
    return [
      ...clusters.flatMap(({ name, cluster }) =>
        awsPlace(cluster, config.aws).accountId === undefined
          ? [
              {
                path: ['aws', 'accountId'],
                message: `is missing: ${partner} needs the account of clusters.${name} for its end of the connection; set it`,
                comparedWith,
              },
            ]
          : [],
      ),
      ...(config.partners[partner]?.kind === 'linkerd' && callers.length > 0
        ? [
            {
              path: ['federation', 'crossing'],
              message:
                `leads to gateways (${ways.join(' and ')}), but rules lead into ${partner}, a Linkerd mesh, which has none; ` +
                'both of you connect the VPCs yourselves, and set given',
              comparedWith: [['accessPolicy'], ...comparedWith],
            },
          ]
        : []),
      ...(ways.includes('privatelink') && callers.length > 1
        ? [
            {
              path: ['federation', 'crossing'],
              message:
                `privatelink gives the gateway of ${partner} an address in one cluster of yours, and ` +
                `${callers.join(' and ')} call it; use peering`,
              comparedWith: [['accessPolicy'], ...comparedWith],
            },
          ]
        : []),
    ];
  });
}

/** Where the offers of partners contradict our settings; paths from the root. */
export function offeredConnectionProblems(config: Settings): Problem[] {
  const [crossing, former] = waysOf(config);
  return neighbours(config).flatMap(({ partner, offer, clusters }): Problem[] => {
    if (offer === undefined || crossing === undefined) return [];
    const { connection } = offer;
    const at = (message: string, key?: string): Problem => ({
      path: ['meshes', partner, 'partner'],
      message: key === undefined ? message : `connection.${key}: ${message}`,
      comparedWith: [['federation'], ['clusters']],
    });
    const theirs = connection?.crossing;
    if (
      (isPrivateConnection(crossing) || (theirs && isPrivateConnection(theirs))) &&
      crossing !== theirs
    ) {
      return [at(otherWay(crossing, theirs))];
    }
    if (former !== undefined && isPrivateConnection(former) && connection?.[former] === undefined) {
      return [
        at(
          `is missing, and federation.crossingFrom keeps that connection for now; have ${partner} set crossingFrom: ` +
            `${former} too and send a new offer, or take it out of both`,
          former,
        ),
      ];
    }
    return [
      ...clusters
        .flatMap((cluster) => partitionProblem(config, cluster, connection))
        .map((message) => at(message)),
      ...partnerPeers(config)
        .filter((peer) => peer.partner === partner && waysOf(config).includes('peering'))
        .flatMap((peer) => peerProblems(config, peer))
        .map((message) => at(message, 'peering')),
    ];
  });
}

function otherWay(mine: string, theirs: string | undefined): string {
  const says =
    theirs === undefined
      ? 'says nothing of a connection, so federation.crossing is internet or given there'
      : `is made for federation.crossing: ${theirs}`;
  return (
    `${says}, and yours is ${mine}; agree on one, set it in both files, and exchange new offers ` +
    `("${commandLine('offer')}")`
  );
}

/** No connection leads from one partition of AWS into another. */
function partitionProblem(
  { aws }: Settings,
  { name, cluster }: NewCluster,
  connection: OfferedConnection | undefined,
): string[] {
  const { region } = awsPlace(cluster, aws);
  const { privatelink, peering } = connection ?? {};
  const theirs = privatelink?.region ?? peering?.region;
  if (theirs === undefined) return [];
  const [here, there] = [partitionOf(region), partitionOf(theirs)];
  if (there === undefined) {
    return [
      `is of the region ${theirs}, which this version of the program does not know; ask for a new offer`,
    ];
  }
  if (privatelink !== undefined && !privatelink.principal.startsWith(`arn:${there}:`)) {
    return [
      `connection.privatelink.principal: ${privatelink.principal} is of another partition than ${theirs}, which is of ` +
        `${there}; ask for a new offer`,
    ];
  }
  return here === there
    ? []
    : [
        `connects ${theirs}, of the partition ${there}, with ${region} of clusters.${name}, of ` +
          `${here ?? 'unknown'}, and AWS connects no VPCs of two partitions; set federation.crossing: internet in both files`,
      ];
}

function peerProblems(config: Settings, peer: PartnerPeer): string[] {
  const { partner, cluster, offered, requests, requested, accepted } = peer;
  const { cidr, eks, existingVpc } = cluster.cluster;
  const named = `clusters.${cluster.name}`;
  if (existingVpc?.vpcId === offered.vpc) {
    return [
      `${offered.vpc} is also the VPC of ${named}: nothing is to be connected; set given in both files`,
    ];
  }
  const [contradiction] = neighbours(config).flatMap(({ partner: other, offer }) => {
    const one = offer?.connection?.peering;
    const differs = (['account', 'region', 'cidr'] as const).find(
      (fact) => one?.[fact] !== offered[fact],
    );
    return one?.vpc !== offered.vpc || differs === undefined
      ? []
      : [{ other, differs, mine: offered[differs], theirs: one[differs] }];
  });
  if (contradiction !== undefined) {
    const { other, differs, mine, theirs } = contradiction;
    return [
      `${offered.vpc} has the ${differs} ${mine} by the offer of ${partner}, and ${theirs} by that of ${other}; ask for new ` +
        'offers of both',
    ];
  }
  const others = [
    ...partnerPeers(config)
      .filter((one) => one.cluster.name === cluster.name && one.offered.vpc !== offered.vpc)
      .map((one) => ({ cidr: one.offered.cidr, whose: `the VPC of ${one.partner}` })),
    ...peeredPairs(config)
      .filter((pair) => pair.some(({ name }) => name === cluster.name))
      .flat()
      .filter(({ name }) => name !== cluster.name)
      .map((one) => ({ cidr: one.cluster.cidr, whose: `clusters.${one.name}` })),
  ];
  const taken = [
    { cidr, whose: named },
    {
      cidr: eks.ipFamily === 'ipv6' ? undefined : eks.serviceCidr,
      whose: `the Services of ${named} (eks.serviceCidr)`,
    },
    ...others,
  ].find((one) => collide(one.cidr, offered.cidr));
  if (taken !== undefined) {
    return [
      `${offered.cidr} overlaps with ${taken.cidr} of ${taken.whose}, and ${named} could not tell them apart; one of you ` +
        'uses other addresses, or both set federation.crossing: privatelink',
    ];
  }
  const both =
    'which it writes where its VPC was known to have other addresses; send it your offer, and have it written anew';
  if (requests && requested !== undefined) {
    return [
      `${partner} has requested ${requested}, and ${named} requests too, as its VPC has the lower addresses: of the two one ` +
        `accepts. Compare the addresses (${cidr} here, ${offered.cidr} there), ${both}`,
    ];
  }
  return !requests && accepted
    ? [
        `${partner} says that it has accepted a connection, and requests it, as its VPC has the lower addresses: of the two ` +
          `one accepts. Compare the addresses (${cidr} here, ${offered.cidr} there), ${both}`,
      ]
    : [];
}
