import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ownEntry } from './own-entry';
import { messageOf } from './problems';
import { parseCidr } from './cidr';

/*
 * Addresses of both families, as they are written. There is one right form of each, so that equal addresses are
 * equal texts; Kubernetes warns of any other form of IPv6, and will refuse it one day.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/4858-ip-cidr-validation
 */

/** Everybody, in the two families. */
export const EVERYBODY = ['0.0.0.0/0', '::/0'] as const;

/** Whether an address or a CIDR block is one of IPv6. Host names have no colon. */
export function isOfIPv6(text: string): boolean {
  return text.includes(':');
}

/** The block of everybody in the family of this one. */
export function everybodyLike(cidr: string): (typeof EVERYBODY)[number] {
  return isOfIPv6(cidr) ? '::/0' : '0.0.0.0/0';
}

/** What is wrong with an IPv6 address by which others are to reach something; `text` is one (`node:net`). */
export function ipv6AddressProblem(text: string): string | undefined {
  const [bare = '', zone] = text.split('%');
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) {
    return `${text} is an IPv4 address in the form of IPv6; write ${address.toIPv4Address().toString()}`;
  }
  const range = zone === undefined ? ownEntry(NOT_REACHED, address.range()) : 'with a zone';
  if (range !== undefined) return `${text} is no address that others reach (${range})`;
  const right = address.toRFC5952String();
  return text === right ? undefined : `${text} must be written as ${right}`;
}

/** Ranges with addresses of which every host has its own. */
const NOT_REACHED: Readonly<Record<string, string>> = {
  unspecified: 'unspecified',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
};

/** What is wrong with a CIDR block of either family as it is written. */
export function cidrProblem(text: string): string | undefined {
  if (isIPv4(text)) return `must be a CIDR block: ${text}/32`;
  if (isIP(text) !== 0 && !text.includes('%')) {
    return `must be a CIDR block: ${ipaddr.IPv6.parse(text).toRFC5952String()}/128`;
  }
  return isOfIPv6(text) ? ipv6CidrProblem(text) : ipv4CidrProblem(text);
}

function ipv4CidrProblem(text: string): string | undefined {
  try {
    parseCidr(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function ipv6CidrProblem(text: string): string | undefined {
  if (text.includes('%') || !ipaddr.IPv6.isValidCIDR(text)) {
    return `"${text}" is no IPv6 CIDR block; write one such as 2001:db8:1::/48`;
  }
  const [address, prefix] = ipaddr.IPv6.parseCIDR(text);
  if (address.isIPv4MappedAddress()) {
    return `${text} is a block of IPv4 in the form of IPv6; write it as one of IPv4, such as 192.0.2.0/24`;
  }
  const network = ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String();
  const right = `${network}/${prefix}`;
  if (text === right) return undefined;
  return network === address.toRFC5952String()
    ? `${text} must be written as ${right}`
    : `${text} has bits set behind its prefix; write ${right}`;
}
