import { parseCidr } from '../constructs/network/cidr';
import type { Problem } from '../constructs/problems';
import type { ClusterSettings, NewClusterSettings } from './clusters';
import { ownNatGateways } from './egress';
import type { Config } from './schema';
import { otherSide, type Side, SIDES } from './sides';

/** The settings, whatever they started from. */
type Facts = Omit<Config, 'profile'>;

/*
 * The gateways by which the other mesh enters: who may connect to their load balancers, and what AWS
 * makes of that.
 */

/** Listeners that a Network Load Balancer has at most, one for each port. */
export const NLB_LISTENERS = 50;

/** Whether the load balancer of a gateway is one of AWS's. */
export function isOnAws({ kind }: ClusterSettings): boolean {
  return kind !== 'kubeconfig';
}

/** Whether a rule leads from the other mesh into this one. */
export function isEntered({ rules }: Config['accessPolicy'], side: Side): boolean {
  return rules.some(
    ({ from, to }) => to.split('/')[0] === side && from.split('/')[0] === otherSide(side),
  );
}

/** From where the other cluster's pods reach a gateway, as far as the settings say. */
export interface Partner {
  /** CIDR blocks that are known now. */
  readonly cidrs: readonly string[];
  /** NAT gateways of the other cluster that are made here, by whose addresses its pods come too. */
  readonly natGateways: number;
}

/** Empty where it is not known. */
export function partnerOf({ clusters, meshes }: Facts, side: Side): Partner {
  const other = clusters[otherSide(side)];
  if (!meshes[side].gateway.internal) {
    return { cidrs: other.egressCidrs, natGateways: ownNatGateways(other) };
  }
  // Inside of connected VPCs pods come by their own addresses.
  const cidrs = other.kind === 'eks' && other.existingVpc === undefined ? [other.cidr] : [];
  return { cidrs, natGateways: 0 };
}

/**
 * CIDR blocks that may connect to a gateway: the other cluster's and those that the user lists. Without
 * a list and without knowing the other cluster's, everybody.
 *
 * @param natCidrs Addresses of the NAT gateways in `partnerOf`.
 */
export function gatewaySources(
  config: Facts,
  side: Side,
  natCidrs: readonly string[],
): readonly string[] | undefined {
  const { allowedSources } = config.meshes[side].gateway;
  if (allowedSources?.includes('0.0.0.0/0') === true) return allowedSources;
  const { cidrs, natGateways } = partnerOf(config, side);
  const known = [...cidrs, ...(natGateways > 0 ? natCidrs : [])];
  const sources = [...new Set([...(allowedSources ?? []), ...known])];
  return sources.length === 0 ? undefined : sources;
}

/** What cannot work with the gateways' load balancers; paths from the root. */
export function gatewayProblems(config: Facts): Problem[] {
  return SIDES.flatMap((side) => [
    ...sourceProblems(config, side),
    ...schemeProblems(config, side),
    ...connectionProblems(config, side),
  ]);
}

/** AWS refuses a block with bits behind its prefix. */
function sourceProblems({ meshes }: Facts, side: Side): Problem[] {
  return (meshes[side].gateway.allowedSources ?? []).flatMap((cidr, i) => {
    try {
      parseCidr(cidr, '203.0.113.0/24');
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [{ path: ['meshes', side, 'gateway', 'allowedSources', i], message }];
    }
  });
}

/** Elsewhere the load balancer would face the internet all the same. */
function schemeProblems({ clusters, meshes }: Facts, side: Side): Problem[] {
  if (!meshes[side].gateway.internal || isOnAws(clusters[side])) return [];
  return [
    {
      path: ['meshes', side, 'gateway', 'internal'],
      message:
        `is true, which EKS alone understands, and clusters.${side} is a kubeconfig; leave it out, and ` +
        "list what makes your cloud's load balancer an internal one in gateway.annotations",
      comparedWith: [['clusters', side]],
    },
  ];
}

/** Whether pods of the one cluster certainly cannot call the other by private addresses. */
function areApart({ clusters: { istio, consul }, federation }: Facts): boolean {
  if (federation.connection === 'private' || istio.kind !== 'eks' || consul.kind !== 'eks') {
    return false;
  }
  const [one, other] = [istio.existingVpc?.vpcId, consul.existingVpc?.vpcId];
  return one === undefined || one !== other;
}

function hasPrivateApi({ eks: { endpoint } }: NewClusterSettings): boolean {
  return endpoint.privateOnly && endpoint.publicCidrs.length === 0;
}

const CONNECT =
  'connect the two VPCs (peering or a transit gateway, with routes) and set ' +
  'federation.connection: private';

function connectionProblems(config: Facts, side: Side): Problem[] {
  const { clusters, meshes, accessPolicy, federation } = config;
  const other = otherSide(side);
  if (!areApart(config)) return [];
  const comparedWith = [['federation', 'connection'], ['accessPolicy'], ['clusters']];
  const problems: Problem[] = [];
  if (meshes[side].gateway.internal && isEntered(accessPolicy, side)) {
    problems.push({
      path: ['meshes', side, 'gateway', 'internal'],
      message:
        `is true, and rules lead into ${side} from the other VPC, which cannot reach such a load ` +
        `balancer; ${CONNECT}, or leave internal out`,
      comparedWith,
    });
  }
  const cluster = clusters[side];
  const crosses = isEntered(accessPolicy, side) || isEntered(accessPolicy, other);
  const { trust } = federation;
  const given = trust.authorities === 'shared' || trust.roots[side] !== undefined;
  if (cluster.kind === 'eks' && hasPrivateApi(cluster) && crosses && !given) {
    problems.push({
      path: ['clusters', side, 'eks', 'endpoint', 'privateOnly'],
      message:
        'is true, and the pods of the other cluster, in another VPC, fetch the roots of the mesh from ' +
        `this API; ${CONNECT}, list publicCidrs in place of privateOnly, or give the roots as files in ` +
        'federation.trust.roots',
      comparedWith,
    });
  }
  return problems;
}

/** How many sources may connect to a gateway. */
export function sourceCount(config: Facts, side: Side): number {
  const { allowedSources } = config.meshes[side].gateway;
  if (allowedSources?.includes('0.0.0.0/0') === true) return allowedSources.length;
  const { cidrs, natGateways } = partnerOf(config, side);
  return new Set([...(allowedSources ?? []), ...cidrs]).size + natGateways || 1;
}

/** Ports of the Service of a gateway. */
export function gatewayPortCount({ meshes, accessPolicy }: Facts, side: Side): number {
  if (side === 'istio') {
    const { ports, previousTlsPort } = meshes.istio.gateway;
    return ports.length + 1 + (previousTlsPort === undefined ? 0 : 1);
  }
  const callers = accessPolicy.rules.filter(
    ({ from, to }) => from.startsWith('istio/') && to.startsWith('consul/'),
  );
  const services = new Set(callers.map(({ from }) => from.slice('istio/'.length)));
  const previous = Object.entries(accessPolicy.meshes.istio.services).filter(
    ([key, { previousGatewayPort }]) => services.has(key) && previousGatewayPort !== undefined,
  );
  // The Service of a gateway by which nobody enters has one all the same.
  return Math.max(1, meshes.consul.gateway.ports.length + services.size + previous.length);
}

/** What the user should know of who may connect to the gateways. */
export function gatewayNotices(config: Facts): string[] {
  return SIDES.filter((side) => isEntered(config.accessPolicy, side)).flatMap((side) => {
    const { gateway } = config.meshes[side];
    const { cidrs, natGateways } = partnerOf(config, side);
    const other = otherSide(side);
    if (gateway.allowedSources?.includes('0.0.0.0/0') === true) return [];
    if (cidrs.length + natGateways > 0) return [];
    return gateway.allowedSources === undefined
      ? [
          `The gateway of meshes.${side} takes connections from everybody, since it is not known from ` +
            `where the pods of clusters.${other} call out. List that in clusters.${other}.egressCidrs.`,
        ]
      : [
          `meshes.${side}.gateway.allowedSources must hold the addresses from which the pods of ` +
            `clusters.${other} call out, or name them in clusters.${other}.egressCidrs.`,
        ];
  });
}
