import { describe, expect, it } from '@jest/globals';
import { headerFilter } from '../../../constructs/federation/plan/envoy/headers';
import type { CallerHeader } from '../../../constructs/federation/plan/crossing';

type Part =
  | 'request_mutations'
  | 'request_trailers_mutations'
  | 'response_mutations'
  | 'response_trailers_mutations';

/** Whether a border takes a header away: Envoy matches the whole name, in lower case. */
function goes(name: string, part: Part = 'request_mutations', callerHeader?: CallerHeader) {
  const mutations = headerFilter(callerHeader).typed_config.mutations?.[part] ?? [];
  return mutations.some(({ remove_on_match: { key_matcher: matcher } }) =>
    new RegExp(`^(?:${matcher.safe_regex?.regex ?? ''})$`).test(name),
  );
}

/** A name with each hyphen as it is, or as an underscore. */
function spellings(name: string): string[] {
  return name
    .split('-')
    .reduce<string[]>(
      (found, word) =>
        found.length === 0
          ? [word]
          : found.flatMap((start) => [`${start}-${word}`, `${start}_${word}`]),
      [],
    );
}

/** What only a proxy of the callee's own side could say truthfully, some of each kind. */
const CLAIMS = [
  ...['forwarded', 'x-forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-user'],
  // Names that begin like those that stay.
  ...['x-forwarded-c', 'x-forwarded-client', 'x-forwarded-client-certificate', 'x-forwarded-p'],
  ...['x-forwarded-protocol', 'x-forwarded-prefix', 'x-forwarded-client-x'],
  ...['x-forward-for', 'x-real-ip', 'x-original-url', 'x-originating-ip', 'front-end-https'],
  ...[
    'x-scheme',
    'x-url-scheme',
    'client-ip',
    'x-client-ip',
    'true-client-ip',
    'x-cluster-client-ip',
  ],
  ...['do-connecting-ip', 'x-nf-client-connection-ip', 'x-sucuri-clientip', 'wl-proxy-ssl'],
  ...['x-arr-clientcert', 'x-host', 'x-http-host-override', 'cf-connecting-ip', 'x-azure-ref'],
  ...['x-http-method', 'x-http-method-override', 'x-method-override', 'x-rewrite-url'],
  ...['x-override-path', 'remote-user', 'x-remote-group', 'x-remote-extra-scopes'],
  ...['impersonate-user', 'x-auth-request-email', 'x-pomerium-jwt-assertion', 'x-auth-user'],
  ...['x-auth-groups', 'x-consumer-username', 'x-anonymous-consumer', 'x-credential-identifier'],
  ...['x-userinfo', 'x-endpoint-api-userinfo', 'x-jwt-claim-sub', 'x-amzn-oidc-data'],
  ...['x-goog-iap-jwt-assertion', 'x-ms-client-principal-name', 'tailscale-user-login'],
  ...['ssl-client-dn', 'x-tls-verify', 'client-cert', 'x-client-verify', 'x-envoy-original-path'],
  ...['x-consul-token', 'x-istio-attributes', 'l5d-client-id', 'l5d-dst-override', 'proxy'],
  ...['proxy-authorization', 'x-federation-caller'],
];

/** What proves itself, only describes, or is an application's own. */
const PASSING = [
  ...['authorization', 'cookie', 'x-auth-token', 'x-api-key', 'content-type', 'accept', 'via'],
  ...['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'baggage', 'x-request-id', 'user-agent'],
  ...[
    'x-user-id',
    'origin',
    'referer',
    'grpc-timeout',
    'te',
    'upgrade',
    'x-remotely',
    'xforwarded',
  ],
];

describe('Of a request, a border', () => {
  it.each(CLAIMS)('takes %s away, whichever hyphens are underscores', (name) => {
    expect(spellings(name).filter((spelling) => !goes(spelling))).toEqual([]);
  });

  it.each(PASSING)('lets %s through', (name) => {
    expect(goes(name)).toBe(false);
  });

  // Where headers with underscores pass, CGI-like frameworks would read the client's word as Envoy's.
  it.each(['x-forwarded-client-cert', 'x-forwarded-proto'])(
    'leaves %s to Envoy, which writes it anew, and takes every other spelling away',
    (name) => {
      expect(spellings(name).filter((spelling) => !goes(spelling))).toEqual([name]);
    },
  );

  it("leaves the caller's name of Linkerd's proxy where the routes look at it, in its own spelling", () => {
    const left = (name: string) =>
      spellings(name).filter((spelling) => !goes(spelling, 'request_mutations', 'l5d-client-id'));
    expect(left('l5d-client-id')).toEqual(['l5d-client-id']);
    expect(left('l5d-client-ids')).toEqual([]);
    expect(left('l5d-client')).toEqual([]);
    expect(left('x-federation-caller')).toEqual([]);
  });

  it('takes all of them away from trailers, which nothing writes anew', () => {
    const all = [...CLAIMS, 'x-forwarded-client-cert', 'x-forwarded-proto'].flatMap(spellings);
    for (const caller of [undefined, 'l5d-client-id'] as const) {
      const stays = (name: string) => !goes(name, 'request_trailers_mutations', caller);
      expect(all.filter(stays)).toEqual([]);
      expect(PASSING.filter(stays)).toEqual(PASSING);
    }
  });
});

describe('Of an answer, a border', () => {
  const orders = [
    ...['x-accel-redirect', 'x-sendfile', 'x-lighttpd-send-file', 'x-reproxy-url', 'alt-svc'],
    ...['x-envoy-ratelimited', 'x-consul-index', 'x-istio-x', 'l5d-proxy-error', 'proxy-status'],
    'x-federation-caller',
  ];

  it.each(['response_mutations', 'response_trailers_mutations'] as const)(
    'takes away what proxies of the caller would obey: %s',
    (part) => {
      const all = orders.flatMap(spellings);
      expect(all.filter((name) => !goes(name, part))).toEqual([]);
      const kept = ['set-cookie', 'location', 'grpc-status', 'www-authenticate', 'forwarded'];
      expect(kept.filter((name) => goes(name, part))).toEqual([]);
    },
  );
});
