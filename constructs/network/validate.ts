import { messageOf, type Problem, repeatProblems } from '../problems';
import { cidrProblem, isOfIPv6 } from '../address';
import { awsIdProblems, awsIdsProblems } from './aws-ids';
import { isPrivate, parseCidr } from '../cidr';
import { MAX_ZONES, planSubnets } from './subnets';
import type { NetworkAttributes, NetworkProps } from './props';
import { isUnresolved } from '../unresolved';

/** What is wrong with the settings of a VPC. */
export function networkProblems(
  props: Pick<NetworkProps, 'cidr' | 'zones' | 'nat' | 'natAllocationIds'>,
): Problem[] {
  return [...zoneProblems(props), ...cidrProblems(props), ...natProblems(props)];
}

/** What is wrong with what is said of a VPC that exists. */
export function networkAttributeProblems(attributes: NetworkAttributes): Problem[] {
  const { vpcId, privateSubnetIds, publicSubnetIds, cidr, ipv6Cidr } = attributes;
  const { privateRouteTableIds, publicRouteTableIds } = attributes;
  return [
    ...awsIdProblems(['vpcId'], 'vpc', vpcId),
    ...awsIdsProblems(['privateSubnetIds'], 'subnet', privateSubnetIds),
    ...awsIdsProblems(['publicSubnetIds'], 'subnet', publicSubnetIds),
    ...awsIdsProblems(['privateRouteTableIds'], 'rtb', privateRouteTableIds),
    ...awsIdsProblems(['publicRouteTableIds'], 'rtb', publicRouteTableIds),
    ...blockProblems('cidr', cidr, false),
    ...blockProblems('ipv6Cidr', ipv6Cidr, true),
    ...existingNetworkProblems(attributes),
  ];
}

/** What is wrong with a block of one family; nothing where it is left out. */
function blockProblems(setting: string, block: string | undefined, ipv6: boolean): Problem[] {
  if (block === undefined || isUnresolved(block)) return [];
  const message =
    isOfIPv6(block) === ipv6
      ? cidrProblem(block)
      : `is "${block}"; must be a CIDR block of IPv${ipv6 ? '6, such as 2001:db8:1:100::/56' : '4, such as 10.10.0.0/16'}`;
  return message === undefined ? [] : [{ path: [setting], message }];
}

/** What is wrong with how the ids of a VPC that exists go together. */
export function existingNetworkProblems({
  privateSubnetIds,
  publicSubnetIds = [],
  privateRouteTableIds = [],
  publicRouteTableIds = [],
}: NetworkAttributes): Problem[] {
  const lists = { privateSubnetIds, publicSubnetIds, privateRouteTableIds, publicRouteTableIds };
  const problems = Object.entries(lists).flatMap(([list, ids]) => repeatProblems([list], ids));
  publicRouteTableIds.forEach((id, i) => {
    if (!privateRouteTableIds.includes(id)) return;
    const message = `${id} is among privateRouteTableIds too, and would get the same route twice; list it once`;
    problems.push({ path: ['publicRouteTableIds', i], message });
  });
  publicSubnetIds.forEach((id, i) => {
    if (!privateSubnetIds.includes(id)) return;
    const message = `${id} is among privateSubnetIds too, and a subnet is one of the two; list it once`;
    problems.push({ path: ['publicSubnetIds', i], message });
  });
  if (privateSubnetIds.length < 2) {
    const message = `${privateSubnetIds.length} listed; EKS needs two, in different zones`;
    problems.push({ path: ['privateSubnetIds'], message });
  }
  return problems;
}

/** Number of NAT gateways of a VPC with these settings. */
export function natGatewayCount({
  nat = 'one',
  zones = 3,
}: Pick<NetworkProps, 'nat' | 'zones'>): number {
  return { one: 1, 'per-zone': zoneCount(zones), none: 0 }[nat];
}

function zoneProblems({ zones = 3 }: Pick<NetworkProps, 'zones'>): Problem[] {
  const count = zoneCount(zones);
  if (!isPossible(count)) {
    const message = `${count} zones; EKS needs at least 2, and no region has more than ${MAX_ZONES}`;
    return [{ path: ['zones'], message }];
  }
  return typeof zones === 'number' ? [] : repeatProblems(['zones'], zones);
}

function cidrProblems({ cidr, zones = 3 }: Pick<NetworkProps, 'cidr' | 'zones'>): Problem[] {
  const path = ['cidr'];
  if (isUnresolved(cidr)) {
    const message = 'is known only at deploy; the subnets are worked out from it at synthesis';
    return [{ path, message }];
  }
  try {
    const block = parseCidr(cidr);
    const count = zoneCount(zones);
    if (isPossible(count)) planSubnets(cidr, count);
    return isPrivate(block)
      ? []
      : [
          {
            path,
            message: `${cidr} is not private; must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10`,
          },
        ];
  } catch (error) {
    return [{ path, message: messageOf(error) }];
  }
}

function natProblems({
  natAllocationIds,
  ...props
}: Pick<NetworkProps, 'zones' | 'nat' | 'natAllocationIds'>): Problem[] {
  const path = ['natAllocationIds'];
  const wrong = awsIdsProblems(path, 'eipalloc', natAllocationIds);
  const count = natGatewayCount(props);
  if (natAllocationIds === undefined || natAllocationIds.length === count) return wrong;
  const message = `${natAllocationIds.length} listed; must be one for each NAT gateway, which is ${count}`;
  return [...wrong, { path, message }];
}

/** Number of zones that a VPC with these settings is spread over. */
export function zoneCount(zones: number | readonly string[]): number {
  return typeof zones === 'number' ? zones : zones.length;
}

function isPossible(zones: number): boolean {
  return Number.isInteger(zones) && zones >= 2 && zones <= MAX_ZONES;
}
