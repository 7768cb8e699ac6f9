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
} satisfies Formats<ConnectionLogEntry>;

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
} satisfies Formats<RequestLogEntry>;

/** By which Envoy fills in the fields of an entry. */
type Formats<Entry> = Readonly<Record<Exclude<keyof Entry, 'event' | 'time'>, string>>;

/** What a border's log says of a connection: a line of JSON. What Envoy does not know is `null`. */
export interface ConnectionLogEntry {
  /**
   * `connection`: one that ended in the border, such as in its handshake. `tcp`: one that a crossing of the
   * protocol `tcp` carried.
   */
  readonly event: 'connection' | 'tcp';
  /** When the connection or the request began: ISO 8601, with milliseconds. */
  readonly time: string;
  /** Name that the client asked for in the TLS handshake. */
  readonly sni: string | null;
  /** The crossing, by its id in the plan. */
  readonly crossing: string | null;
  /** Identity of the client's certificate: a SPIFFE ID, or Linkerd's DNS name. */
  readonly peer: string | null;
  /** Who signed the client's certificate. */
  readonly peer_issuer: string | null;
  /** Serial number of the client's certificate, in hexadecimal. */
  readonly peer_serial: string | null;
  /** Version of TLS, such as `TLSv1.3`. */
  readonly tls: string | null;
  /** Envoy's response flags, separated by commas; `-` where there are none. */
  readonly flags: string | null;
  /** Why the border ended the connection, in Envoy's words. */
  readonly termination: string | null;
  /** Why the client's handshake failed, in Envoy's words. */
  readonly refusal: string | null;
  /** Why the handshake with the next hop failed, in Envoy's words. */
  readonly upstream_failure: string | null;
  /** Bytes from the client. */
  readonly bytes_in: number | null;
  /** Bytes to the client. */
  readonly bytes_out: number | null;
  /** How long the connection or the request took. */
  readonly milliseconds: number | null;
}

/** What a border's log says of an HTTP request: a line of JSON. What Envoy does not know is `null`. */
export interface RequestLogEntry extends Omit<ConnectionLogEntry, 'event'> {
  /** That the entry is of a request. */
  readonly event: 'request';
  /** Method of the request. */
  readonly method: string | null;
  /** Path of the request, without the query. */
  readonly path: string | null;
  /** Version of HTTP, such as `HTTP/2`. */
  readonly protocol: string | null;
  /** Status of the answer; 0 where there was none. */
  readonly status: number | null;
  /** Who answered, in Envoy's words: `via_upstream` where it was the next hop. */
  readonly reason: string | null;
  /** Address of the next hop. */
  readonly upstream: string | null;
  /** Header `x-request-id`, which borders pass on as it came. */
  readonly request_id: string | null;
  /** Who called, as the sidecar said; at an outbound border of refused requests only. */
  readonly client_cert: string | null;
}

/**
 * A line of the log of a border's Envoy.
 *
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/observability/access_log/usage
 */
export type BorderLogEntry = ConnectionLogEntry | RequestLogEntry;

/** @param identityIn Where the certificates of its clients carry their identity. */
export function accessLog(
  event: BorderLogEntry['event'],
  fields: typeof CONNECTION_FIELDS,
  identityIn: 'URI' | 'DNS' = 'URI',
): AccessLog {
  const peer = identityIn === 'URI' ? fields.peer : '%DOWNSTREAM_PEER_DNS_SAN%';
  return extension('envoy.access_loggers.stdout', 'access_loggers.stream.v3.StdoutAccessLog', {
    log_format: { json_format: { event, time: '%START_TIME%', ...fields, peer } },
  });
}
