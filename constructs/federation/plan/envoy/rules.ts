import type { HttpPermission } from '../crossing';
import { extension } from './parts';
import { AMBIGUOUS_PATH, DECODABLE_PATH } from './paths';
import type { HttpFilter, RbacPermission, RbacRules } from './types';

export const RBAC = 'envoy.filters.http.rbac';

export function rbacFilter(rbacRules: RbacRules, counted?: RbacRules): HttpFilter {
  return extension(RBAC, 'filters.http.rbac.v3.RBAC', {
    rules: rbacRules,
    ...(counted !== undefined && { shadow_rules: counted, track_per_rule_stats: true as const }),
  });
}

/** What some permission of a crossing admits; none of them means everything. */
export function permissions(allow: readonly HttpPermission[]): RbacPermission[] {
  return (allow.length === 0 ? [{}] : allow).map(permission);
}

export function rules(allow: readonly HttpPermission[]): RbacRules {
  return {
    action: 'ALLOW',
    policies: {
      allow: {
        permissions: permissions(allow),
        // The handshake has settled who it is.
        principals: [{ any: true }],
      },
    },
  };
}

/** As Consul compiles an intention's permission (agent/xds/rbac.go), and stricter. */
function permission({ methods, pathExact, pathPrefix, upgrades }: HttpPermission): RbacPermission {
  const parts: RbacPermission[] = [];
  if (pathExact !== undefined) {
    parts.push({ url_path: { path: { exact: pathExact } } });
  }
  if (pathPrefix !== undefined) {
    parts.push({ url_path: { path: { prefix: pathPrefix } } });
    parts.push({ url_path: { path: { safe_regex: { regex: DECODABLE_PATH } } } });
    parts.push({ not_rule: { url_path: { path: { safe_regex: { regex: AMBIGUOUS_PATH } } } } });
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
  if (upgrades === undefined || upgrades.length === 0) {
    // What has become a tunnel is judged no more.
    parts.push({ not_rule: { header: { name: 'upgrade', present_match: true } } });
  }
  return parts.length === 0 ? { any: true } : { and_rules: { rules: parts } };
}

/** What some permission of a crossing lets a request become. */
export function upgradesOf(allow: readonly HttpPermission[]): 'websocket'[] {
  return [...new Set(allow.flatMap(({ upgrades = [] }) => upgrades))];
}
