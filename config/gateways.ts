import { commandLine } from '../constructs/command-line';
import { EVERYBODY, everybodyLike, isOfIPv6 } from '../constructs/address';
import type { Problem } from '../constructs/problems';
import { type ClusterSettings, hasIPv6Pods } from './clusters';
import { hasEntrance, hasOwnLoadBalancer, hasPrivateApi } from './crossing';
import { isPrivateConnection } from './ways';
import { effectivePolicy, waysInto } from './effective-policy';
import { waysBetween } from '../constructs/federation/plan/internal';
import { ownNatGateways } from './egress';
import { callingPartners } from './partners';
import {
  callersOf,
  crosses,
  hasGivenRoots,
  isEntered,
  meshOf,
  peersOf,
  type PlacedMesh,
  placedMeshes,
  serviceOf,
} from './placed-meshes';
import type { Settings } from './schema';

/*
 * The gateways by which other meshes enter: who may connect to their load balancers, and what AWS
 * makes of that.
 */

/** Listeners that a Network Load Balancer has at most, one for each port. */
export const NLB_LISTENERS = 50;

/** Whether the load balancer of a gateway is one of AWS's. */
export function isOnAws({ kind }: ClusterSettings): boolean {
  return kind !== 'kubeconfig';
}

/** Annotation by which a controller gives a load balancer addresses of both families: `dualstack`. */
export const IP_ADDRESS_TYPE = 'service.beta.kubernetes.io/aws-load-balancer-ip-address-type';

/** Whether the load balancer of a gateway is one of AWS's with addresses of IPv4 and IPv6. */
function hasBothFamilies({ mesh, cluster }: PlacedMesh): boolean {
  if (cluster.kind === 'kubeconfig' || cluster.loadBalancers === 'in-cloud') return false;
  return hasIPv6Pods(cluster) || mesh.gateway.annotations[IP_ADDRESS_TYPE] === 'dualstack';
}

/** Whether it certainly has addresses of IPv4 only. */
export function hasIPv4Only(placed: PlacedMesh): boolean {
  return isOnAws(placed.cluster) && !hasBothFamilies(placed);
}

/** From where the pods of a calling cluster reach a gateway, as far as the settings say. */
interface Sources {
  /** The setting of the cluster, or the partner's mesh. */
  readonly who: { readonly cluster: string } | { readonly partner: string };
  /** CIDR blocks that are known now. */
  readonly cidrs: readonly string[];
  /** NAT gateways of the cluster that are made here, by whose addresses its pods come too. */
  readonly natGateways: number;
}

/** Of each cluster and each partner that calls, once; empty where it is not known. */
function sourcesOf(config: Settings, placed: PlacedMesh): Sources[] {
  const { name, mesh } = placed;
  const partners = callingPartners(config, name).map(([partner, { offer }]): Sources => ({
    who: { partner },
    // A load balancer of IPv4 cannot be told those of IPv6, and nobody comes to it from there.
    cidrs: (offer?.sources ?? []).filter((cidr) => !(isOfIPv6(cidr) && hasIPv4Only(placed))),
    natGateways: 0,
  }));
  const policy = effectivePolicy(config);
  const clusters = new Map(
    callersOf(config, name)
      // Within the cluster they come past it.
      .filter((caller) => waysBetween(policy, caller.name, name).some((way) => way !== 'service'))
      .map(({ clusterName, cluster }) => [clusterName, cluster]),
  );
  const own = [...clusters].map(([cluster, settings]): Sources => {
    const who = { cluster };
    if (!mesh.gateway.internal) {
      const natGateways = ownNatGateways(settings);
      return { who, cidrs: settings.egressCidrs, natGateways };
    }
    // Inside of connected VPCs pods come by their own addresses.
    const isOwnVpc = settings.kind === 'eks' && settings.existingVpc === undefined;
    return { who, cidrs: isOwnVpc ? [settings.cidr] : [], natGateways: 0 };
  });
  return [...own, ...partners];
}

/** The same without those that the list admits with everybody else of their family. */
function sourcesToList(config: Settings, placed: PlacedMesh): Sources[] {
  const { allowedSources = [] } = placed.mesh.gateway;
  const isListed = (cidr: string) => allowedSources.includes(everybodyLike(cidr));
  return sourcesOf(config, placed).map(({ who, cidrs, natGateways }) => ({
    who,
    cidrs: cidrs.filter((cidr) => !isListed(cidr)),
    natGateways: allowedSources.includes(EVERYBODY[0]) ? 0 : natGateways,
  }));
}

/** Those of whom it is not known by which addresses they call. */
function unknown(sources: readonly Sources[]): Sources['who'][] {
  return sources
    .filter(({ cidrs, natGateways }) => cidrs.length + natGateways === 0)
    .map(({ who }) => who);
}

/**
 * CIDR blocks that may connect to a gateway: those of the clusters that call, and those that the user
 * lists. Without a list, and where it is not known from where one of them calls, everybody.
 *
 * @param natCidrs Addresses of the NAT gateways of a cluster, by its name.
 * @param ipv6Cidrs IPv6 addresses of the VPC of a cluster whose pods have such, by its name: they call by these,
 *   which nobody translates, where the load balancer has IPv6 too.
 */
export function gatewaySources(
  config: Settings,
  placed: PlacedMesh,
  natCidrs: (cluster: string) => readonly string[],
  ipv6Cidrs: (cluster: string) => readonly string[] = () => [],
): readonly string[] | undefined {
  const { allowedSources } = placed.mesh.gateway;
  const callers = sourcesToList(config, placed);
  if (allowedSources === undefined && unknown(callers).length > 0) return undefined;
  // Nobody calls by it, but by ports of the user's own.
  if (allowedSources === undefined && callers.length === 0) return undefined;
  const known = callers.flatMap(({ who, cidrs, natGateways }) => [
    ...cidrs,
    ...(natGateways > 0 && 'cluster' in who ? natCidrs(who.cluster) : []),
    ...('cluster' in who && hasBothFamilies(placed) && allowedSources?.includes('::/0') !== true
      ? ipv6Cidrs(who.cluster)
      : []),
  ]);
  return [...new Set([...(allowedSources ?? []), ...known])];
}

/** What cannot work with the gateways' load balancers; paths from the root. */
export function gatewayProblems(config: Settings): Problem[] {
  return placedMeshes(config).flatMap((placed) => [
    ...schemeProblems(placed),
    ...connectionProblems(config, placed),
  ]);
}

/** Elsewhere the load balancer would face the internet all the same. */
function schemeProblems({ name, mesh, clusterName, cluster }: PlacedMesh): Problem[] {
  if (!mesh.gateway.internal || isOnAws(cluster)) return [];
  return [
    {
      path: ['meshes', name, 'gateway', 'internal'],
      message:
        `is true, which EKS alone understands, but clusters.${clusterName} is a kubeconfig; leave it out, and ` +
        "list what makes your cloud's load balancer an internal one in gateway.annotations",
      comparedWith: [['clusters', clusterName]],
    },
  ];
}

/** Whether pods of the one cluster certainly cannot call the other by private addresses. */
function areApart({ federation }: Settings, one: ClusterSettings, other: ClusterSettings): boolean {
  if (one.kind !== 'eks' || other.kind !== 'eks') return false;
  if (federation.crossing === 'given' || federation.crossing === 'peering') return false;
  if (one === other) return false;
  const vpc = one.existingVpc?.vpcId;
  return vpc === undefined || vpc !== other.existingVpc?.vpcId;
}

const CONNECT =
  'set federation.crossing: peering, or connect the VPCs yourself (peering or a transit gateway, with ' +
  'routes) and set federation.crossing: given';

function connectionProblems(config: Settings, placed: PlacedMesh): Problem[] {
  const { accessPolicy, federation } = config;
  const { name, mesh, clusterName, cluster } = placed;
  const isApart = (other: PlacedMesh) => areApart(config, cluster, other.cluster);
  const comparedWith = [['federation', 'crossing'], ['accessPolicy'], ['clusters']];
  const problems: Problem[] = [];
  if (
    mesh.gateway.internal &&
    !isPrivateConnection(federation.crossing) &&
    isEntered(accessPolicy, name) &&
    callersOf(config, name).some(isApart)
  ) {
    problems.push({
      path: ['meshes', name, 'gateway', 'internal'],
      message:
        `is true, but rules lead into ${name} from another VPC, which cannot reach such a load ` +
        `balancer; ${CONNECT}, or leave internal out`,
      comparedWith,
    });
  }
  const [partner] = callingPartners(config, name).map(([other]) => other);
  if (
    mesh.gateway.internal &&
    mesh.gateway.address === undefined &&
    federation.crossing === 'internet' &&
    partner !== undefined
  ) {
    problems.push({
      path: ['meshes', name, 'gateway', 'internal'],
      message:
        `is true, but rules lead into ${name} from ${partner}, a partner's, whose network cannot reach such a ` +
        'load balancer; leave internal out, or connect the networks together with its owner and set ' +
        'federation.crossing: given',
      comparedWith: [...comparedWith, ['meshes', partner, 'partner']],
    });
  }
  if (
    cluster.kind === 'eks' &&
    hasPrivateApi(cluster) &&
    crosses(accessPolicy, name) &&
    !hasGivenRoots(federation, name) &&
    peersOf(config, name).some(isApart)
  ) {
    problems.push({
      path: ['clusters', clusterName, 'eks', 'endpoint', 'privateOnly'],
      message:
        'is true, but pods of another cluster, in another VPC, fetch the roots of the mesh from ' +
        `this API; ${CONNECT}, list publicCidrs in place of privateOnly, or give the roots as files in ` +
        'federation.trust.roots',
      comparedWith,
    });
  }
  return problems;
}

/** How many sources may connect to a gateway. */
export function sourceCount(config: Settings, placed: PlacedMesh): number {
  const { allowedSources } = placed.mesh.gateway;
  const callers = sourcesToList(config, placed);
  if (allowedSources === undefined && unknown(callers).length > 0) return 1;
  const listed = new Set([...(allowedSources ?? []), ...callers.flatMap(({ cidrs }) => cidrs)]);
  return callers.reduce((sum, { natGateways }) => sum + natGateways, listed.size) || 1;
}

/** Ports of the Service of a gateway, or of the borders past it, if those are more. */
export function gatewayPortCount(config: Settings, { name, mesh }: PlacedMesh): number {
  const { accessPolicy } = config;
  const ofIstio =
    mesh.kind === 'istio'
      ? mesh.gateway.ports.length + 1 + (mesh.gateway.previousTlsPort === undefined ? 0 : 1)
      : 0;
  const ways = waysInto(config, name);
  if (mesh.kind === 'istio' && !ways.has('load-balancer')) return ofIstio;
  const callers = new Set(
    accessPolicy.rules
      .filter(({ from, to }) => meshOf(to) === name && meshOf(from) !== name)
      .map(({ from }) => from),
  );
  const previous = [...callers].filter(
    (from) => serviceOf(accessPolicy, from)?.previousGatewayPort !== undefined,
  );
  // The Service of a gateway by which nobody enters has one all the same.
  const others = mesh.kind === 'linkerd' ? 0 : mesh.gateway.ports.length;
  return Math.max(
    1,
    others + callers.size + previous.length,
    // While the one follows the other, each has its own.
    ways.has('gateway') ? ofIstio : 0,
  );
}

/** What the user should know of who may connect to the gateways. */
export function gatewayNotices(config: Settings): string[] {
  return (
    placedMeshes(config)
      .filter(({ name }) => isEntered(config.accessPolicy, name))
      // What is private admits the other VPC.
      .filter((placed) => hasOwnLoadBalancer(config, placed) || hasEntrance(config, placed))
      .flatMap((placed) => {
        const { name, mesh } = placed;
        const { allowedSources } = mesh.gateway;
        const offered = sourcesToList(config, placed).flatMap(({ who, cidrs }) =>
          'partner' in who ? openNotices(name, who.partner, cidrs) : [],
        );
        if (allowedSources?.includes(EVERYBODY[0]) === true) return offered;
        const asked = unknown(sourcesOf(config, placed)).map((who) =>
          'partner' in who
            ? partnerNotice(name, who.partner, allowedSources !== undefined)
            : allowedSources === undefined
              ? `The gateway of meshes.${name} takes connections from everybody, since it is not known from ` +
                `where the pods of clusters.${who.cluster} call out. List that in clusters.${who.cluster}.egressCidrs.`
              : `meshes.${name}.gateway.allowedSources must hold the addresses from which the pods of ` +
                `clusters.${who.cluster} call out, or name them in clusters.${who.cluster}.egressCidrs.`,
        );
        return [...offered, ...asked];
      })
  );
}

/** Of a partner's offer by which everybody may connect, which the own settings do not say. */
function openNotices(mesh: string, partner: string, cidrs: readonly string[]): string[] {
  return EVERYBODY.filter((all) => cidrs.includes(all)).map(
    (all) =>
      `The gateway of meshes.${mesh} takes connections from everybody${all === '::/0' ? ' who comes by IPv6' : ''}, ` +
      `since ${partner} offers to call from ${all}: have it write an offer with its own addresses ` +
      `("${commandLine('offer', '--sources')}").`,
  );
}

function partnerNotice(mesh: string, partner: string, isLimited: boolean): string {
  const ask = `have ${partner} write an offer that says so ("${commandLine('offer', '--sources')}")`;
  return isLimited
    ? `meshes.${mesh}.gateway.allowedSources must hold the addresses from which ${partner} calls; or ${ask}.`
    : `The gateway of meshes.${mesh} takes connections from everybody, since it is not known from where ` +
        `${partner} calls: list that in meshes.${mesh}.gateway.allowedSources, or ${ask}.`;
}
