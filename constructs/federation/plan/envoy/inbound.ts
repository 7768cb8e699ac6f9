import { borderLimits, type Limits } from '../border-limits';
import type { InboundBorder, InboundCrossing } from '../crossing';
import { accessLog, CONNECTION_FIELDS } from './access-log';
import { type BorderConfiguration, configuration } from './bootstrap';
import { endpoint, httpProtocol } from './clusters';
import { sanOf } from '../identity';
import { forward, httpConnectionManager, tcpProxy } from './http';
import {
  acceptedConnections,
  BUFFER_BYTES,
  circuitBreakers,
  HANDSHAKE_SECONDS,
  HELLO_SECONDS,
} from './limits';
import { check, commonMistakes, sameNameMistakes } from './mistakes';
import { extension, listenAddress, seconds } from './parts';
import { rbacFilter, rules, upgradesOf } from './rules';
import { statName } from './statistics';
import { downstreamTls } from './tls';
import { httpTracing } from './tracing';
import type { FilterChain } from './types';

/**
 * Envoy for a border that ends foreign mTLS: one filter chain for each crossing, chosen by SNI, that
 * admits one identity and nobody else.
 *
 * @throws Error listing every mistake in the crossings.
 */
export function inboundBorderEnvoy(border: InboundBorder): BorderConfiguration {
  const { name, placement, crossings } = border;
  const limits = borderLimits(border.limits);
  // All peers of a border are of one mesh.
  const identityIn = crossings[0] && sanOf(crossings[0].peer);
  check(name, [...commonMistakes(crossings), ...sameNameMistakes(crossings)]);
  return configuration(border, limits, {
    direction: 'in',
    connections: acceptedConnections(limits),
    listener: {
      name: 'inbound',
      address: listenAddress(placement.listen),
      listener_filters: [
        extension(
          'envoy.filters.listener.tls_inspector',
          'filters.listener.tls_inspector.v3.TlsInspector',
          {},
        ),
      ],
      listener_filters_timeout: seconds(HELLO_SECONDS),
      // No default chain: a connection without TLS or with another SNI is closed.
      filter_chains: crossings.map((crossing) => inboundChain(border, limits, crossing)),
      per_connection_buffer_limit_bytes: BUFFER_BYTES,
      // A refused handshake never reaches a filter, so only the listener can log it.
      access_log: [accessLog('connection', CONNECTION_FIELDS, identityIn)],
    },
    clusters: crossings.map(({ id, protocol, callee }) => ({
      ...endpoint(id, callee.address),
      ...httpProtocol(protocol, limits),
      circuit_breakers: circuitBreakers(protocol, limits),
    })),
  });
}

function inboundChain(
  { name, placement, requests, tracing }: InboundBorder,
  limits: Limits,
  crossing: InboundCrossing,
): FilterChain {
  return {
    name: crossing.id,
    filter_chain_match: { transport_protocol: 'tls', server_names: [crossing.serverName] },
    filters: [
      // Only what has sent the right SNI gets here, and so is counted.
      extension(
        'envoy.filters.network.connection_limit',
        'filters.network.connection_limit.v3.ConnectionLimit',
        { stat_prefix: statName(crossing.id), max_connections: limits.connections },
      ),
      crossing.protocol === 'tcp'
        ? tcpProxy(crossing.id, limits, sanOf(crossing.peer))
        : httpConnectionManager(crossing.id, limits, {
            // What the client sent is replaced by the identity that this handshake verified.
            forward_client_cert_details: 'SANITIZE_SET',
            identityIn: sanOf(crossing.peer),
            connections: {
              idle_timeout: seconds(limits.idleSeconds),
              max_connection_duration: seconds(limits.connectionSeconds),
              max_stream_duration: seconds(limits.connectionSeconds),
            },
            routes: [
              {
                name: crossing.id,
                match: { prefix: '/' },
                ...forward(crossing, crossing.callee.authority),
              },
            ],
            filters: [rbacFilter(rules(crossing.allow))],
            upgrades: upgradesOf(crossing.allow),
            requests,
            tracing: httpTracing(tracing, name, crossing.id),
          }),
    ],
    transport_socket: downstreamTls(placement, crossing),
    transport_socket_connect_timeout: seconds(HANDSHAKE_SECONDS),
  };
}
