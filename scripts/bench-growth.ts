/**
 * `npm run bench:growth` synthesises federations of many services as `cdktf` does, and prints what one service
 * costs at each size: where the design grows with the number of services alone, the last columns stay the same.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { measured, median } from '../support/bench/measure';
import { ROOT } from '../support/paths';
import { table } from '../support/terminal/table';

const SIZES = [1, 10, 50, 100, 200];
const RUNS = 3;

const cdktfJson = z.object({ app: z.string() });

/** A service on each side, and a rule each way, as often as told: in clusters without a limit of AWS's. */
function settings(services: number, kubeconfig: string): object {
  const all = Array.from({ length: services }, (_, i) => i);
  const named = (letter: string) => Object.fromEntries(all.map((i) => [`${letter}${i}`, {}]));
  const cluster = (context: string) => ({ kind: 'kubeconfig', path: kubeconfig, context });
  return {
    clusters: { istio: cluster('istio'), consul: cluster('consul') },
    weather: { enabled: false },
    accessPolicy: {
      meshes: { istio: { services: named('a') }, consul: { services: named('b') } },
      rules: all.flatMap((i) => [
        { from: `istio/a${i}`, to: `consul/b${i}` },
        { from: `consul/b${i}`, to: `istio/a${i}` },
      ]),
    },
  };
}

/** Names two clusters, which nothing connects to. */
function kubeconfig(): object {
  const names = ['istio', 'consul'];
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.example.com` } })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'nobody' } })),
    users: [{ name: 'nobody', user: {} }],
  };
}

function bytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.tf.json'))
    .reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
}

function measure(services: number, folder: string) {
  const config = path.join(folder, 'federation.yaml');
  const output = path.join(folder, 'cdktf.out');
  writeFileSync(path.join(folder, 'kubeconfig'), stringify(kubeconfig()));
  writeFileSync(config, stringify(settings(services, path.join(folder, 'kubeconfig'))));
  const { app } = cdktfJson.parse(JSON.parse(readFileSync(path.join(ROOT, 'cdktf.json'), 'utf8')));
  const run = () =>
    measured({
      words: app.split(' '),
      cwd: ROOT,
      folder,
      env: { FEDERATION_CONFIG: config, FEDERATION_PROFILE: 'default', CDKTF_OUTDIR: output },
    });
  // The first run fills the caches.
  run();
  const runs = Array.from({ length: RUNS }, run);
  return {
    services,
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    megabytes: median(runs.map(({ megabytes }) => megabytes)),
    kilobytes: bytes(output) / 1000,
  };
}

const rows = SIZES.map((services) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-growth-'));
  try {
    return measure(services, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
const [base] = rows;
const each = (services: number, more: number) =>
  services === 1 ? '' : Math.round(more / (services - 1));
console.log(
  table(
    `N services in each of two meshes, one rule each way; median of ${RUNS}`,
    ['N', 'CPU s', 'peak MB', 'output kB', 'CPU ms for each more', 'kB for each more'],
    rows.map(({ services, cpuSeconds, megabytes, kilobytes }) =>
      [
        services,
        cpuSeconds.toFixed(2),
        Math.round(megabytes),
        Math.round(kilobytes),
        each(services, 1000 * (cpuSeconds - (base?.cpuSeconds ?? 0))),
        each(services, kilobytes - (base?.kilobytes ?? 0)),
      ].map(String),
    ),
  ),
);
