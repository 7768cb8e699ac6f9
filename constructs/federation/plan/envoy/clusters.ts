import { isIP } from 'node:net';
import type { Limits } from '../border-limits';
import type { CrossingProtocol, GatewayHosts } from '../crossing';
import { hostsOf } from '../gateway-hosts';
import { BUFFER_BYTES, CONNECT_SECONDS, HTTP2, UPSTREAM_IDLE_SECONDS } from './limits';
import { address, seconds, type } from './parts';
import { statName } from './statistics';
import type { Address, Cluster, HttpProtocolOptions } from './types';

/** Of a host, or of several that lead to the same: calls take turns. */
export function endpoint(
  name: string,
  { host, port }: { readonly host: GatewayHosts; readonly port: number },
): Cluster {
  const hosts = hostsOf(host);
  return {
    ...cluster(name, ...hosts.map((one) => address({ host: one, port }))),
    ...(hosts.some((one) => isIP(one) === 0) && {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_PREFERRED',
    }),
  };
}

export function cluster(name: string, ...targets: readonly Address[]): Cluster {
  const stat = statName(name);
  return {
    name,
    ...(stat !== name && { alt_stat_name: stat }),
    type: 'STATIC',
    connect_timeout: seconds(CONNECT_SECONDS),
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: targets.map((target) => ({ endpoint: { address: target } })) }],
    },
  };
}

export function httpProtocol(
  protocol: CrossingProtocol,
  limits: Limits,
): Pick<Cluster, 'typed_extension_protocol_options'> {
  if (protocol === 'tcp') {
    return {};
  }
  const options: HttpProtocolOptions = {
    '@type': type('upstreams.http.v3.HttpProtocolOptions'),
    common_http_protocol_options: {
      idle_timeout: seconds(UPSTREAM_IDLE_SECONDS),
      max_connection_duration: seconds(limits.connectionSeconds),
    },
    explicit_http_config:
      protocol === 'http' ? { http_protocol_options: {} } : { http2_protocol_options: HTTP2 },
  };
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options,
    },
  };
}
