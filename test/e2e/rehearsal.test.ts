import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

import { GROUPS, until } from '../../rehearsal/cases/case';
import { ownCaseIds } from '../../rehearsal/own-cases';
import { CASES, rehearse } from '../../rehearsal/rehearse';
import type { Report, Row } from '../../rehearsal/report';
import { ROOT } from '../../support/paths';
import { accessPlan } from '../../support/policy/access-plan';
import { describeWithEnvoy } from '../helpers/envoy';
import { temporaryFolder, writeFile } from '../helpers/files';
import { shown } from '../helpers/pages';

describeWithEnvoy('the rehearsal', () => {
  let rows: ReadonlyMap<string, Row>;

  beforeAll(async () => {
    const report = await rehearse({ quick: true });
    rows = new Map(report.rows.map((row) => [row.id, row]));
  });

  describe.each(GROUPS)('%s', (group) => {
    it.each(CASES[group].filter(({ slow }) => !slow).map(({ id, title }) => [title, id]))(
      '%s',
      (_, id) => {
        const row = rows.get(id);
        if (!row?.passed) {
          throw new Error(
            [`expected: ${row?.expected}`, `seen: ${row?.seen}`, ...(row?.explanation ?? [])].join(
              '\n',
            ),
          );
        }
      },
    );
  });
});

const OWN_POLICY = `
aws: { region: eu-north-1, accountId: "111122223333" }
weather: { enabled: false }
meshes:
  istio: { gateway: { kind: gateway-api } }
  consul: {}
accessPolicy:
  meshes:
    istio: { services: { front: {}, clock: {}, queue: { protocol: tcp, port: 5672 } } }
    consul: { in: service, services: { stock: { protocol: http2 }, mail: {} } }
  rules:
    - from: istio/front
      to: consul/stock
      allow: [{ methods: [GET], pathPrefix: /stock/ }]
    - { from: consul/mail, to: istio/queue }
    - { from: istio/*, to: istio/clock, anyone: true }
`;

const SCRIPT = [join(ROOT, 'scripts', 'cli.mjs'), 'rehearse'];

describeWithEnvoy('npm run rehearse', () => {
  const folder = temporaryFolder();

  it('reports as JSON and exits with 0 when all is as expected', () => {
    const run = spawnSync(
      process.execPath,
      [...SCRIPT, '--quick', '--only', 'http1', 'capture-control', '--json', '-'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    const report = JSON.parse(run.stdout) as Report;
    expect(report).toMatchObject({ passed: true, quick: true });
    expect(report.rows.map(({ id }) => id)).toEqual([
      'http1-to-info',
      'http1-to-backend',
      'http1-to-info-service',
      'http1-to-backend-service',
      'http1-to-info-api-gateway',
      'http1-to-backend-tls-routes',
      'capture-control',
    ]);
    // What is for people goes to the other stream then, and is what the page shows.
    const said = stripVTControlCharacters(run.stderr).trimStart();
    expect(said).toMatch(shown('docs/rehearsal.md', 'works\n'));
    expect(run.status).toBe(0);
  });

  it("rehearses a user's own policy, with everybody in it and beside it", () => {
    const settings = writeFile(folder, 'federation.yaml', OWN_POLICY);
    const run = spawnSync(process.execPath, [...SCRIPT, '--policy', settings, '--json', '-'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const { rows } = JSON.parse(run.stdout) as Report;
    expect(rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(rows.map(({ id }) => id)).toEqual(
      expect.arrayContaining(ownCaseIds(accessPlan(settings))),
    );
    // Only what the plan has stands between.
    expect(rows.map(({ title }) => title).filter((title) => title.includes('strangers'))).toEqual([
      "istio/front to consul/stock: strangers at the border's Service",
      'consul/mail to istio/queue: strangers at the gateway',
    ]);
    expect(Object.fromEntries(rows.map(({ id, seen }) => [id, seen]))).toEqual({
      'admits-istio.front-to-consul.stock': expect.stringMatching(
        /^GET \/stock\/: 200, told spiffe:\/\/\S+\/ns\/default\/sa\/front; as istio\/front$/,
      ),
      'refuses-istio.front-to-consul.stock': expect.stringMatching(
        /POST \/stock\/: 403;[^]*GET \/: 403;[^]*; 0 requests reached it$/,
      ),
      'strangers-istio.front-to-consul.stock': expect.stringMatching(
        /^right: \d+; istio\/clock: alert [^;]*;[^]*border mail[^;]*: alert [^;]*;[^]*; 0 requests reached it$/,
      ),
      'admits-consul.mail-to-istio.queue': 'GET /: 200; as consul/mail',
      'strangers-consul.mail-to-istio.queue': expect.stringMatching(/; 0 requests reached it$/),
      'admits-istio.anyone-to-istio.clock': expect.stringMatching(/^GET \/: 200; as mail\S*: 403$/),
    });
    expect(run.status).toBe(0);
  });

  it('names the cases there are when asked for one that there is not', () => {
    const run = spawnSync(process.execPath, [...SCRIPT, '--only', 'nonsense'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(run.stderr).toMatch(/No case is called nonsense/);
    expect(run.stderr).not.toMatch(/ at /);
    expect(run.status).toBe(2);
  });

  it('says what is missing and what to install when there is no Envoy', () => {
    const run = spawnSync(process.execPath, SCRIPT, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, ENVOY: '/nowhere/envoy' },
    });
    expect(run.stderr).toMatch(/^Envoy does not run: ENVOY names "\/nowhere\/envoy"\./m);
    expect(run.stderr).toMatch(/https:\/\/www\.envoyproxy\.io/);
    expect(run.status).toBe(2);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process and no file behind after %s',
    async (signal) => {
      const child = spawn(process.execPath, [...SCRIPT, '--only', 'slow-clients'], {
        cwd: ROOT,
        stdio: 'ignore',
      });
      let started = envoysOf(child);
      await until(() => (started = envoysOf(child)).length >= 12, 120);
      expect(started.length).toBeGreaterThanOrEqual(12);
      const [folder] = started.flatMap(({ folder }) => folder ?? []);
      expect(folder !== undefined && existsSync(folder)).toBe(true);
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
      expect(await until(() => started.every(({ pid }) => !isAlive(pid)), 60)).toBe(true);
      expect(await until(() => !existsSync(folder ?? ''), 60)).toBe(true);
    },
  );
});

/** The Envoys of a running rehearsal, with the folder that they read from. */
function envoysOf({ pid }: ChildProcess): { pid: number; folder?: string }[] {
  const listed = spawnSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8' }).stdout;
  return listed.split('\n').flatMap((line) => {
    const [, own, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    const folder = /-c (\S*mesh-rehearsal-[^/]+)\//.exec(args)?.[1];
    return Number(parent) === pid && folder !== undefined ? [{ pid: Number(own), folder }] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
