import { borderLimits } from '../border-limits';
import type { CallerHeader, OutboundBorder, OutboundCrossing } from '../crossing';
import { type BorderConfiguration, configuration } from './bootstrap';
import { endpoint, httpProtocol } from './clusters';
import { XFCC } from './headers';
import { forward, httpConnectionManager, tcpProxy } from './http';
import { BUFFER_BYTES, circuitBreakers } from './limits';
import { callerMistakes, check, commonMistakes } from './mistakes';
import { listenAddress, seconds, type } from './parts';
import { RBAC, rbacFilter, rules, upgradesOf } from './rules';
import { refusalCounter, statName, UNKNOWN_CALLER } from './statistics';
import { upstreamTls } from './tls';
import { httpTracing } from './tracing';
import type { HeaderMatcher, Route } from './types';

/**
 * Envoy for a border that takes calls from its sidecar and starts foreign mTLS: one route for each
 * caller, chosen by the header in which the sidecar says who calls.
 *
 * @throws Error listing every mistake in the crossings.
 */
export function outboundBorderEnvoy(border: OutboundBorder): BorderConfiguration {
  const { name, placement, crossings, callerHeader = XFCC } = border;
  const limits = borderLimits(border.limits);
  check(name, [...commonMistakes(crossings), ...callerMistakes(crossings)]);
  const [only] = crossings;
  return configuration(border, limits, {
    direction: 'out',
    connections: limits.connections,
    listener: {
      name: 'outbound',
      address: listenAddress(placement.listen),
      filter_chains: [
        {
          name: 'outbound',
          filters: [
            only?.protocol === 'tcp'
              ? tcpProxy(only.id, limits)
              : httpConnectionManager('outbound', limits, {
                  // Read by the routes, which then drop it.
                  forward_client_cert_details: 'ALWAYS_FORWARD_ONLY',
                  identityIn: 'URI',
                  callerHeader,
                  // The sidecar ends its connections itself. If both did, requests would get lost.
                  connections: {
                    idle_timeout: '0s',
                    max_stream_duration: seconds(limits.connectionSeconds),
                  },
                  routes: crossings.map((crossing) => outboundRoute(crossing, callerHeader)),
                  // Denies whatever no route with a rule of its own has matched.
                  filters: [
                    rbacFilter({ action: 'ALLOW', policies: {} }, refusalCounter(UNKNOWN_CALLER)),
                  ],
                  requests: border.requests,
                  tracing: httpTracing(border.tracing, name),
                  upgrades: upgradesOf(crossings.flatMap(({ allow }) => allow)),
                }),
          ],
        },
      ],
      per_connection_buffer_limit_bytes: BUFFER_BYTES,
    },
    clusters: crossings.map((crossing) => ({
      ...endpoint(crossing.id, crossing.gateway),
      // A load balancer forgets silent connections (AWS after 350 s) and resets their next byte.
      upstream_connection_options: { tcp_keepalive: { keepalive_time: 60 } },
      ...httpProtocol(crossing.protocol, limits),
      circuit_breakers: circuitBreakers(crossing.protocol, limits),
      transport_socket: upstreamTls(placement, crossing),
    })),
  });
}

function outboundRoute(crossing: OutboundCrossing, callerHeader: CallerHeader): Route {
  return {
    name: crossing.id,
    match: { prefix: '/', headers: [callerMatch(crossing.caller, callerHeader)] },
    ...forward(crossing, crossing.authority),
    request_headers_to_remove: [...new Set([XFCC, callerHeader])],
    typed_per_filter_config: {
      [RBAC]: {
        '@type': type('filters.http.rbac.v3.RBACPerRoute'),
        rbac: {
          rules: rules(crossing.allow),
          shadow_rules: refusalCounter(statName(crossing.id), crossing.allow),
          track_per_rule_stats: true,
        },
      },
    },
  };
}

/** What only the sidecar can have said. */
function callerMatch(caller: string, name: CallerHeader): HeaderMatcher {
  switch (name) {
    case 'x-forwarded-client-cert':
      // The sidecar appends its element to what a client may have sent, and the certificate's
      // URI ends the element since mesh certificates carry no DNS names.
      return { name, string_match: { suffix: `;URI=${caller}` } };
    case 'l5d-client-id':
      // The proxy sets it in place of what a client may have sent, or takes that away.
      // https://github.com/linkerd/linkerd2-proxy/blob/release/v2.366.0/linkerd/app/inbound/src/http/set_identity_header.rs
      return { name, string_match: { exact: caller } };
  }
}
