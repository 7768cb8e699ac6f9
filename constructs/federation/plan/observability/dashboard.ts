import { named } from '../plan';
import {
  CALLS,
  CERTIFICATE_LEFT,
  CONNECTIONS_PERCENT,
  FAILING_SHARE,
  HEAP_PERCENT,
  NO_CROSSING,
  ofFederation,
  REFUSALS,
  ROOTS_LEFT,
} from './rules';
import { UNKNOWN_CALLER } from '../envoy/statistics';

/*
 * The dashboard for Grafana, in the classic JSON model, which every Grafana since 9 imports and every sidecar
 * provisions.
 * @see https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/
 */

/** One query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant?: true;
  readonly range?: true;
  readonly datasource: DataSource;
}

interface DataSource {
  readonly type: 'prometheus';
  readonly uid: string;
}

/** A panel of the dashboard. */
export interface Panel {
  readonly id: number;
  readonly type: 'timeseries' | 'stat' | 'bargauge' | 'row';
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: DataSource;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit: string;
      readonly min?: number;
      readonly max?: number;
      readonly decimals?: number;
      readonly color?: { readonly mode: string };
      readonly custom?: {
        readonly fillOpacity: number;
        readonly showPoints: 'never';
        readonly stacking?: { readonly mode: 'normal'; readonly group: 'A' };
        readonly thresholdsStyle?: { readonly mode: 'line' };
      };
      readonly thresholds?: {
        readonly mode: 'absolute';
        readonly steps: readonly { readonly value: number | null; readonly color: string }[];
      };
    };
    readonly overrides: readonly never[];
  };
  readonly options?: Readonly<Record<string, unknown>>;
  readonly collapsed?: false;
  readonly panels?: readonly never[];
}

/** The dashboard as Grafana imports it. */
export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: 'browser';
  readonly graphTooltip: 1;
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly never[] };
  readonly panels: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: 'datasource' | 'query';
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly datasource?: DataSource;
  readonly definition?: string;
  readonly refresh?: 2;
  readonly sort?: 1;
  readonly includeAll?: true;
  readonly multi?: true;
  readonly allValue?: string;
  readonly current?: { readonly text: string; readonly value: string };
}

const PROMETHEUS: DataSource = { type: 'prometheus', uid: '${datasource}' };

type Spec = Omit<Panel, 'id' | 'gridPos' | 'targets' | 'datasource' | 'fieldConfig'> & {
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  readonly unit: string;
  /** Width in 24ths of the page. */
  readonly width: number;
  readonly most?: number;
  readonly stacked?: true;
  readonly decimals?: number;
  /** Colours of bars: from which value on each is taken. */
  readonly steps?: readonly (readonly [from: number | null, color: string])[];
  /** Where a line is drawn: from there on there is an alert. */
  readonly alertFrom?: number;
};

/** Colours of the time that a root has left, in seconds. */
const ROOT_ENDS: Spec['steps'] = [
  [null, 'red'],
  [7 * 24 * 3600, 'orange'],
  [30 * 24 * 3600, 'green'],
];

const CROSSING = '{{crossing}} {{direction}} {{mesh}}';
const BORDER = '{{border}} {{direction}} {{mesh}}';

interface Row {
  readonly title: string;
  readonly panels: readonly Spec[];
}

/**
 * @param chosen What the variables at the top choose
 * @param jobs Of the jobs, which have no direction
 */
const rows = (chosen: string, jobs: string): readonly Row[] => [
  {
    title: 'Calls',
    panels: [
      {
        type: 'timeseries',
        title: 'Calls by crossing and status',
        description: 'Answers a second that each crossing got, by class of status.',
        unit: 'reqps',
        width: 12,
        queries: [
          [
            `sum by (mesh, direction, crossing, class) (${CALLS}{${chosen}})`,
            `${CROSSING} {{class}}xx`,
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Failing calls',
        description: 'Share of the calls of a crossing that are answered with 5xx.',
        unit: 'percentunit',
        width: 12,
        most: 1,
        alertFrom: FAILING_SHARE,
        queries: [
          [
            `sum by (mesh, direction, crossing) (${CALLS}{${chosen},class="5"}) / sum by (mesh, direction, crossing) (${CALLS}{${chosen}}) ` +
              `or sum by (mesh, direction, crossing) (${CALLS}{${chosen}}) * 0`,
            CROSSING,
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Latency, 50% and 99% of the calls',
        description: 'From the border to the last byte of the answer.',
        unit: 'ms',
        width: 12,
        queries: [50, 99].map((percent) => [
          `histogram_quantile(${percent / 100}, sum by (mesh, direction, envoy_cluster_name, le) (rate(envoy_cluster_upstream_rq_time_bucket{${chosen},envoy_cluster_name!~"${NO_CROSSING}"}[$__rate_interval])))`,
          `${percent}% {{envoy_cluster_name}} {{direction}} {{mesh}}`,
        ]),
      },
      {
        type: 'timeseries',
        title: 'Bytes of tcp crossings',
        description: 'From the caller and to it.',
        unit: 'Bps',
        width: 12,
        queries: [
          [
            `sum by (mesh, direction, envoy_tcp_prefix) (rate(envoy_tcp_downstream_cx_rx_bytes_total{${chosen}}[$__rate_interval]))`,
            'from the caller, {{envoy_tcp_prefix}} {{direction}} {{mesh}}',
          ],
          [
            `sum by (mesh, direction, envoy_tcp_prefix) (rate(envoy_tcp_downstream_cx_tx_bytes_total{${chosen}}[$__rate_interval]))`,
            'to the caller, {{envoy_tcp_prefix}} {{direction}} {{mesh}}',
          ],
        ],
      },
    ],
  },
  {
    title: 'Refusals',
    panels: [
      {
        type: 'timeseries',
        title: 'Handshakes refused, by reason',
        description:
          'unknown-root: no trusted root signed it, or it has expired. unknown-sni: no crossing has that name, or it was no TLS.',
        unit: 'cps',
        width: 12,
        stacked: true,
        queries: [
          [
            `sum by (mesh, border, reason) (${REFUSALS}{${chosen},reason=~"wrong-identity|unknown-root|no-certificate|other-tls|unknown-sni|far-border"})`,
            '{{reason}} {{border}} {{mesh}}',
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Requests and connections refused, by crossing',
        description: 'By its rule, for want of a rule, or for a limit.',
        unit: 'reqps',
        width: 12,
        stacked: true,
        queries: [
          [
            `sum by (mesh, direction, crossing, reason) (${REFUSALS}{${chosen},reason=~"rule|limit|${UNKNOWN_CALLER}"})`,
            `{{reason}} ${CROSSING}`,
          ],
        ],
      },
    ],
  },
  {
    title: 'Certificates and roots',
    panels: [
      {
        type: 'bargauge',
        title: 'Certificates of borders end in',
        description: 'The first ones first. The mesh renews each long before.',
        unit: 's',
        width: 8,
        steps: [
          [null, 'red'],
          [3600, 'orange'],
          [3 * 3600, 'green'],
        ],
        queries: [
          [`sort(min by (mesh, direction, border) (${CERTIFICATE_LEFT}{${chosen}}))`, BORDER],
        ],
      },
      {
        type: 'bargauge',
        title: 'First trusted root ends in',
        description: 'As the borders have them loaded.',
        unit: 's',
        width: 8,
        steps: ROOT_ENDS,
        queries: [
          [
            `sort(min by (mesh, foreign_mesh) (${ROOTS_LEFT}{${chosen}}))`,
            '{{foreign_mesh}} in {{mesh}}',
          ],
        ],
      },
      {
        type: 'bargauge',
        title: 'Each root ends in',
        description:
          "As the jobs know them: of the mesh itself, and those that it trusts, by the beginning of the fingerprint. With them Linkerd's trust anchor and issuer.",
        unit: 's',
        width: 8,
        steps: ROOT_ENDS,
        queries: [
          [
            `sort(label_replace(min by (mesh, of, fingerprint) (mesh_federation_root_expiry_timestamp_seconds{${jobs}}), "begins", "$1", "fingerprint", "(..:..:..:..).*") - time() ` +
              `or min by (mesh, of) (mesh_federation_authority_expiry_timestamp_seconds{${jobs}}) - time())`,
            '{{of}} in {{mesh}} {{begins}}',
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Reloads of certificates and roots',
        description: 'Tried, and failed.',
        unit: 'short',
        width: 12,
        queries: [
          [
            `sum by (mesh, border, envoy_xds_resource_name) (increase(envoy_sds_update_attempt{${chosen}}[$__rate_interval]))`,
            'tried, {{envoy_xds_resource_name}} {{border}} {{mesh}}',
          ],
          [
            `sum by (mesh, border, envoy_xds_resource_name) (increase(envoy_sds_key_rotation_failed{${chosen}}[$__rate_interval]))`,
            'failed, {{envoy_xds_resource_name}} {{border}} {{mesh}}',
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Age of the last success of each task',
        description:
          "publish: the own roots. sync: the foreign ones. renew: the token for that. authority: Linkerd's trust anchor and issuer, once a day.",
        unit: 's',
        width: 12,
        queries: [
          [
            `time() - mesh_federation_task_last_success_timestamp_seconds{${jobs}}`,
            '{{task}} {{foreign_mesh}} in {{mesh}}',
          ],
        ],
      },
    ],
  },
  {
    title: 'Limits',
    panels: [
      {
        type: 'timeseries',
        title: 'Heap, of its limit',
        description: 'Of the fullest pod. From 95% on it answers requests with 503.',
        unit: 'percent',
        width: 8,
        most: 100,
        alertFrom: HEAP_PERCENT,
        queries: [
          [
            `max by (mesh, direction, border) (envoy_overload_envoy_resource_monitors_fixed_heap_pressure{${chosen}})`,
            BORDER,
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Connections, of their limit',
        description: 'Of the pod with the most. From 100% on further ones are closed at once.',
        unit: 'percent',
        width: 8,
        most: 100,
        alertFrom: CONNECTIONS_PERCENT,
        queries: [
          [
            `max by (mesh, direction, border) (envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure{${chosen}})`,
            BORDER,
          ],
        ],
      },
      {
        type: 'timeseries',
        title: 'Pods that show metrics',
        description:
          'Of each border. Without any it is not running, or Prometheus does not reach it.',
        unit: 'short',
        width: 8,
        decimals: 0,
        queries: [[`sum by (mesh, direction, border) (envoy_server_live{${chosen}})`, BORDER]],
      },
    ],
  },
];

/** Height of a panel and of a row's title. */
const HEIGHT = 10;
const TITLE = 1;

/** Most series are of one colour with others and at zero: what was highest is on top, with its number. */
const LEGEND = {
  displayMode: 'table',
  placement: 'bottom',
  showLegend: true,
  calcs: ['lastNotNull', 'max'],
  sortBy: 'Max',
  sortDesc: true,
} as const;

/**
 * The dashboard: it shows all meshes whose metrics its Prometheus has.
 *
 * @param federation Name of the federation that it shows, where a mesh is in several
 */
export function dashboard(federation?: string): GrafanaDashboard {
  return {
    uid: named('mesh-federation', federation),
    title: named('Mesh federation', federation, ' '),
    description:
      'Calls between meshes: who calls what, what is refused and why, and what will end.',
    tags: ['mesh-federation'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    graphTooltip: 1,
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        variable('mesh', 'Mesh', federation),
        variable('foreign_mesh', 'Other mesh', federation),
        variable('direction', 'Direction', federation),
      ],
    },
    annotations: { list: [] },
    panels: panels(federation),
  };
}

function variable(name: string, label: string, federation: string | undefined): Variable {
  const query = `label_values(envoy_server_live{${ofFederation(federation)}}, ${name})`;
  return {
    name,
    label,
    type: 'query',
    datasource: PROMETHEUS,
    query: { query, refId: `variable-${name}` },
    definition: query,
    refresh: 2,
    sort: 1,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

function panels(federation: string | undefined): Panel[] {
  const jobs = `mesh=~"$mesh",${ofFederation(federation)}`;
  const chosen = `${jobs},foreign_mesh=~"$foreign_mesh",direction=~"$direction"`;
  const laid: Panel[] = [];
  let y = 0;
  for (const { title, panels: specs } of rows(chosen, jobs)) {
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title,
      gridPos: { x: 0, y, w: 24, h: TITLE },
      collapsed: false,
      panels: [],
    });
    y += TITLE;
    let x = 0;
    for (const spec of specs) {
      if (x + spec.width > 24) {
        x = 0;
        y += HEIGHT;
      }
      laid.push(panel(spec, laid.length + 1, { x, y }));
      x += spec.width;
    }
    y += HEIGHT;
  }
  return laid;
}

function panel(
  { queries, unit, width, most, stacked, decimals, steps, alertFrom, ...own }: Spec,
  id: number,
  at: { readonly x: number; readonly y: number },
): Panel {
  const series = own.type === 'timeseries';
  return {
    ...own,
    id,
    gridPos: { ...at, w: width, h: HEIGHT },
    datasource: PROMETHEUS,
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      expr,
      legendFormat,
      ...(series ? { range: true as const } : { instant: true as const }),
      datasource: PROMETHEUS,
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(most !== undefined && { max: most }),
        ...(decimals !== undefined && { decimals }),
        ...(series && {
          custom: {
            fillOpacity: 10,
            showPoints: 'never' as const,
            ...(stacked && { stacking: { mode: 'normal' as const, group: 'A' as const } }),
            ...(alertFrom !== undefined && { thresholdsStyle: { mode: 'line' as const } }),
          },
        }),
        ...(steps && { color: { mode: 'thresholds' }, thresholds: thresholds(steps) }),
        ...(alertFrom !== undefined && {
          thresholds: thresholds([
            [null, 'transparent'],
            [alertFrom, 'red'],
          ]),
        }),
      },
      overrides: [],
    },
    options: series
      ? {
          legend: LEGEND,
          tooltip: { mode: 'multi', sort: 'desc' },
        }
      : {
          orientation: 'horizontal',
          displayMode: 'lcd',
          valueMode: 'color',
          namePlacement: 'auto',
          showUnfilled: true,
          sizing: 'auto',
          minVizWidth: 8,
          minVizHeight: 16,
          maxVizHeight: 300,
          legend: { displayMode: 'list', placement: 'bottom', showLegend: false, calcs: [] },
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        },
  };
}

function thresholds(steps: NonNullable<Spec['steps']>) {
  return { mode: 'absolute' as const, steps: steps.map(([value, color]) => ({ value, color })) };
}
