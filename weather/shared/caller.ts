import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './model.ts';

/** Set by the trust border: the SPIFFE ID of the service in the other mesh that calls. */
const FEDERATION_HEADER = 'x-federation-caller';

/**
 * Who called, by what the proxies before this service wrote into the request. To be shown, not to be
 * decided by: the meshes decide, and a caller that is let in without a border could send any of it.
 */
export function callerOf(headers: IncomingHttpHeaders): Caller {
  return {
    federation: single(headers[FEDERATION_HEADER]),
    peer: peerOf(single(headers['x-forwarded-client-cert'])),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : header;
  return text === undefined || text === '' ? undefined : text.slice(0, 4000);
}

/**
 * The URI name of the last client certificate: each proxy adds its own peer at the end, so that is
 * what this service's own sidecar saw.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
function peerOf(header: string | undefined): string | undefined {
  // Quoted as a whole where a value holds a separator.
  const pairs = (header ?? '').matchAll(/(?:^|[;,])\s*(\w+)=("(?:[^"\\]|\\.)*"|[^;,"]*)/g);
  const uris = [...pairs].filter(([, key]) => key?.toLowerCase() === 'uri');
  return uris.at(-1)?.[2]?.replace(/^"|"$/g, '').slice(0, 300) || undefined;
}
