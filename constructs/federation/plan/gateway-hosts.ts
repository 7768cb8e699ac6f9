import { isIP, isIPv6 } from 'node:net';
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
