import type { CallerHeader } from '../crossing';
import { extension } from './parts';
import type { HeaderMutation, HttpFilter } from './types';

/** The request header in which a border tells the callee the verified caller's identity. */
export const CALLER_HEADER = 'x-federation-caller';

/** In which a sidecar tells who called it; a border reads or overwrites it itself. */
export const XFCC: CallerHeader = 'x-forwarded-client-cert';

/** What Linkerd's proxies say to each other. */
const L5D = 'l5d-.*';

/**
 * Request headers that end at a border, as regular expressions of names. `-` also stands for `_`, which
 * many frameworks take for the same. All are headers that only a proxy of the callee's own side could
 * set truthfully. What proves itself (`authorization`, cookies) passes, and so does what only describes
 * (`traceparent`, `b3`, `baggage`, `x-request-id`, `via`).
 */
const CALLED_WITH: readonly string[] = [
  // Who called, and by which address, host, port, scheme and path. Two of them Envoy writes anew, in their own
  // spelling only.
  'forwarded',
  `x-forwarded-${allBut('client-cert', 'proto')}`,
  ...otherSpellings(XFCC),
  ...otherSpellings('x-forwarded-proto'),
  'x-forwarded',
  'x-forward-(for|host|port|proto)',
  'x-(original|originating|real)-.*',
  'front-end-https',
  'x-(url-)?scheme',
  '(x-)?(client|cluster-client|proxyuser|real-client|true-client)-ip',
  '(do-connecting|incap-client|x-nf-client-connection)-ip',
  'x-sucuri-clientip',
  'wl-proxy-.*',
  'x-arr-.*',
  'x-(http-)?host(-override)?',
  '(cf|fastly|fly|x-appengine|x-azure|x-vercel)-.*',
  // Another method or path than the one that the rule has judged.
  'x-http-method(-override)?',
  'x-method-override',
  'x-(rewrite|override)-(path|uri|url)',
  // Whom a proxy has authenticated.
  '(x-)?remote-(addr|email|groups?|host|ip|name|user)',
  'x-remote-extra-.*',
  'impersonate-.*',
  'x-(auth-request|authenticated|authentik|pomerium|token-claim|vouch|webauth)-.*',
  // But not x-auth-token, which proves itself.
  'x-auth-(email|expiresin|groups|roles|subject|user|userid|username)',
  'x-(anonymous-consumer|consumer-.*|credential-identifier)',
  'x-((apigateway|endpoint)-api-)?userinfo',
  'x-jwt-(claims?|payload)(-.*)?',
  'x-(amzn-(mtls|oidc)|goog-(authenticated-user|iap)|ms-client-principal|ms-token)(-.*)?',
  'tailscale-.*',
  '(x-)?(ssl|tls)-.*',
  '(x-)?client-(cert|cert-chain|dn|verify)',
  // What proxies say to each other. CGI-like frameworks take "proxy" for HTTP_PROXY.
  'x-(consul|envoy|istio)-.*',
  L5D,
  'proxy(-.*)?',
  CALLER_HEADER,
];

/** Of an answer: what the caller's proxies would obey, and not its application. */
const ANSWERED_WITH: readonly string[] = [
  'x-(consul|envoy|istio)-.*',
  L5D,
  'x-accel-.*',
  'x-(lighttpd-send-file|reproxy-url|sendfile)',
  // Leads later calls to another place.
  'alt-svc',
  'proxy(-.*)?',
  CALLER_HEADER,
];

/** All that Linkerd's proxies say to each other but the caller's name, of which only the proxy's own spelling stays. */
const L5D_BUT_CALLER: readonly string[] = [
  `l5d-${allBut('client-id')}`,
  ...otherSpellings('l5d-client-id'),
];

/**
 * Takes headers away before any rule looks at a request, and from trailers, in both directions.
 *
 * @param callerHeader Header by which the sidecar says who calls, which stays for the routes.
 */
export function headerFilter(callerHeader?: CallerHeader): HttpFilter {
  const called =
    callerHeader === 'l5d-client-id'
      ? CALLED_WITH.flatMap((name) => (name === L5D ? L5D_BUT_CALLER : [name]))
      : CALLED_WITH;
  return extension(
    'envoy.filters.http.header_mutation',
    'filters.http.header_mutation.v3.HeaderMutation',
    {
      mutations: {
        request_mutations: [removing(called)],
        request_trailers_mutations: [removing([...CALLED_WITH, XFCC, 'x-forwarded-proto'])],
        response_mutations: [removing(ANSWERED_WITH)],
        response_trailers_mutations: [removing(ANSWERED_WITH)],
      },
    },
  );
}

function removing(names: readonly string[]): HeaderMutation {
  const regex = names.map(eitherHyphen).join('|');
  return { remove_on_match: { key_matcher: { safe_regex: { regex } } } };
}

/** With `[-_]` for every hyphen, but in a set of characters. */
function eitherHyphen(name: string): string {
  return name.replaceAll(/-(?![^[]*\])/g, '[-_]');
}

/** A name with an underscore in place of one or more of its hyphens. */
function otherSpellings(name: string): string[] {
  const words = name.split('-');
  return words.slice(1).map((_, gap) => {
    const [before, after] = [words.slice(0, gap + 1), words.slice(gap + 1)];
    return `${before.join('[-]')}[_]${after.join('[-_]')}`;
  });
}

/** Every text but these, which begin with different letters. RE2 cannot look ahead. */
function allBut(...words: readonly string[]): string {
  const first = words.map((word) => word[0]).join('');
  return `(${[`[^${first}].*`, ...words.flatMap(notWord), ''].join('|')})`;
}

function notWord(word: string): string[] {
  const letters = [...word];
  return [
    ...letters.slice(1).flatMap((letter, index) => {
      const before = word.slice(0, index + 1);
      return [before, `${before}${letter === '-' ? '[^-_]' : `[^${letter}]`}.*`];
    }),
    `${word}.+`,
  ];
}
