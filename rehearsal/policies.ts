import { plannedResources } from '../constructs/federation/plan/planned-resources';
import type { AccessPlan } from '../constructs/federation/plan';
import type { HttpPermission } from '../constructs/federation/plan/crossing';
import type {
  AuthorizationPolicy,
  IntentionSource,
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
    .filter((manifest): manifest is AuthorizationPolicy => manifest.kind === 'AuthorizationPolicy')
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

function manifestsOf(plan: AccessPlan, mesh: string) {
  return plannedResources(plan, () => 'gateway.invalid')
    .filter((resource) => resource.mesh === mesh)
    .map(({ manifest }) => manifest);
}
