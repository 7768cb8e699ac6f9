import type { HttpPermission } from '../model';
import { extension } from './parts';
import type { HttpFilter, RbacPermission, RbacRules } from './types';

export const RBAC = 'envoy.filters.http.rbac';

export function rbacFilter(rbacRules: RbacRules): HttpFilter {
  return extension(RBAC, 'filters.http.rbac.v3.RBAC', { rules: rbacRules });
}

export function rules(allow: readonly HttpPermission[]): RbacRules {
  return {
    action: 'ALLOW',
    policies: {
      allow: {
        permissions: allow.length === 0 ? [{ any: true }] : allow.map(permission),
        // The handshake has settled who it is.
        principals: [{ any: true }],
      },
    },
  };
}

/** As Consul compiles an intention's permission (agent/xds/rbac.go), and stricter by one trick. */
function permission({ methods, pathExact, pathPrefix }: HttpPermission): RbacPermission {
  const parts: RbacPermission[] = [];
  if (pathExact !== undefined) {
    parts.push({ url_path: { path: { exact: pathExact } } });
  }
  if (pathPrefix !== undefined) {
    parts.push({ url_path: { path: { prefix: pathPrefix } } });
    // Envoy takes "/..;" for "/.." and "%2e%2e;" for "..;", but does not look again: a second Envoy
    // on the way, or a servlet container, would leave the prefix with what the first one let pass.
    parts.push({ not_rule: { url_path: { path: { contains: '/..;' } } } });
  }
  if (methods !== undefined && methods.length > 0) {
    parts.push({
      or_rules: {
        rules: methods.map((method) => ({
          header: { name: ':method', string_match: { exact: method } },
        })),
      },
    });
  }
  return parts.length === 0 ? { any: true } : { and_rules: { rules: parts } };
}
