import { plannedResources } from '../constructs/federation/plan/planned-resources';
import type { AccessPlan } from '../constructs/federation/plan';
import type { HttpPermission } from '../constructs/federation/plan/crossing';
import type {
  AuthorizationPolicy,
  HttpRoute,
  IntentionSource,
  LinkerdAuthorizationPolicy,
  LinkerdServer,
  MeshTlsAuthentication,
  ServiceIntentions,
} from '../constructs/federation/plan/resources';

/*
 * The meshes' own policies, read from the very resources that a deploy writes, for the imitated sidecars
 * to enforce.
 */

/** Who may send what: one caller, or everybody but some. */
export interface Admission {
  /** SPIFFE ID or Consul service; `*` for everybody, `<start>*` for all that begin so. */
  readonly source: string;
  /** Who is not meant by `*`. */
  readonly except: readonly string[];
  /** Requests admitted; empty means every request. */
  readonly allow: readonly HttpPermission[];
}

/** What the ServiceIntentions about a service of a Consul mesh admit. */
export function intentionsOf(plan: AccessPlan, mesh: string, service: string): Admission[] {
  const [found, ...others] = manifestsOf(plan, mesh)
    .filter((manifest): manifest is ServiceIntentions => manifest.kind === 'ServiceIntentions')
    .filter(({ spec }) => spec.destination.name === service);
  if (found === undefined || others.length > 0) {
    throw new Error(`${found === undefined ? 'no' : 'several'} ServiceIntentions for ${service}`);
  }
  const { sources } = found.spec;
  const denied = sources.filter(({ action }) => action === 'deny').map(({ name }) => name);
  return sources.flatMap((source) => {
    const allow = allowed(source);
    return allow === undefined
      ? []
      : [{ source: source.name, except: source.name === '*' ? denied : [], allow }];
  });
}

/** Nothing where the source is denied. What Consul denies behind a list of permissions it denies anyway. */
function allowed({ action, permissions }: IntentionSource): HttpPermission[] | undefined {
  if (permissions === undefined) return action === 'allow' ? [] : undefined;
  return permissions.flatMap((permission) => {
    const { pathExact, pathPrefix, methods } = permission.http;
    return permission.action === 'allow' ? [{ pathExact, pathPrefix, methods }] : [];
  });
}

/** What the AuthorizationPolicies on pods of an Istio mesh admit, by SPIFFE ID. */
export function authorizationOf(
  plan: AccessPlan,
  mesh: string,
  pod: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
): Admission[] {
  return manifestsOf(plan, mesh)
    .filter(
      (manifest): manifest is AuthorizationPolicy =>
        manifest.apiVersion === 'security.istio.io/v1' && manifest.kind === 'AuthorizationPolicy',
    )
    .filter(({ metadata, spec }) => {
      const labels = Object.entries(spec.selector.matchLabels);
      return (
        metadata.namespace === pod.namespace &&
        labels.every(([key, value]) => pod.labels[key] === value)
      );
    })
    .flatMap(({ spec }) => spec.rules)
    .flatMap(({ from = [], to = [] }) => {
      const allow = to.flatMap(({ operation: { methods, paths } }) =>
        (paths ?? [undefined]).flatMap((path): HttpPermission[] =>
          methods === undefined && path === undefined
            ? []
            : [
                path?.endsWith('*') === true
                  ? { methods, pathPrefix: path.slice(0, -1) }
                  : { methods, pathExact: path },
              ],
        ),
      );
      return from.flatMap(({ source: { principals, notPrincipals = [] } }) =>
        principals.map((principal) => ({
          source: `spiffe://${principal}`,
          except: notPrincipals.map((other) => `spiffe://${other}`),
          allow,
        })),
      );
    });
}

/** What a port of pods of a Linkerd mesh is open to. */
export interface Opening {
  /** Whose certificates have one of these names; absent: everybody. */
  readonly identities?: readonly string[];
  /** Which requests; absent: every request. */
  readonly matches?: HttpRoute['spec']['rules'][number]['matches'];
}

/** What the Server for a port of pods admits, and the routes and policies that belong to it. */
export function openingsOf(
  plan: AccessPlan,
  mesh: string,
  pods: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly port: number;
  },
): Opening[] {
  const all = manifestsOf(plan, mesh).filter(
    ({ metadata }) => metadata.namespace === pods.namespace,
  );
  const [server, ...others] = all
    .filter((one): one is LinkerdServer => one.kind === 'Server')
    .filter(
      ({ spec }) =>
        spec.port === pods.port &&
        Object.entries(spec.podSelector.matchLabels).every(
          ([key, value]) => pods.labels[key] === value,
        ),
    );
  if (server === undefined || others.length > 0) {
    throw new Error(`${server === undefined ? 'no' : 'several'} Servers for a port ${pods.port}`);
  }
  const identitiesOf = (name: string) =>
    all.find(
      (one): one is MeshTlsAuthentication =>
        one.kind === 'MeshTLSAuthentication' && one.metadata.name === name,
    )?.spec.identities ?? [];
  const admitting = (kind: 'Server' | 'HTTPRoute', name: string) =>
    all
      .filter(
        (one): one is LinkerdAuthorizationPolicy =>
          one.kind === 'AuthorizationPolicy' && one.apiVersion === 'policy.linkerd.io/v1alpha1',
      )
      .filter(({ spec }) => spec.targetRef.kind === kind && spec.targetRef.name === name)
      .map(({ spec: { requiredAuthenticationRefs: refs } }) =>
        refs.length === 0 ? {} : { identities: refs.flatMap((ref) => identitiesOf(ref.name)) },
      );
  const ofServer = admitting('Server', server.metadata.name);
  const routes = all
    .filter((one): one is HttpRoute => one.kind === 'HTTPRoute')
    .filter(({ spec }) => spec.parentRefs.some(({ name }) => name === server.metadata.name));
  return routes.length === 0
    ? ofServer
    : routes.flatMap(({ metadata, spec: { rules } }) => {
        const matches = rules.flatMap((rule) => rule.matches);
        return [...admitting('HTTPRoute', metadata.name), ...ofServer].map((one) => ({
          ...one,
          matches,
        }));
      });
}

/** Every resource that a deploy writes into the cluster of a mesh. */
export function manifestsOf(plan: AccessPlan, mesh: string) {
  return plannedResources(plan, () => 'gateway.invalid')
    .filter((resource) => resource.mesh === mesh)
    .map(({ manifest }) => manifest);
}
