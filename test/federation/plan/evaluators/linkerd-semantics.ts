/**
 * Linkerd's own reading of its resources, as far as the federation uses them. Written from the sources of
 * its policy controller and its proxy, and without the compiler's code.
 *
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/policy-controller/k8s/index/src/inbound/index.rs
 * @see https://github.com/linkerd/linkerd2-proxy/blob/release/v2.366.0/linkerd/app/inbound/src/policy/http.rs
 * @see https://github.com/linkerd/linkerd2-proxy/blob/release/v2.366.0/linkerd/http/route/src/lib.rs
 */
import type {
  FederationResource,
  HttpRoute,
  LinkerdAuthorizationPolicy,
} from '../../../../constructs/federation/plan/resources';
import { ofKind } from '../fixtures';
import type { HttpRequest, Sent } from '../http';

type Labels = Readonly<Record<string, string>>;

/** A connection or request that arrives at a pod. */
export interface Arrival {
  /** The DNS name in the client's certificate. */
  readonly identity: string;
  readonly port: number;
  readonly sent: Sent;
}

/**
 * Whether the pod's proxy lets it in. The Server for the port decides, whatever the default; where it has
 * HTTPRoutes, the one that fits best, with what is said about it and about the Server.
 *
 * @param isOlder Which of two routes is older, where that is known
 */
export function linkerdAdmits(
  resources: readonly FederationResource[],
  pod: { readonly namespace: string; readonly labels: Labels },
  { identity, port, sent }: Arrival,
  deniesByDefault = true,
  isOlder?: (one: HttpRoute, other: HttpRoute) => boolean,
): boolean {
  const here = resources.filter(({ metadata }) => metadata.namespace === pod.namespace);
  const [server, ...others] = ofKind(here, 'Server').filter(
    ({ spec }) => spec.port === port && subset(spec.podSelector.matchLabels, pod.labels),
  );
  if (others.length > 0) throw new Error(`two Servers for port ${port} in ${pod.namespace}`);
  if (server === undefined) return !deniesByDefault;
  const authorized = (target: Target) => isAuthorized(here, target, identity);
  const ofServer = () => authorized({ kind: 'Server', name: server.metadata.name });
  const routes = ofKind(here, 'HTTPRoute').filter(({ spec }) =>
    spec.parentRefs.some(({ kind, name }) => kind === 'Server' && name === server.metadata.name),
  );
  // An opaque Server looks at no requests.
  if (routes.length === 0 || server.spec.proxyProtocol === 'opaque') return ofServer();
  if (sent === 'bytes') return false;
  const route = bestOf(routes, sent, isOlder);
  return (
    route !== undefined &&
    (authorized({ kind: 'HTTPRoute', name: route.metadata.name }) || ofServer())
  );
}

interface Target {
  readonly kind: string;
  readonly name: string;
}

/** All authentications of one policy must be there; one policy is enough. */
function isAuthorized(
  here: readonly FederationResource[],
  target: Target,
  identity: string,
): boolean {
  return here
    .filter(
      (one): one is LinkerdAuthorizationPolicy =>
        one.kind === 'AuthorizationPolicy' && one.apiVersion === 'policy.linkerd.io/v1alpha1',
    )
    .filter(
      ({
        spec: {
          targetRef: { kind, name },
        },
      }) => kind === target.kind && name === target.name,
    )
    .some(({ spec: { requiredAuthenticationRefs: refs } }) =>
      refs.every((ref) =>
        ofKind(here, 'MeshTLSAuthentication').some(
          ({ metadata, spec }) =>
            metadata.name === ref.name && spec.identities.some((one) => matches(one, identity)),
        ),
      ),
    );
}

/** Exact, everybody, or `*.` and the end of a name. */
function matches(pattern: string, identity: string): boolean {
  return (
    pattern === '*' ||
    (pattern.startsWith('*.') ? identity.endsWith(pattern.slice(1)) : pattern === identity)
  );
}

/** How well a request fits: matched characters of the path, then whether the method is named. */
type Fit = readonly [path: number, method: number];

/**
 * The route that fits best. Where two fit equally well, Linkerd takes the older one. Within one plan nothing is
 * known of that: it must not happen.
 */
function bestOf(
  routes: readonly HttpRoute[],
  request: HttpRequest,
  isOlder?: (one: HttpRoute, other: HttpRoute) => boolean,
): HttpRoute | undefined {
  const fitting = routes.flatMap((route) =>
    route.spec.rules.flatMap((rule) =>
      rule.matches.flatMap((match) => {
        const path = pathFit(match.path, request.path);
        return path === undefined || (match.method ?? request.method) !== request.method
          ? []
          : [{ route, fit: [path, match.method === undefined ? 0 : 1] as const }];
      }),
    ),
  );
  const better = ([path, method]: Fit, [otherPath, otherMethod]: Fit) =>
    path > otherPath || (path === otherPath && method > otherMethod);
  const [best] = fitting.filter(({ fit }) => !fitting.some((other) => better(other.fit, fit)));
  const equal = fitting.filter(
    ({ fit, route }) => best !== undefined && !better(best.fit, fit) && route !== best.route,
  );
  if (isOlder !== undefined && best !== undefined) {
    const all = [best, ...equal].map(({ route }) => route);
    return all.find((one) => !all.some((other) => isOlder(other, one)));
  }
  if (equal.length > 0) {
    throw new Error(
      `${request.method} ${request.path} is of several routes: Linkerd takes the older`,
    );
  }
  return best?.route;
}

type Path = HttpRoute['spec']['rules'][number]['matches'][number]['path'];

/** A regular expression counts as much as the whole path, and is searched from the left. */
function pathFit({ type, value }: Path, path: string): number | undefined {
  switch (type) {
    case 'Exact':
      return value === path ? value.length : undefined;
    case 'RegularExpression': {
      const found = new RegExp(value).exec(path);
      return found?.index === 0 && found[0].length === path.length ? path.length : undefined;
    }
    case 'PathPrefix': {
      if (value === '/') return 1;
      const prefix = value.replace(/\/+$/, '');
      const trimmed = path.replace(/\/+$/, '');
      const isOf = trimmed === prefix || trimmed.startsWith(`${prefix}/`);
      return isOf ? prefix.length : undefined;
    }
  }
}

function subset(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
