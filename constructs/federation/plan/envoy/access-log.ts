import { extension } from './parts';
import type { AccessLog } from './types';
import { XFCC } from './headers';

export const CONNECTION_FIELDS = {
  sni: '%REQUESTED_SERVER_NAME%',
  crossing: '%FILTER_CHAIN_NAME%',
  peer: '%DOWNSTREAM_PEER_URI_SAN%',
  peer_issuer: '%DOWNSTREAM_PEER_ISSUER%',
  peer_serial: '%DOWNSTREAM_PEER_SERIAL%',
  tls: '%DOWNSTREAM_TLS_VERSION%',
  flags: '%RESPONSE_FLAGS%',
  termination: '%CONNECTION_TERMINATION_DETAILS%',
  refusal: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
  upstream_failure: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_in: '%BYTES_RECEIVED%',
  bytes_out: '%BYTES_SENT%',
  milliseconds: '%DURATION%',
};

export const REQUEST_FIELDS = {
  ...CONNECTION_FIELDS,
  crossing: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  // Without the query, which may hold what does not belong into a log.
  path: '%PATH(NQ:PATH)%',
  protocol: '%PROTOCOL%',
  status: '%RESPONSE_CODE%',
  reason: '%RESPONSE_CODE_DETAILS%',
  upstream: '%UPSTREAM_HOST%',
  request_id: '%REQ(X-REQUEST-ID)%',
  // At an outbound border, of a refused request only: routes drop the header.
  client_cert: `%REQ(${XFCC.toUpperCase()})%`,
};

/** @param identityIn Where the certificates of its clients carry their identity. */
export function accessLog(
  event: string,
  fields: typeof CONNECTION_FIELDS,
  identityIn: 'URI' | 'DNS' = 'URI',
): AccessLog {
  const peer = identityIn === 'URI' ? fields.peer : '%DOWNSTREAM_PEER_DNS_SAN%';
  return extension('envoy.access_loggers.stdout', 'access_loggers.stream.v3.StdoutAccessLog', {
    log_format: { json_format: { event, time: '%START_TIME%', ...fields, peer } },
  });
}
