import { setTimeout as sleep } from 'node:timers/promises';
import { Load, percentile } from '../load';
import { BARE_BORDER, type World } from '../world';
import type { Case, Outcome } from './case';

const PATHS = [
  { id: 'direct', title: 'no proxy', port: (world: World) => world.apps.info, path: '/' },
  { id: 'oneMesh', title: 'one mTLS hop', port: (world: World) => world.at.oneMesh, path: '/' },
  { id: 'toInfo', title: 'backend to info', port: (world: World) => world.at.info, path: '/' },
  {
    id: 'toBackend',
    title: 'info to backend',
    port: (world: World) => world.at.backend,
    path: '/weather',
  },
  {
    id: 'toInfoByService',
    title: "backend to info, at its border's Service",
    port: (world: World) => world.at.infoByService,
    path: '/',
  },
  {
    id: 'toBackendByService',
    title: "info to backend, at its border's Service",
    port: (world: World) => world.at.backendByService,
    path: '/weather',
  },
] as const;

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(
  port: number,
  path: string,
  parallel: number,
  seconds: number,
): Promise<Measured> {
  const load = new Load({ port, path, parallel, pauseMs: 0 });
  await sleep(seconds * 1000);
  const { requests, failures, latencies, seconds: took } = await load.stop();
  if (failures.length > 0) throw new Error(`${failures.length} failed: ${failures[0]?.reason}`);
  return {
    perSecond: requests / took,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** Far above what a crossing costs, so that only something broken exceeds it. */
const MOST_TIMES_ONE_HOP = 12;

const ROUNDS = 5;

const MEBIBYTE = 1024 * 1024;

export const cost: readonly Case[] = [
  ...([1, 8] as const).map((parallel): Case => ({
    id: `latency-${parallel}`,
    title: `latency and throughput, ${parallel === 1 ? 'one request at a time' : `${parallel} requests at a time`}`,
    expected: `p50 of a crossing at most ${MOST_TIMES_ONE_HOP} times that of one mTLS hop`,
    async run(world, effort) {
      const measured = new Map<string, Measured>();
      // In turns, and the best of each: whatever else the machine does for a while is nothing of a path's.
      for (let round = 0; round < ROUNDS; round++) {
        for (const { id, port, path } of PATHS) {
          const now = await measure(port(world), path, parallel, effort.seconds(0.8, 0.15));
          const best = measured.get(id);
          if (best === undefined || now.p50 < best.p50) measured.set(id, now);
        }
      }
      const direct = measured.get('direct');
      const hop = measured.get('oneMesh');
      const lines = PATHS.map(({ id, title }) => {
        const own = measured.get(id);
        if (own === undefined || direct === undefined || hop === undefined) return title;
        const ratio = (value: number, to: number): string => `${(value / to).toFixed(1)}x`;
        return `${title}: p50 ${own.p50.toFixed(2)} ms (${ratio(own.p50, direct.p50)} direct, ${ratio(own.p50, hop.p50)} one hop), p99 ${own.p99.toFixed(2)} ms (${ratio(own.p99, hop.p99)} one hop), ${own.perSecond.toFixed(0)}/s`;
      });
      const worst = Math.max(
        ...['toInfo', 'toBackend', 'toInfoByService', 'toBackendByService'].map(
          (id) => (measured.get(id)?.p50 ?? Infinity) / (hop?.p50 ?? 0),
        ),
      );
      return {
        passed: worst <= MOST_TIMES_ONE_HOP,
        seen: lines.join('\n'),
        measures: Object.fromEntries(
          [...measured].flatMap(([id, { p50, p99, perSecond }]) => [
            [`${id}P50Milliseconds`, p50],
            [`${id}P99Milliseconds`, p99],
            [`${id}PerSecond`, perSecond],
          ]),
        ),
      };
    },
  })),
  {
    id: 'memory',
    title: 'memory of one border, after all of the above but the floods of its status port',
    expected: 'below 128 MiB resident',
    run(world): Promise<Outcome> {
      const sizes = [...world.borders.keys()]
        // The floods have made it grow.
        .filter((name) => name !== BARE_BORDER)
        .map((name) => world.envoys.get(name)?.residentBytes())
        .filter((size) => size !== undefined)
        .map((size) => size / MEBIBYTE);
      const most = Math.max(...sizes);
      return Promise.resolve({
        passed: sizes.length === 0 || most < 128,
        seen:
          sizes.length === 0
            ? 'not measured on this system'
            : `${Math.min(...sizes).toFixed(0)} to ${most.toFixed(0)} MiB resident`,
        ...(sizes.length > 0 && { measures: { mebibytes: most } }),
      });
    },
  },
];
