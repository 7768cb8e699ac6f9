import { formatCidr, parseCidr, size } from '../cidr';

/** The blocks of one VPC's subnets, by zone. */
export interface SubnetPlan {
  readonly public: readonly string[];
  readonly private: readonly string[];
}

/** Most zones that a VPC is spread over: no region has more. */
export const MAX_ZONES = 6;

/** What a VPC's CIDR block must be like for that many zones. */
export function vpcPrefixRange(zones: number): { readonly min: number; readonly max: number } {
  // AWS allows /16 to /28, for subnets too. A private subnet of less than /26 runs out of addresses
  // for pods on the second node.
  return { min: 16, max: zones <= 3 ? 24 : 22 };
}

/**
 * Divides a VPC's block: a large private subnet for each zone, where every pod takes an address, and
 * a small public one (/24 at most) for load balancers and NAT.
 *
 * The VPC is cut in four (up to 3 zones) or eight (up to 6): one piece for each private subnet, and
 * the last piece for the public ones. So a third zone can be added later without moving the others.
 *
 * @throws Error when the block is too small or too large, or the zones too many.
 */
export function planSubnets(vpc: string, zones: number): SubnetPlan {
  if (zones < 1 || zones > MAX_ZONES) {
    throw new Error(`${zones} zones; must be 1 to ${MAX_ZONES}`);
  }
  const { address, prefix } = parseCidr(vpc);
  const { min, max } = vpcPrefixRange(zones);
  if (prefix < min || prefix > max) {
    throw new Error(
      `${vpc} is too ${prefix < min ? 'large for a VPC' : `small for subnets in ${zones} zones`}; ` +
        `must be /${min} to /${max}`,
    );
  }
  const privatePrefix = prefix + (zones <= 3 ? 2 : 3);
  const publicArea = address + size(prefix) - size(privatePrefix);
  const publicPrefix = Math.max(24, privatePrefix + (zones <= 3 ? 2 : 3));
  const blocks = (first: number, length: number) =>
    Array.from({ length: zones }, (_, zone) =>
      formatCidr({ address: first + zone * size(length), prefix: length }),
    );
  return { private: blocks(address, privatePrefix), public: blocks(publicArea, publicPrefix) };
}
