import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GROUPS } from '../../rehearsal/cases/case';
import { carelessReading } from '../../rehearsal/careless';
import { describeFailures, percentile } from '../../rehearsal/load';
import { CASES, choose, RehearsalError, rehearsePolicy } from '../../rehearsal/rehearse';
import { table, type Row } from '../../rehearsal/report';
import { watches, WATCHES_NEEDED, watchesProblem } from '../../rehearsal/watches';
import { compile, pair } from '../federation/plan/fixtures';
import { temporaryFolder, writeFile } from '../helpers/files';

describe('the choice of cases', () => {
  const ids = (only: readonly string[]): string[] => choose(only).map(([, { id }]) => id);

  it('is all of them by default, and no id is used twice', () => {
    const all = ids([]);
    expect(all).toHaveLength(GROUPS.flatMap((group) => CASES[group]).length);
    expect(new Set(all).size).toBe(all.length);
  });

  it('takes groups, ids and beginnings of ids', () => {
    expect(ids(['memory'])).toEqual(['memory']);
    expect(ids(['expired'])).toEqual([
      'expired-to-info',
      'expired-to-backend',
      'expired-to-info-service',
      'expired-to-backend-service',
      'expired-to-info-api-gateway',
      'expired-to-backend-tls-routes',
    ]);
    expect(ids(['confidentiality'])).toHaveLength(CASES.confidentiality.length);
  });

  it('refuses a word that chooses nothing, and says what there is', () => {
    expect(() => ids(['memory', 'nothing'])).toThrow(RehearsalError);
    expect(() => ids(['memory', 'nothing'])).toThrow(
      /No case is called nothing[^]*expired-to-info/,
    );
  });
});

describe("the cases of somebody's own policy", () => {
  const plan = compile(
    pair(
      { front: {}, clock: {} },
      { stock: {} },
      { from: 'istio/front', to: 'consul/stock', allow: [{ methods: ['GET'] }] },
      { from: 'istio/*', to: 'istio/clock', anyone: true },
    ),
  );

  it('are named where one is asked for that there is not, and no Envoy is started or missed', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await expect(rehearsePolicy(plan, { only: ['admits-', 'nothing'] })).rejects.toThrow(
        new RehearsalError(
          [
            'No case is called nothing. There are',
            'admits-istio.front-to-consul.stock',
            'refuses-istio.front-to-consul.stock',
            'strangers-istio.front-to-consul.stock',
            'admits-istio.anyone-to-istio.clock',
          ].join('\n  '),
        ),
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('are none where nobody may call anything', async () => {
    await expect(rehearsePolicy({ ...plan, calls: [] })).rejects.toThrow('nothing to rehearse');
  });
});

describe('instances of inotify', () => {
  const proc = temporaryFolder();

  it('are enough, or it is said how many are needed and how to allow more', () => {
    expect(watchesProblem({ limit: 1024, used: 10 })).toBeUndefined();
    expect(watchesProblem({ limit: 128, used: 128 - WATCHES_NEEDED })).toBeUndefined();
    expect(watchesProblem({ limit: 128, used: 129 - WATCHES_NEEDED })).toMatch(
      /up to \d+ instances[^]*may have 128, of which 33 are in use[^]*sudo sysctl fs\.inotify\.max_user_instances=256\n/,
    );
    // Not on this system.
    expect(watchesProblem(undefined)).toBeUndefined();
  });

  it('are counted as the kernel shows them', () => {
    writeFile(proc, 'sys/fs/inotify/max_user_instances', '128\n');
    for (const [file, target] of [
      ['1/fd/3', 'anon_inode:inotify'],
      ['1/fd/4', 'socket:[1]'],
      ['20/fd/5', 'anon_inode:inotify'],
      ['self/fd/3', 'anon_inode:inotify'],
    ] as const) {
      mkdirSync(dirname(join(proc, file)), { recursive: true });
      symlinkSync(target, join(proc, file));
    }
    expect(watches(proc)).toEqual({ limit: 128, used: 2 });
    expect(watches(join(proc, 'elsewhere'))).toBeUndefined();
  });
});

describe('the most careless reading of a path', () => {
  it.each([
    ['/api/x', '/api/x'],
    ['/api/../admin', '/admin'],
    ['/api/%2e%2e%2fadmin', '/admin'],
    ['/api/..;x=1/admin', '/admin'],
    ['/api\\..\\admin', '/admin'],
    ['//api//x;y', '/api/x'],
    ['/api?/../admin', '/api'],
    ['/api/%252e%252e/admin', '/admin'],
    ['/api/%c0%ae%c0%ae/admin', '/admin'],
    ['/api/%e0%80%ae%2e%c0%afadmin', '/admin'],
    ['/api/%u002e%u002E/admin', '/admin'],
    ['/api/%ef%bc%8e%e2%80%a4/admin', '/admin'],
    ['/api/.%0a./admin', '/admin'],
    ['/api/..%3bx/admin', '/admin'],
    ['/api/gr%c3%bc%c3%9fe', '/api/grüße'],
  ])('%s is %s', (path, read) => expect(carelessReading(path)).toBe(read));
});

it('describes failures by number, time and reason', () => {
  const result = { requests: 10, seconds: 1, latencies: [] };
  expect(describeFailures({ ...result, failures: [] })).toBe('0 of 10 requests failed');
  expect(
    describeFailures({
      ...result,
      failures: [
        { at: 500, ended: 501, reason: '503 gone' },
        { at: 750, ended: 751, reason: 'reset' },
      ],
    }),
  ).toBe('2 of 10 requests failed, 0.50 s to 0.75 s: 503 gone (and 1 other reasons)');
});

it('finds percentiles', () => {
  const values = Array.from({ length: 100 }, (_, index) => index);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([
    50, 99, 99,
  ]);
});

it('prints a row for each case, under its group', () => {
  const row: Row = {
    group: 'works',
    id: 'an-id',
    title: 'A title',
    expected: 'this',
    seen: 'that',
    passed: false,
    milliseconds: 1,
    explanation: [],
  };
  const printed = table([row, { ...row, group: 'cost', passed: true }], 120);
  expect(printed).toMatch(/works[^]*A title[^]*this[^]*that[^]*FAILED[^]*cost[^]*ok/);
});
