import { isIPv4 } from 'node:net';
import { checked } from './checked';

/** All ways. */
export const CROSSINGS = ['internet', 'given', 'peering', 'privatelink'] as const;
/** One of `CROSSINGS`. */
export type Crossing = (typeof CROSSINGS)[number];

/** A host name or an IPv4 address by which others reach a gateway. */
export const gatewayAddress = checked(addressProblem);

function addressProblem(text: string): string | undefined {
  const right = 'must be a host name or an IPv4 address, such as gateway.example.com';
  if (isIPv4(text)) {
    return /^(0|127|169\.254|22[4-9]|2[345]\d)\./.test(text)
      ? `${text} is no address of a gateway that others reach; ${right}`
      : undefined;
  }
  if (/^[a-z]+:\/\//i.test(text) || /[/@?#]/.test(text)) return `"${text}" is a URL; ${right}`;
  if (/:\d+$/.test(text)) {
    return `"${text}" has a port; leave it out: the ports are those of the gateway`;
  }
  const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
  const isHost = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`).test(text);
  // Four numbers that are no address are no name either: no top-level domain is a number.
  return isHost && !/\.\d+$/.test(text) ? undefined : `"${text}" is neither; ${right}`;
}

/** Whether a way is made here, between VPCs. */
export function isPrivateWay(way: Crossing): way is 'peering' | 'privatelink' {
  return way === 'peering' || way === 'privatelink';
}
