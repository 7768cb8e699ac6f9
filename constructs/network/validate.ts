import { messageOf, type Problem, repeatProblems } from '../problems';
import { isPrivate, MAX_ZONES, parseCidr, planSubnets } from './cidr';
import type { NetworkAttributes, NetworkProps } from './props';
import { isUnresolved } from '../unresolved';

/** What is wrong with the settings of a VPC. */
export function networkProblems(
  props: Pick<NetworkProps, 'cidr' | 'zones' | 'nat' | 'natAllocationIds'>,
): Problem[] {
  return [...zoneProblems(props), ...cidrProblems(props), ...natProblems(props)];
}

/** What is wrong with the ids of a VPC that exists. */
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
  const count = natGatewayCount(props);
  if (natAllocationIds === undefined || natAllocationIds.length === count) return [];
  const message = `${natAllocationIds.length} listed; must be one for each NAT gateway, which is ${count}`;
  return [{ path: ['natAllocationIds'], message }];
}

/** Number of zones that a VPC with these settings is spread over. */
export function zoneCount(zones: number | readonly string[]): number {
  return typeof zones === 'number' ? zones : zones.length;
}

function isPossible(zones: number): boolean {
  return Number.isInteger(zones) && zones >= 2 && zones <= MAX_ZONES;
}
