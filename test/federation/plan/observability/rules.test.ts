import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import {
  type AlertingRule,
  dashboard,
  observabilityResources,
  type RuleGroup,
  ruleGroups,
} from '../../../../constructs/federation/plan/observability';
import { PLAN } from '../../../../rehearsal/policy';
import { temporaryFolder, writeFile } from '../../../helpers/files';
import { describeWithPrometheus } from '../../../helpers/prometheus';

const folder = temporaryFolder();
const groups = ruleGroups(PLAN, 'consul');

function alerts(of: readonly RuleGroup[]): AlertingRule[] {
  return of.flatMap(({ rules }) => rules).filter((rule): rule is AlertingRule => 'alert' in rule);
}

const IN = 'border="backend-inbound",direction="in",foreign_mesh="istio",mesh="consul"';
const OUT = 'border="backend-outbound",direction="out",foreign_mesh="istio",mesh="consul"';
const POD = 'namespace="mesh-borders",pod="border-1"';
const SYNC = 'foreign_mesh="istio",mesh="consul",task="sync"';

/** Series by minute, in promtool's notation: `0+60x30` grows by 60 for 30 minutes. */
type Series = Readonly<Record<string, string>>;

/** What an alert looks at: series by which it fires after some time, and others by which it does not. */
interface Case {
  readonly fires: Series;
  readonly quiet: Series;
  /** @default 30m */
  readonly after?: string;
}

const certificate = (labels: string) =>
  `envoy_listener_ssl_certificate_expiration_unix_time_seconds{${labels},envoy_tls_certificate="certificate",${POD}}`;
const roots = (labels: string) =>
  `envoy_listener_ssl_certificate_expiration_unix_time_seconds{${labels},envoy_tls_certificate="foreign-bundle",${POD}}`;
const calls = (kind: string) =>
  `envoy_cluster_upstream_rq_xx{${OUT},envoy_cluster_name="info-to-backend",envoy_response_code_class="${kind}"}`;
const live = PLAN.borders
  .filter(({ mesh }) => mesh === 'consul')
  .map(
    ({ name, direction, foreignMesh }) =>
      `envoy_server_live{border="${name}",direction="${direction}",foreign_mesh="${foreignMesh}",mesh="consul"}`,
  );
const all = (of: readonly string[]) => Object.fromEntries(of.map((name) => [name, '1x40']));

const CASES: Readonly<Record<string, Case>> = {
  MeshFederationBorderGone: { fires: all(live.slice(1)), quiet: all(live) },
  MeshFederationCallsFail: {
    fires: { [calls('2')]: '0+90x40', [calls('5')]: '0+10x40' },
    quiet: { [calls('2')]: '0+90x40', [calls('5')]: '0+1x40' },
  },
  MeshFederationGatewayUnreachable: {
    fires: {
      [`envoy_cluster_upstream_cx_connect_fail{${OUT},envoy_cluster_name="info-to-backend"}`]:
        '0+1x40',
    },
    quiet: {
      [`envoy_cluster_upstream_cx_connect_fail{${OUT},envoy_cluster_name="info-to-backend"}`]:
        '7x40',
      [`envoy_cluster_upstream_cx_connect_fail{${OUT},envoy_cluster_name="admin"}`]: '0+1x40',
    },
  },
  MeshFederationFarBorderUntrusted: {
    fires: farBorder('0+1x40'),
    quiet: farBorder('7x40'),
  },
  MeshFederationHandshakesRefused: {
    fires: { [`envoy_listener_ssl_fail_verify_san{${IN},envoy_listener_address="a"}`]: '0+1x40' },
    quiet: {
      [`envoy_listener_ssl_fail_verify_san{${IN},envoy_listener_address="a"}`]: '7x40',
      // Anybody on the internet can ask for a name that there is not.
      [`envoy_listener_no_filter_chain_match{${IN},envoy_listener_address="a"}`]: '0+9x40',
    },
  },
  MeshFederationRequestsRefused: {
    fires: {
      [`envoy_http_rbac_policy_shadow_denied{${OUT},envoy_rbac_policy_name="unknown-caller"}`]:
        '0+1x40',
    },
    quiet: {
      [`envoy_http_rbac_policy_shadow_denied{${OUT},envoy_rbac_policy_name="unknown-caller"}`]:
        '7x40',
      [`envoy_http_rbac_denied{${IN},envoy_http_conn_manager_prefix="backend-to-info"}`]: '0x40',
    },
  },
  // 200 minutes of life from minute 0 on: by now 5% of it is left. Of the other one 50%.
  MeshFederationCertificateNotRenewed: {
    fires: { [certificate(IN)]: '12000x200' },
    quiet: { [certificate(IN)]: '24000x200' },
    after: '195m',
  },
  MeshFederationReloadFailed: {
    fires: {
      [`envoy_sds_key_rotation_failed{${IN},envoy_xds_resource_name="certificate"}`]: '0x25 1x15',
    },
    quiet: {
      [`envoy_sds_key_rotation_failed{${IN},envoy_xds_resource_name="certificate"}`]: '3x40',
    },
  },
  MeshFederationRootsEndSoon: {
    fires: { [roots(IN)]: `${6 * 86400}x100` },
    quiet: { [roots(IN)]: `${8 * 86400}x100` },
    after: '90m',
  },
  MeshFederationLastRootEndsSoon: {
    fires: ends(20),
    quiet: { ...ends(20), ...ends(400, 'B') },
    after: '90m',
  },
  MeshFederationTaskFailing: {
    fires: { [`mesh_federation_task_failing{${SYNC}}`]: '1x40' },
    quiet: { [`mesh_federation_task_failing{${SYNC}}`]: '1x20 0x20' },
  },
  MeshFederationTaskLate: {
    fires: late('0x40'),
    quiet: late('0+60x40'),
    after: '35m',
  },
  MeshFederationTaskWarns: {
    fires: { [`mesh_federation_task_warning{${SYNC}}`]: '1x40' },
    quiet: { [`mesh_federation_task_warning{${SYNC}}`]: '0x40' },
  },
  MeshFederationAuthorityEndsSoon: {
    fires: authorityEnds(20),
    quiet: authorityEnds(182),
    after: '90m',
  },
  MeshFederationTokenEndsSoon: {
    fires: {
      [`mesh_federation_token_expiry_timestamp_seconds{foreign_mesh="istio",mesh="consul"}`]:
        '2400x40',
    },
    quiet: {
      [`mesh_federation_token_expiry_timestamp_seconds{foreign_mesh="istio",mesh="consul"}`]:
        '3600x40',
    },
  },
  MeshFederationJobMetricsGone: {
    fires: { [`mesh_federation_task_failing{${SYNC}}`]: '0x5 stale' },
    quiet: { [`mesh_federation_task_failing{${SYNC}}`]: '0x40' },
  },
  MeshFederationHeapNearLimit: {
    fires: { [`envoy_overload_envoy_resource_monitors_fixed_heap_pressure{${IN}}`]: '86x40' },
    quiet: { [`envoy_overload_envoy_resource_monitors_fixed_heap_pressure{${IN}}`]: '85x40' },
  },
  MeshFederationConnectionsNearLimit: {
    fires: {
      [`envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure{${IN}}`]:
        '81x40',
    },
    quiet: {
      [`envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure{${IN}}`]:
        '79x40',
    },
  },
  MeshFederationConnectionsRefused: {
    fires: {
      [`envoy_connection_limit_limited_connections{${IN},envoy_connection_limit_prefix="backend-to-info"}`]:
        '0+1x40',
    },
    quiet: {
      [`envoy_connection_limit_limited_connections{${IN},envoy_connection_limit_prefix="backend-to-info"}`]:
        '0x40',
    },
  },
};

function farBorder(san: string): Series {
  const of = (kind: string) =>
    `envoy_cluster_ssl_fail_verify_${kind}{${OUT},envoy_cluster_name="info-to-backend"}`;
  return { [of('san')]: san, [of('error')]: '0x40', [of('no_cert')]: '0x40' };
}

function ends(days: number, fingerprint = 'A'): Series {
  return {
    [`mesh_federation_root_expiry_timestamp_seconds{mesh="consul",foreign_mesh="istio",of="istio",fingerprint="${fingerprint}"}`]: `${days * 86400}x100`,
  };
}

function authorityEnds(days: number): Series {
  return {
    'mesh_federation_authority_expiry_timestamp_seconds{mesh="consul",of="anchor"}': `${3650 * 86400}x100`,
    'mesh_federation_authority_expiry_timestamp_seconds{mesh="consul",of="issuer"}': `${days * 86400}x100`,
  };
}

function late(success: string): Series {
  return {
    [`mesh_federation_task_last_success_timestamp_seconds{${SYNC}}`]: success,
    [`mesh_federation_task_late_after_seconds{${SYNC}}`]: '1500x40',
  };
}

describe('the alerts', () => {
  it('are each tried below', () => {
    expect(alerts(groups).map(({ alert }) => alert)).toEqual(Object.keys(CASES));
  });

  it.each([
    ['', PLAN],
    ['depot', { ...PLAN, name: 'depot' }],
  ])('are of one mesh and one federation, as is what they are worked out of: %j', (name, plan) => {
    const rules = ruleGroups(plan, 'consul').flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    for (const { expr } of rules) {
      const selectors = expr.match(/[a-z_:0-9]+\{[^}]*\}/g) ?? [];
      expect([expr, selectors.length > 0]).toEqual([expr, true]);
      const own = (one: string) =>
        one.includes('mesh="consul"') && one.includes(`federation="${name}"`);
      expect([expr, selectors.filter((one) => !own(one))]).toEqual([expr, []]);
      // What is summed up is still that of one federation.
      const sums = expr.match(/\b(by|on) \([^)]*\)/g) ?? [];
      expect([expr, sums.filter((one) => !one.includes('federation'))]).toEqual([expr, []]);
    }
  });

  it('leave the other federations of a mesh to theirs, on the dashboard too', () => {
    for (const [name, file] of [
      [undefined, 'mesh-federation.json'],
      ['depot', 'mesh-federation-depot.json'],
    ] as const) {
      const plan = { ...PLAN, name };
      const { data } = observabilityResources(plan, 'consul', {
        namespace: 'monitoring',
      }).dashboard;
      expect(Object.keys(data)).toEqual([file]);
      const shown = dashboard(name);
      expect(JSON.parse(data[file] ?? '')).toEqual(JSON.parse(JSON.stringify(shown)));
      const asked = [
        ...shown.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
        ...shown.templating.list.flatMap(({ definition = [] }) => definition),
      ].flatMap((expr) => expr.match(/\{[^}]*\}/g) ?? [expr]);
      expect(asked.length).toBeGreaterThan(20);
      expect(asked.filter((one) => !one.includes(`federation="${name ?? ''}"`))).toEqual([]);
    }
    expect(dashboard('depot').uid).not.toBe(dashboard().uid);
  });

  it('are none where a mesh has no borders, and neither do those that it exchanges roots with', () => {
    expect(ruleGroups({ ...PLAN, borders: [] }, 'consul')).toEqual([]);
  });

  it('are of the jobs alone where the sidecars of a mesh leave without a border', () => {
    const borders = PLAN.borders.filter(({ mesh }) => mesh === 'consul');
    const rules = ruleGroups({ ...PLAN, borders }, 'istio').flatMap((group) => group.rules);
    expect(rules.filter(({ expr }) => expr === '')).toEqual([]);
    expect(rules.filter((rule) => 'record' in rule)).toEqual([]);
    expect(rules).toContainEqual(expect.objectContaining({ alert: 'MeshFederationTaskFailing' }));
  });
});

describeWithPrometheus('promtool', ({ promtool }) => {
  const rules = writeFile(folder, 'rules.yaml', stringify({ groups }));
  const run = (...args: readonly string[]) => spawnSync(promtool, args, { encoding: 'utf8' });

  it.each(['consul', 'istio'])('accepts the rules of %s', (mesh) => {
    const file = writeFile(folder, `${mesh}.yaml`, stringify({ groups: ruleGroups(PLAN, mesh) }));
    const { status, stdout, stderr } = run('check', 'rules', '--lint=all', '--lint-fatal', file);
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  });

  /** What promtool says where all alerts are to fire, or none. */
  function tried(state: 'fires' | 'quiet', fires: boolean, names = Object.keys(CASES)): string {
    const tests = names.flatMap((name) => {
      const { after = '30m', ...cases } = CASES[name] ?? { fires: {}, quiet: {} };
      const input_series = Object.entries(cases[state]).map(([series, values]) => ({
        series,
        values,
      }));
      return {
        interval: '1m',
        input_series,
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
            eval_time: after,
            exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
          },
        ],
      };
    });
    const file = writeFile(
      folder,
      `${state}-${fires}.yaml`,
      stringify({ rule_files: [rules], evaluation_interval: '5m', tests }),
    );
    const { stdout, stderr } = run('test', 'rules', file);
    return `${stdout}${stderr}`.trim();
  }

  // One run for all: it compiles the rules for each test, and starts slowly.
  it('has each alert fire when it should', () => {
    expect(tried('fires', true)).toMatch(/SUCCESS$/);
  });

  it('has no alert fire when it should not', () => {
    expect(tried('quiet', false)).toMatch(/SUCCESS$/);
  });

  it('finds what is wrong', () => {
    expect(tried('quiet', true, ['MeshFederationHeapNearLimit'])).toMatch(/FAILED/);
  });
});
