import { commandLine } from '../constructs/command-line';
import {
  consulGatewayPorts,
  type Offer,
  type OfferedConnection,
  type OfferedPeering,
  type OfferedPrivateLink,
} from '../constructs/federation/plan';
import { parseCidr } from '../constructs/cidr';
import { ownEntry } from '../constructs/own-entry';
import { awsPlace } from './connection';
import {
  hasPrivateGateway,
  type NewCluster,
  newClusters,
  type PrivateConnection,
  waysOf,
} from './crossing';
import { effectivePolicy } from './effective-policy';
import { callingPartners, federationStack } from './partners';
import { crossesTo, meshOf, type PlacedMesh } from './placed-meshes';
import { partitionOf } from './regions';
import type { Settings } from './schema';
import { isPrivateConnection } from './ways';

/*
 * A private connection to the VPC of a partner: each owner creates its own end, from what the offer of the
 * other one says.
 */

/** A partner's mesh that ours have to do with, and our clusters that do. */
interface Neighbour {
  readonly partner: string;
  /** @default it has not come yet */
  readonly offer?: Offer;
  readonly clusters: readonly NewCluster[];
}

export function neighbours(config: Settings): Neighbour[] {
  const all = newClusters(config);
  return Object.entries(config.partners).flatMap(([partner, { offer }]) => {
    const clusters = all.filter(({ meshes }) =>
      meshes.some(({ name }) => crossesTo(config.accessPolicy, name, partner)),
    );
    return clusters.length === 0 ? [] : [{ partner, offer, clusters }];
  });
}

/** Who creates endpoints for a gateway of ours. */
export interface PartnerCaller {
  readonly partner: string;
  /** Of the partner, as its offer names it. */
  readonly offered: OfferedPrivateLink;
}

/** Partners that call one of our meshes through PrivateLink, as far as their offers are there. */
export function partnerCallers(config: Settings, { name }: PlacedMesh): PartnerCaller[] {
  return callingPartners(config, name).flatMap(([partner, { offer }]) => {
    const offered = offer?.connection?.privatelink;
    return offered === undefined ? [] : [{ partner, offered }];
  });
}

/** The endpoint of ours by which a partner's mesh is called. */
export interface PartnerEndpoint {
  readonly partner: string;
  /** The cluster of ours in whose VPC it is. */
  readonly caller: NewCluster;
  readonly offered: OfferedPrivateLink;
  /** Ports of the partner's gateway. */
  readonly ports: readonly number[];
}

/** Partners' meshes that ours call through PrivateLink, as far as their offers are there. */
export function partnerEndpoints(config: Settings): PartnerEndpoint[] {
  return neighbours(config).flatMap(({ partner, offer }) => {
    const [caller] = callersOfPartner(config, partner);
    const offered = offer?.connection?.privatelink;
    if (caller === undefined || offer === undefined || offered === undefined) return [];
    const { facts } = offer;
    const ports =
      facts.kind === 'istio'
        ? [facts.tlsPort]
        : consulGatewayPorts(effectivePolicy(config), partner);
    return [{ partner, caller, offered, ports }];
  });
}

/** Clusters of ours whose services call a partner's mesh. */
export function callersOfPartner(config: Settings, partner: string): NewCluster[] {
  const { rules } = config.accessPolicy;
  return newClusters(config).filter(({ meshes }) =>
    meshes.some(({ name }) =>
      rules.some(({ from, to }) => meshOf(from) === name && meshOf(to) === partner),
    ),
  );
}

/** The VPC of a partner, and the one of ours that is peered with it. */
export interface PartnerPeer {
  /** The first of the partner's meshes in that VPC. */
  readonly partner: string;
  readonly cluster: NewCluster;
  readonly offered: OfferedPeering;
  /** Whether we request the connection, and the partner accepts it. */
  readonly requests: boolean;
  /** Id of the connection that the partner has requested, by its offer. */
  readonly requested?: string;
  /** Whether the partner has accepted ours, by its offer. */
  readonly accepted: boolean;
}

/** Peerings with partners, as far as their offers are there; each two VPCs once. */
export function partnerPeers(config: Settings): PartnerPeer[] {
  const all = neighbours(config).flatMap(({ partner, offer, clusters }) => {
    const offered = offer?.connection?.peering;
    return offered === undefined
      ? []
      : clusters.map((cluster): PartnerPeer => {
          const own = cluster.meshes.map(({ name }) => name);
          const idIn = (ids: Readonly<Record<string, string>> = {}) =>
            own.map((name) => ownEntry(ids, name)).find((id) => id !== undefined);
          return {
            partner,
            cluster,
            offered,
            requests: comesFirst(cluster.cluster.cidr, offered.cidr),
            requested: idIn(offered.requested),
            accepted: idIn(offered.accepted) !== undefined,
          };
        });
  });
  const vpcs = new Map<string, PartnerPeer[]>();
  for (const peer of all) {
    const key = `${peer.cluster.name} ${peer.offered.vpc}`;
    vpcs.set(key, [...(vpcs.get(key) ?? []), peer]);
  }
  return [...vpcs.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const requested = same.map((one) => one.requested).find((id) => id !== undefined);
    return [{ ...first, requested, accepted: same.some(({ accepted }) => accepted) }];
  });
}

/** Both owners know both blocks, which share no address: so both come to the same answer. */
function comesFirst(own: string, theirs: string): boolean {
  return parseCidr(own).address < parseCidr(theirs).address;
}

/** What keeps calls to partners from going by the connection, by their offers; a sentence each. */
export function awaitedConnections(config: Settings): { partner: string; message: string }[] {
  const { crossing } = config.federation;
  if (crossing === 'privatelink') {
    return partnerEndpoints(config).flatMap(({ partner, offered: { service } }) =>
      service === undefined
        ? [
            {
              partner,
              message:
                `The offer of ${partner} has no endpoint service yet. Its owner needs your offer, deploys its stack ` +
                'crossing, which creates the service and allows you to connect, and sends a new offer',
            },
          ]
        : [],
    );
  }
  if (crossing !== 'peering') return [];
  return partnerPeers(config).flatMap(({ partner, requests, requested, accepted }) => {
    if (requests && !accepted) {
      return [
        {
          partner,
          message:
            `The offer of ${partner} does not say that the peering has been accepted. Deploy the stack crossing, ` +
            'which requests it, and send a new offer; its owner deploys crossing with that, and sends a new one. AWS ' +
            'drops a request after seven days',
        },
      ];
    }
    return requests || requested !== undefined
      ? []
      : [
          {
            partner,
            message:
              `The offer of ${partner} has no peering connection yet, which its owner requests, as its VPC has the ` +
              'lower addresses. Its owner needs your offer, deploys its stack crossing, and sends a new offer',
          },
        ];
  });
}

/** A cluster of ours whose network is connected with those of partners. */
export interface PartnerCluster {
  readonly cluster: NewCluster['cluster'];
  /** Whether partners call meshes in it. */
  readonly entered: boolean;
  /** Whether its services call partners. */
  readonly calls: boolean;
  /** Regions of the partners, as far as their offers are there. */
  readonly regions: readonly string[];
}

/** All of them. */
export function partnerClusters(config: Settings): PartnerCluster[] {
  const all = neighbours(config);
  return newClusters(config).flatMap(({ name, cluster, meshes }) => {
    const near = all.filter(({ clusters }) => clusters.some((one) => one.name === name));
    if (near.length === 0) return [];
    return [
      {
        cluster,
        entered: meshes.some((mesh) => callingPartners(config, mesh.name).length > 0),
        calls: near.some(({ partner }) =>
          callersOfPartner(config, partner).some((one) => one.name === name),
        ),
        regions: near.flatMap(({ offer }) => offer?.connection?.privatelink?.region ?? []),
      },
    ];
  });
}

/** What the user should know of connections that are not there yet. */
export function connectionNotices(config: Settings): string[] {
  return awaitedConnections(config).map(
    ({ partner, message }) =>
      `${message}. Until then the stack ${federationStack(config)} is left out, and what is deployed of it stays as ` +
      `it is. Write your offer with "${commandLine('offer', `--partner ${partner}`)}".`,
  );
}

/** What AWS knows of our end of a connection. */
export interface FoundEnd {
  /** Id of the VPC. */
  readonly vpc?: string;
  /** Name of the endpoint service for the gateway. */
  readonly service?: string;
  /** Ids of connections that we have requested, by the partner's mesh. */
  readonly requested: Readonly<Record<string, string>>;
  /** The same of those that we have accepted. */
  readonly accepted: Readonly<Record<string, string>>;
}

/** Whether an offer of a mesh has to say something of a connection. */
export function offersConnection({ federation, partners }: Settings): boolean {
  return waysOf({ federation }).some(isPrivateConnection) && Object.keys(partners).length > 0;
}

/**
 * What partners need to know of our end.
 *
 * @param found Nothing of it has to be there yet, but the VPC for a peering.
 */
export function connectionOf(
  config: Settings,
  { cluster }: NewCluster,
  { vpc, service, requested, accepted }: FoundEnd,
): OfferedConnection {
  const { region, accountId = '', roleArn } = awsPlace(cluster, config.aws);
  const some = (ids: Readonly<Record<string, string>>) =>
    Object.keys(ids).length === 0 ? undefined : ids;
  const [ofRequests, ofAccepted] = [some(requested), some(accepted)];
  const ends: Readonly<Record<PrivateConnection, Partial<OfferedConnection>>> = {
    privatelink: {
      privatelink: {
        principal: roleArn ?? `arn:${partitionOf(region) ?? 'aws'}:iam::${accountId}:root`,
        region,
        ...(service === undefined ? {} : { service }),
      },
    },
    peering: {
      peering: {
        account: accountId,
        region,
        vpc: vpc ?? '',
        cidr: cluster.cidr,
        ...(ofRequests && { requested: ofRequests }),
        ...(ofAccepted && { accepted: ofAccepted }),
      },
    },
  };
  return waysOf(config)
    .filter(isPrivateConnection)
    .reduce<OfferedConnection>((all, way) => ({ ...all, ...ends[way] }), {
      crossing: config.federation.crossing,
    });
}

/** Whether anybody but us reaches the gateway of a mesh by an address of ours. */
export function needsAddress(config: Settings, placed: PlacedMesh): boolean {
  if (config.federation.crossing === 'privatelink') return false;
  return !isPrivateConnection(config.federation.crossing) || hasPrivateGateway(config, placed);
}
