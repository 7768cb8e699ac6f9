import { permissions } from './rules';
import type { Bootstrap, RbacRules } from './types';
import type { HttpPermission } from '../crossing';

/** The policy that counts requests of nobody who has a crossing. */
export const UNKNOWN_CALLER = 'unknown-caller';

/**
 * The name of a crossing in Envoy's statistics. Envoy cuts a statistic's name at dots and reads labels from
 * its parts, and colons end a name: `a.b` would become the label `a` of another metric.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/operations/stats_overview
 */
export function statName(id: string): string {
  return id.replace(/[^-_A-Za-z0-9]/g, '_');
}

/** What every metric of a border says of it, whoever scrapes it and however. */
export function statLabels(labels: Readonly<Record<string, string>>): Bootstrap['stats_config'] {
  return {
    stats_tags: Object.entries(labels).map(([tag_name, fixed_value]) => ({
      tag_name,
      fixed_value,
    })),
  };
}

/**
 * Counts what the rules of one caller refuse, as `rbac.policy.<name>.shadow_denied`: the filter's own
 * counter is one for all callers of an outbound border. Shadow rules decide nothing.
 *
 * @param allow what is not counted; nothing counts every request
 */
export function refusalCounter(name: string, allow?: readonly HttpPermission[]): RbacRules {
  return {
    action: 'DENY',
    policies: {
      [name]: {
        permissions: [
          allow === undefined
            ? { any: true }
            : { not_rule: { or_rules: { rules: permissions(allow) } } },
        ],
        principals: [{ any: true }],
      },
    },
  };
}
