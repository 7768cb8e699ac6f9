import type { SocketAddress } from '../crossing';
import type { Address } from './types';

export function extension<Config extends object>(
  name: string,
  message: string,
  config: Config,
): { name: string; typed_config: { '@type': string } & Config } {
  return { name, typed_config: { '@type': type(message), ...config } };
}

export function type(message: string): string {
  return `type.googleapis.com/envoy.extensions.${message}`;
}

export function address({ host, port }: SocketAddress): Address {
  return { socket_address: { address: host, port_value: port } };
}

/** To listen on: every address of the pod, of IPv4 and IPv6, is `::`. */
export function listenAddress({ host, port }: SocketAddress): Address {
  return {
    socket_address: {
      address: host,
      port_value: port,
      ...(host === '::' && { ipv4_compat: true }),
    },
  };
}

export function seconds(value: number): `${number}s` {
  return `${value}s`;
}
