import { isIP, isIPv4, isIPv6 } from 'node:net';
import { DNS_NAME } from '../../dns-names';
import { ipv6AddressProblem } from '../../address';
import type { GatewayHosts } from './crossing';

/** The addresses as a list. */
export function hostsOf(hosts: GatewayHosts): readonly string[] {
  return typeof hosts === 'string' ? [hosts] : hosts;
}

/** Whether all are addresses, one of them of IPv6, so that nothing may be looked up. */
export function areAddressesWithIPv6(hosts: readonly string[]): boolean {
  return hosts.some((host) => isIPv6(host)) && hosts.every((host) => isIP(host) !== 0);
}

/**
 * What is wrong with several addresses of one gateway. Istio has a name looked up in one family, that of the
 * sidecar, and beside it an address of the other family would never resolve.
 *
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/networking/core/cluster_builder.go
 */
export function gatewayHostsProblem(hosts: GatewayHosts): string | undefined {
  const all = hostsOf(hosts);
  const address = all.find((host) => isIPv6(host));
  const name = all.find((host) => isIP(host) === 0);
  return address === undefined || name === undefined
    ? undefined
    : `has the name ${name} beside ${address}, an IPv6 address, which sidecars cannot both look up; give names ` +
        'only, or addresses only';
}

/** What is wrong with one address of a gateway, whoever gives it: the settings, props, or the offer of a partner. */
export function gatewayHostProblem(text: string): string | undefined {
  const right = 'must be a host name or an IP address, such as gateway.example.com';
  if (/^(.*\.)?localhost$/i.test(text)) return `${text} leads each pod to itself; ${right}`;
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
  // Four numbers that are no address are no name either: no top-level domain is a number.
  return DNS_NAME.test(text) && !/\.\d+$/.test(text) ? undefined : `"${text}" is neither; ${right}`;
}
