import { UNKNOWN_CALLER } from '../envoy/statistics';
import { exchangesWith, inboundBorders, type AccessPlan } from '../plan';

/*
 * What Prometheus works out of the metrics of borders and jobs, and when it says so. What Envoy does with
 * its metrics was seen on Envoy 1.40: docs/observability.md.
 */

/** How much it matters: `critical` fails calls now or within hours. */
export type Severity = 'critical' | 'warning';

/** An alert, as a PrometheusRule has it. A type alias, so that it can be passed on as plain data. */
export type AlertingRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    /** The command that looks further into it. */
    readonly command: string;
    readonly runbook: string;
  };
};

/** A series that Prometheus computes, as a PrometheusRule has it. */
export type RecordingRule = {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
};

/** A group of rules, as a PrometheusRule has it. */
export type RuleGroup = {
  readonly name: string;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
};

/** Clusters of a border's Envoy that are no crossing. */
export const NO_CROSSING = 'admin|secrets-check|sds-agent|trace-collector';

/** Labels by which a border is known; without a name, its federation is none of them. */
const BORDER = 'federation, mesh, foreign_mesh, direction, border';

/** Refusals a second, averaged over five minutes, by `reason`. */
export const REFUSALS = 'mesh_federation:refusals:rate5m';

/** Calls a second by `crossing` and `class` of status (`2`), averaged over five minutes. */
export const CALLS = 'mesh_federation:calls:rate5m';

/** Seconds until the own certificate of a border's pod ends. */
export const CERTIFICATE_LEFT = 'mesh_federation:certificate_left:seconds';

/** Seconds until the first of the foreign roots that a border trusts ends. */
export const ROOTS_LEFT = 'mesh_federation:roots_left:seconds';

/** Istio renews a certificate after half of its life, Consul at some point before 90% of it. */
const LEAST_LEFT = 0.08;

/** Length of a day in seconds. */
const DAY = 24 * 3600;

/** Share of the calls of a crossing from which on an alert says that they fail. */
export const FAILING_SHARE = 0.05;

/** Percent of a border's heap, and of its connections, from which on an alert says that they run out. */
export const HEAP_PERCENT = 85;
export const CONNECTIONS_PERCENT = 80;

/** As a month for one who must ask another organisation. */
const ROOT_DAYS = 30;

/** Finds the series of one federation: of one without a name, those without the label. */
export function ofFederation(federation = ''): string {
  return `federation="${federation}"`;
}

/**
 * All rules for one mesh. Each names mesh and federation, so that one Prometheus can have those of several.
 * Where the sidecars of a mesh leave without a border and nobody enters it, it has jobs alone.
 */
export function ruleGroups(plan: AccessPlan, mesh: string): RuleGroup[] {
  const hasBorders = plan.borders.some((border) => border.mesh === mesh);
  const records = {
    name: `mesh-federation-${mesh}-records`,
    rules: hasBorders ? recordingRules(plan, mesh) : [],
  };
  const alerts = {
    name: `mesh-federation-${mesh}-alerts`,
    rules: exchangesWith(plan, mesh).length > 0 ? alertingRules(plan, mesh) : [],
  };
  return [records, alerts].filter(({ rules }) => rules.length > 0);
}

function recordingRules(plan: AccessPlan, mesh: string): RecordingRule[] {
  const own = (metric: string, ...matchers: readonly string[]) =>
    `${metric}{${[ownSeries(plan, mesh), ...matchers].join(',')}}`;
  const refusals = (reason: string, expr: string): RecordingRule => ({
    record: REFUSALS,
    expr,
    labels: { reason },
  });
  const ofBorder = (...series: readonly string[]) =>
    series.map((one) => `sum by (${BORDER}) (rate(${one}[5m]))`).join(' + ');
  const ofCrossing = (series: string, label: string) =>
    `sum by (${BORDER}, crossing) (label_replace(rate(${series}[5m]), "crossing", "$1", "${label}", "(.*)"))`;
  const rule = (...matchers: readonly string[]) =>
    ofCrossing(
      own('envoy_http_rbac_policy_shadow_denied', 'direction="out"', ...matchers),
      'envoy_rbac_policy_name',
    );
  const entered = inboundBorders(plan, mesh).length > 0;
  const left = plan.borders.some((border) => border.mesh === mesh && border.direction === 'out');
  const ends = (certificate: string) =>
    `min by (${BORDER}, namespace, pod) (` +
    `${own('envoy_listener_ssl_certificate_expiration_unix_time_seconds', certificate)}) - time()`;
  return [
    {
      record: CALLS,
      expr:
        `sum by (${BORDER}, crossing, class) (label_replace(label_replace(rate(` +
        `${own('envoy_cluster_upstream_rq_xx', `envoy_cluster_name!~"${NO_CROSSING}"`)}[5m]), ` +
        '"crossing", "$1", "envoy_cluster_name", "(.*)"), ' +
        '"class", "$1", "envoy_response_code_class", "(.*)"))',
    },
    ...(entered
      ? [
          refusals('wrong-identity', ofBorder(own('envoy_listener_ssl_fail_verify_san'))),
          refusals('unknown-root', ofBorder(own('envoy_listener_ssl_fail_verify_error'))),
          refusals('no-certificate', ofBorder(own('envoy_listener_ssl_fail_verify_no_cert'))),
          refusals('other-tls', ofBorder(own('envoy_listener_ssl_connection_error'))),
          refusals('unknown-sni', ofBorder(own('envoy_listener_no_filter_chain_match'))),
          refusals(
            'limit',
            ofCrossing(
              own('envoy_connection_limit_limited_connections'),
              'envoy_connection_limit_prefix',
            ),
          ),
        ]
      : []),
    ...(left
      ? [
          refusals(UNKNOWN_CALLER, rule(`envoy_rbac_policy_name="${UNKNOWN_CALLER}"`)),
          refusals(
            'far-border',
            ['san', 'error', 'no_cert']
              .map((kind) =>
                ofCrossing(
                  own(
                    `envoy_cluster_ssl_fail_verify_${kind}`,
                    `envoy_cluster_name!~"${NO_CROSSING}"`,
                  ),
                  'envoy_cluster_name',
                ),
              )
              .join(' + '),
          ),
        ]
      : []),
    refusals(
      'rule',
      [
        ...(entered
          ? [
              ofCrossing(
                own('envoy_http_rbac_denied', 'direction="in"'),
                'envoy_http_conn_manager_prefix',
              ),
            ]
          : []),
        ...(left ? [rule(`envoy_rbac_policy_name!="${UNKNOWN_CALLER}"`)] : []),
      ].join(' or '),
    ),
    { record: CERTIFICATE_LEFT, expr: ends('envoy_tls_certificate!="foreign-bundle"') },
    { record: ROOTS_LEFT, expr: ends('envoy_tls_certificate="foreign-bundle"') },
  ];
}

function ownSeries(plan: AccessPlan, mesh: string): string {
  return `mesh="${mesh}",${ofFederation(plan.name)}`;
}

function alertingRules(plan: AccessPlan, mesh: string): AlertingRule[] {
  const own = ownSeries(plan, mesh);
  const of = `{${own}}`;
  const where = '{{ $labels.border }} in {{ $labels.mesh }}';
  const crossing =
    '{{ $labels.crossing }} at the border {{ $labels.border }} of {{ $labels.mesh }}';
  const borders = plan.borders.filter((border) => border.mesh === mesh);
  return [
    alert('MeshFederationBorderGone', 'critical', {
      expr: borders
        .map(
          ({ name, direction, foreignMesh }) =>
            `absent(envoy_server_live{${own},foreign_mesh="${foreignMesh}",direction="${direction}",border="${name}"} == 1)`,
        )
        .join(' or '),
      for: '5m',
      summary: `No pod of the border ${where} has metrics`,
      description:
        'It is not running, or Prometheus does not reach it. If it is not running, no call of its crossings gets through.',
    }),
    alert('MeshFederationCallsFail', 'warning', {
      expr:
        `sum by (${BORDER}, crossing) (${CALLS}{${own},class="5"}) / ` +
        `sum by (${BORDER}, crossing) (${CALLS}${of}) > ${FAILING_SHARE}`,
      for: '10m',
      summary: `More than ${FAILING_SHARE * 100}% of the calls of ${crossing} fail`,
      description:
        '{{ $value | humanizePercentage }} are answered with a status 5xx, by the callee or by a proxy on the way.',
    }),
    alert('MeshFederationGatewayUnreachable', 'critical', {
      expr:
        `sum by (${BORDER}, crossing) (label_replace(rate(envoy_cluster_upstream_cx_connect_fail{${own},` +
        `envoy_cluster_name!~"${NO_CROSSING}"}[5m]), "crossing", "$1", "envoy_cluster_name", "(.*)")) > 0`,
      for: '5m',
      summary: `The border cannot connect for ${crossing}`,
      description:
        'Of an outbound border: the gateway of {{ $labels.foreign_mesh }} is not reached, or its handshake fails. Of an inbound one: the callee.',
    }),
    alert('MeshFederationFarBorderUntrusted', 'critical', {
      expr: `${REFUSALS}{${own},reason="far-border"} > 0`,
      for: '5m',
      summary: `${crossing} does not trust what {{ $labels.foreign_mesh }} presents`,
      description:
        'The far border presents another identity, or one that none of the trusted roots has signed. No call gets through.',
    }),
    alert('MeshFederationHandshakesRefused', 'warning', {
      expr: `${REFUSALS}{${own},reason=~"wrong-identity|unknown-root|no-certificate|other-tls"} > 0`,
      for: '15m',
      summary: `The border ${where} refuses handshakes: {{ $labels.reason }}`,
      description:
        'For a quarter of an hour somebody has been connecting with the wrong certificate: a caller after a rotation of roots, or a stranger.',
    }),
    alert('MeshFederationRequestsRefused', 'warning', {
      expr: `${REFUSALS}{${own},reason=~"rule|${UNKNOWN_CALLER}"} > 0`,
      for: '15m',
      summary: `The rules refuse requests of ${crossing}`,
      description:
        'For a quarter of an hour a caller has been sending what its rule does not admit, or has had no rule at all; the answer is 403.',
    }),
    alert('MeshFederationCertificateNotRenewed', 'critical', {
      expr:
        `${CERTIFICATE_LEFT}${of} < ${LEAST_LEFT} * max_over_time(${CERTIFICATE_LEFT}${of}[3d])` +
        ` or ${CERTIFICATE_LEFT}${of} < 600`,
      for: '5m',
      summary: `The certificate of a pod of the border ${where} ends in {{ $value | humanizeDuration }}`,
      description:
        'The mesh renews certificates long before. When it ends, every handshake of the pod {{ $labels.pod }} fails.',
    }),
    alert('MeshFederationReloadFailed', 'warning', {
      expr:
        `sum by (${BORDER}, envoy_xds_resource_name) (increase(envoy_sds_key_rotation_failed${of}[15m])) > 0 or ` +
        `sum by (${BORDER}, envoy_xds_resource_name) (increase(envoy_sds_update_rejected${of}[15m])) > 0`,
      summary: `The border ${where} could not load {{ $labels.envoy_xds_resource_name }}`,
      description:
        'What was written is not a valid certificate, key or bundle of roots. What the border had before stays in use.',
    }),
    alert('MeshFederationRootsEndSoon', 'warning', {
      expr: `${ROOTS_LEFT}${of} < ${7 * DAY}`,
      for: '1h',
      summary: `A root of {{ $labels.foreign_mesh }} that the border ${where} trusts ends in {{ $value | humanizeDuration }}`,
      description:
        'It is the first of the trusted roots to expire. During a rotation that is expected, as long as a later one is there.',
    }),
    alert('MeshFederationLastRootEndsSoon', 'critical', {
      expr: `max by (federation, mesh, of) (mesh_federation_root_expiry_timestamp_seconds${of}) - time() < ${ROOT_DAYS * DAY}`,
      for: '1h',
      summary:
        'The last root of {{ $labels.of }} that {{ $labels.mesh }} knows ends in {{ $value | humanizeDuration }}',
      description:
        'No later root is there. When it ends, no call between {{ $labels.of }} and another mesh gets through.',
    }),
    alert('MeshFederationTaskFailing', 'warning', {
      expr: `mesh_federation_task_failing${of} == 1`,
      for: '15m',
      summary: `The task {{ $labels.task }} fails in {{ $labels.mesh }}{{ with $labels.foreign_mesh }} for {{ . }}{{ end }}`,
      description:
        'Trusted roots stay as they are, and calls go on until a root is rotated, or a token or an issuer ends.',
    }),
    alert('MeshFederationTaskLate', 'warning', {
      expr:
        `time() - mesh_federation_task_last_success_timestamp_seconds${of} > ` +
        `mesh_federation_task_late_after_seconds${of}`,
      for: '5m',
      summary: `The task {{ $labels.task }} in {{ $labels.mesh }} last succeeded {{ $value | humanizeDuration }} ago`,
      description: 'Its CronJob does not run, or does not end.',
    }),
    alert('MeshFederationTaskWarns', 'warning', {
      expr: `mesh_federation_task_warning${of} == 1`,
      for: '15m',
      summary: `The task {{ $labels.task }} warns in {{ $labels.mesh }}{{ with $labels.foreign_mesh }} for {{ . }}{{ end }}`,
      description:
        'Of sync: two roots have the same name, or none is trusted any more, so that calls will fail or fail already. Of authority: the trust anchor must be rotated, or that is under way.',
    }),
    alert('MeshFederationAuthorityEndsSoon', 'critical', {
      expr: `mesh_federation_authority_expiry_timestamp_seconds${of} - time() < ${ROOT_DAYS * DAY}`,
      for: '1h',
      summary: 'The {{ $labels.of }} of {{ $labels.mesh }} ends in {{ $value | humanizeDuration }}',
      description:
        'The job renews an issuer after half of its life, and has not; nobody renews a trust anchor by itself. When it ends, no pod of the mesh gets a certificate.',
    }),
    alert('MeshFederationTokenEndsSoon', 'critical', {
      expr: `mesh_federation_token_expiry_timestamp_seconds${of} - time() < 1200`,
      for: '5m',
      summary:
        'The token with which {{ $labels.mesh }} reads the roots of {{ $labels.foreign_mesh }} ends in {{ $value | humanizeDuration }}',
      description: 'No other one was fetched. After its end a deploy makes a new one.',
    }),
    alert('MeshFederationJobMetricsGone', 'warning', {
      // Where every root is given by hand there are no jobs.
      expr:
        `max by (federation, mesh) (max_over_time(mesh_federation_task_failing${of}[1d])) unless on (federation, mesh) ` +
        `max by (federation, mesh) (mesh_federation_task_failing${of})`,
      for: '15m',
      summary: 'The jobs of {{ $labels.mesh }} have no metrics',
      description:
        'The pod job-metrics is not running, or Prometheus does not reach it: failing jobs go unseen.',
    }),
    alert('MeshFederationHeapNearLimit', 'warning', {
      expr: `envoy_overload_envoy_resource_monitors_fixed_heap_pressure${of} > ${HEAP_PERCENT}`,
      for: '5m',
      summary: `A pod of the border ${where} uses {{ $value }}% of its heap`,
      description: 'From 95% on it answers requests with 503.',
    }),
    alert('MeshFederationConnectionsNearLimit', 'warning', {
      expr: `envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure${of} > ${CONNECTIONS_PERCENT}`,
      for: '5m',
      summary: `A pod of the border ${where} has {{ $value }}% of the connections that it may have`,
      description: 'Any more are closed at once.',
    }),
    alert('MeshFederationConnectionsRefused', 'warning', {
      expr: `${REFUSALS}{${own},reason="limit"} > 0`,
      for: '5m',
      summary: `Connections for ${crossing} are closed, because there are too many`,
      description: 'The crossing has as many connections open as federation.borders.limits allow.',
    }),
  ].filter(({ expr }) => expr !== '');
}

function alert(
  name: string,
  severity: Severity,
  {
    summary,
    description,
    ...own
  }: {
    readonly expr: string;
    readonly for?: string;
    readonly summary: string;
    readonly description: string;
  },
): AlertingRule {
  return {
    alert: name,
    ...own,
    labels: { severity },
    annotations: {
      summary,
      description,
      command: 'npx mesh-federation doctor',
      runbook: `docs/observability.md#${name.toLowerCase()}`,
    },
  };
}
