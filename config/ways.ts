import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { gatewayHostsProblem } from '../constructs/federation/plan/internal';
import { ipv6AddressProblem } from '../constructs/network/address';
import { checked } from './checked';

/** All ways. */
export const CROSSINGS = ['internet', 'given', 'peering', 'privatelink'] as const;
/** One of `CROSSINGS`. */
export type Crossing = (typeof CROSSINGS)[number];

const oneAddress = checked(addressProblem);

/** A host name or an IP address by which others reach a gateway, or several of them. */
export const gatewayAddress = z.union([
  oneAddress,
  z
    .array(oneAddress)
    .min(1)
    .max(16)
    .superRefine((all, context) => {
      const twice = all.findIndex((one, i) => all.indexOf(one) !== i);
      if (twice >= 0) {
        const message = `${all[twice] ?? ''} is listed twice; list it once`;
        context.addIssue({ code: 'custom', path: [twice], message });
      }
      const message = gatewayHostsProblem(all);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
]);

function addressProblem(text: string): string | undefined {
  const right = 'must be a host name or an IP address, such as gateway.example.com';
  if (isIPv4(text)) {
    return /^(0|127|169\.254|22[4-9]|2[345]\d)\./.test(text)
      ? `${text} is no address of a gateway that others reach; ${right}`
      : undefined;
  }
  if (isIPv6(text)) return ipv6AddressProblem(text);
  const [, bracketed = '', port] = /^\[(.*)\](:\d+)?$/.exec(text) ?? [];
  if (isIPv6(bracketed)) {
    return `${text} has brackets${port === undefined ? '' : ' and a port'}; write ${bracketed}`;
  }
  if (/^[a-z]+:\/\//i.test(text) || /[/@?#]/.test(text)) return `"${text}" is a URL; ${right}`;
  if (/:\d+$/.test(text)) {
    return `"${text}" has a port; leave it out: the ports are those of the gateway, or addressPort`;
  }
  const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
  const isHost = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`).test(text);
  // Four numbers that are no address are no name either: no top-level domain is a number.
  return isHost && !/\.\d+$/.test(text) ? undefined : `"${text}" is neither; ${right}`;
}

/** Whether a way is made here, between VPCs. */
export function isPrivateConnection(way: Crossing): way is 'peering' | 'privatelink' {
  return way === 'peering' || way === 'privatelink';
}
