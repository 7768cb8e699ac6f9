import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { metricsServer } from '../../constructs/federation/jobs/metrics';
import {
  dashboard,
  observabilityResources,
  ruleGroups,
} from '../../constructs/federation/plan/observability';
import { authentication } from '../../rehearsal/cases/authentication';
import type { Effort } from '../../rehearsal/cases/case';
import { until } from '../../rehearsal/cases/case';
import { works } from '../../rehearsal/cases/works';
import { freePorts } from '../../rehearsal/ports';
import { PLAN } from '../../rehearsal/policy';
import { World } from '../../rehearsal/world';
import { describeWithEnvoy } from '../helpers/envoy';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeWithPrometheus } from '../helpers/prometheus';

/*
 * A real Prometheus scrapes the rehearsal's real Envoys and the jobs' metrics, with our rules and what our
 * PodMonitor drops, and each query of the dashboard must find something.
 */

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describeWithEnvoy('Prometheus and the borders', (envoy) => {
  describeWithPrometheus('of the rehearsal', ({ prometheus }) => {
    const folder = temporaryFolder();
    const effort: Effort = { quick: true, seconds: (_, short) => short };
    let world: World;
    let process: ChildProcess | undefined;
    let jobs: Awaited<ReturnType<typeof metricsServer>> | undefined;
    let port = 0;

    async function query(expr: string): Promise<readonly Result[]> {
      const answer = await fetch(
        `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`,
      );
      const { status, data, error } = (await answer.json()) as {
        readonly status: string;
        readonly error?: string;
        readonly data?: { readonly result: readonly Result[] };
      };
      if (status !== 'success') throw new Error(`${expr}: ${error}`);
      return data?.result ?? [];
    }

    /** A query as the dashboard makes it, with everything chosen. */
    const chosen = (expr: string) =>
      expr
        .replaceAll(/\$(mesh|foreign_mesh|direction)/g, '.*')
        .replaceAll('$__rate_interval', '30s');

    interface Group {
      readonly lastEvaluation: string;
      readonly rules: readonly { readonly name: string; readonly health: string }[];
    }

    async function groups(): Promise<readonly Group[]> {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/rules`);
      const { data } = (await answer.json()) as {
        readonly data: { readonly groups: readonly Group[] };
      };
      return data.groups;
    }

    /** Waits until each target was scraped, and each rule evaluated after that. */
    async function noticed(targets: number): Promise<void> {
      const begin = Date.now() / 1000;
      const scraped = async () => {
        const times = (await query('timestamp(up == 1)')).map(({ value: [, time] }) =>
          Number(time),
        );
        return times.length === targets && times.every((time) => time > begin);
      };
      // It does not answer at once when it starts.
      expect(await until(() => scraped().catch(() => false), 240)).toBe(true);
      const then = Date.now();
      const evaluated = async () =>
        (await groups()).every(({ lastEvaluation }) => Date.parse(lastEvaluation) > then);
      expect(await until(evaluated, 240)).toBe(true);
    }

    async function traffic(): Promise<void> {
      const light = /^(http1|grpc|tcp)-|^(no-certificate|unknown-ca|wrong-id)/;
      for (const each of [...works, ...authentication].filter(({ id }) => light.test(id))) {
        await each.run(world, effort);
      }
    }

    beforeAll(async () => {
      world = await World.start(envoy);
      const [free = 0, jobsPort = 0] = await freePorts(2);
      port = free;
      const now = new Date().toISOString();
      const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
      const roots = `${fingerprint} until 2036-01-01T00:00:00.000Z CN=root\n`;
      for (const [file, text] of [
        ['published/success', now],
        ['published/roots.txt', roots],
        ['published/authority-success', now],
        ['published/authority-anchor-ends', '2036-01-01T00:00:00.000Z'],
        ['published/authority-issuer-ends', '2036-01-01T00:00:00.000Z'],
        ['sync-istio/success', now],
        ['sync-istio/roots.txt', roots],
        ['sync-istio/renewed', now],
        ['sync-istio/token-ends', '2036-01-01T00:00:00.000Z'],
      ] as const) {
        writeFile(folder, `status/${file}`, text);
      }
      jobs = await metricsServer({
        PORT: String(jobsPort),
        MESH: 'consul',
        FOREIGN_MESHES: 'istio',
        STATUS_FOLDER: `${folder}/status`,
        LATE_SECONDS: '1500',
        TOKEN_LATE_SECONDS: '2100',
      });
      const { podMonitor } = observabilityResources(PLAN, 'consul', { namespace: 'monitoring' });
      const [borders, ofJobs] = podMonitor.spec.podMetricsEndpoints;
      const rules = writeFile(
        folder,
        'rules.yaml',
        stringify({
          groups: ['consul', 'istio'].flatMap((mesh) =>
            ruleGroups(PLAN, mesh).map((group) => ({ ...group, interval: '1s' })),
          ),
        }),
      );
      const metrics = [...world.borders]
        .filter(([name]) => !name.includes('spare'))
        .map(([, border]) => `127.0.0.1:${border.metrics}`);
      const config = writeFile(
        folder,
        'prometheus.yaml',
        stringify({
          global: { scrape_interval: '1s', evaluation_interval: '1s' },
          rule_files: [rules],
          scrape_configs: [
            {
              job_name: 'borders',
              metrics_path: borders?.path,
              static_configs: [{ targets: metrics }],
              metric_relabel_configs: borders?.metricRelabelings?.map(
                ({ sourceLabels, ...rest }) => ({ source_labels: sourceLabels, ...rest }),
              ),
            },
            {
              job_name: 'jobs',
              metrics_path: ofJobs?.path,
              static_configs: [{ targets: [`127.0.0.1:${jobsPort}`] }],
            },
          ],
        }),
      );
      process = spawn(
        prometheus,
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${folder}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
        ],
        { stdio: 'ignore' },
      );
      // Envoy makes a counter with the first that it counts; a rate needs what comes after that.
      await traffic();
      const targets = metrics.length + 1;
      await noticed(targets);
      // Calls take turns at the two pods of a border.
      for (let round = 0; round < 3; round++) {
        await traffic();
        await noticed(targets);
      }
      // Some rules read what others have recorded.
      await noticed(targets);
    });

    afterAll(async () => {
      process?.kill('SIGKILL');
      jobs?.close();
      await world.end();
    });

    it('are all scraped', async () => {
      let missed: readonly Result[] = [];
      // Each has a second for its answer, which takes longer now and then where much else runs.
      await until(async () => (missed = await query('up == 0')).length === 0, 240);
      expect(missed.map(({ metric }) => metric)).toEqual([]);
    });

    it.each(
      dashboard().panels.flatMap(({ title, targets = [] }) =>
        targets.map(({ refId, expr }) => [title, refId, expr] as const),
      ),
    )('have something to show for the panel %s, %s', async (_title, _id, expr) => {
      expect((await query(chosen(expr))).length).toBeGreaterThan(0);
    });

    it('are told apart by the legends of each panel, which name nothing but crossings and borders', async () => {
      for (const { title, targets = [] } of dashboard().panels) {
        const names: string[] = [];
        for (const { expr, legendFormat } of targets) {
          for (const { metric } of await query(chosen(expr))) {
            names.push(
              legendFormat.replaceAll(/{{(\w+)}}/g, (_, label: string) => metric[label] ?? ''),
            );
          }
        }
        const twice = names.filter((name, index) => names.indexOf(name) !== index);
        expect([title, twice]).toEqual([title, []]);
        expect([title, names.filter((name) => /\badmin\b/.test(name))]).toEqual([title, []]);
      }
      const roots = dashboard().panels.find(({ title }) => title === 'Each root ends in');
      const ends = await query(chosen(roots?.targets?.[0]?.expr ?? ''));
      expect(ends.map(({ metric }) => metric['of']).sort()).toEqual(
        ['anchor', 'issuer', 'consul', 'istio'].sort(),
      );
    });

    it('tell calls apart by crossing and direction, and refusals by reason', async () => {
      const calls = await query('sum by (crossing, direction) (mesh_federation:calls:rate5m > 0)');
      expect(calls.map(({ metric }) => `${metric['crossing']} ${metric['direction']}`)).toEqual(
        expect.arrayContaining(['backend-to-info in', 'info-to-backend out', 'info-to-backend in']),
      );
      const refusals = await query('sum by (reason) (mesh_federation:refusals:rate5m) > 0');
      expect(refusals.map(({ metric }) => metric['reason'])).toEqual(
        expect.arrayContaining(['wrong-identity', 'unknown-root', 'no-certificate']),
      );
    });

    it('are read by rules that Prometheus can all evaluate', async () => {
      const rules = (await groups()).flatMap((group) => group.rules);
      expect(rules.length).toBeGreaterThan(50);
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    });
  });
});

describe('the dashboard', () => {
  it('has no two panels in one place', () => {
    const places = dashboard().panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
  });
});
