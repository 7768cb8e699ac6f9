/**
 * `npm run bench:growth` synthesises federations of many services, and prints what one service costs at
 * each size: where the design grows with the number of services alone, all lines say the same.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, TerraformStack } from 'cdktf';
import { type FederatedMesh, Federation } from '../constructs/federation';
import { consulMember, istioMember } from '../support/policy/installed-meshes';
import { table } from '../support/terminal/table';

const SIZES = [10, 50, 100, 200];

interface Usage {
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

/** A service on each side, and a rule each way, as often as told. */
function synthesise(services: number, outdir: string): Usage {
  const app = new App({ outdir, skipValidation: true });
  const stack = new TerraformStack(app, 'federation');
  const all = Array.from({ length: services }, (_, i) => i);
  const named = (letter: string) => Object.fromEntries(all.map((i) => [`${letter}${i}`, {}]));
  new Federation(stack, 'federation', {
    policy: {
      meshes: {
        istio: { kind: 'istio', services: named('a') },
        consul: { kind: 'consul', services: named('b') },
      },
      rules: all.flatMap((i) => [
        { from: `istio/a${i}`, to: `consul/b${i}` },
        { from: `consul/b${i}`, to: `istio/a${i}` },
      ]),
    },
    meshes: meshes((alias) => new KubernetesProvider(stack, alias, { alias })),
  });
  app.synth();
  return {
    cpuSeconds: process.cpuUsage().user / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
}

function meshes(
  provider: (alias: string) => KubernetesProvider,
): Readonly<Record<string, FederatedMesh>> {
  const apiServer = (name: string) => ({ address: `https://${name}.example.com` });
  return {
    istio: {
      ...istioMember('istio.example.com'),
      provider: provider('istio'),
      apiServer: apiServer('istio'),
    },
    consul: { ...consulMember(), provider: provider('consul'), apiServer: apiServer('consul') },
  };
}

function bytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(path.join(folder, file)))
    .filter((file) => file.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}

const [, , size, outdir] = process.argv;
if (size !== undefined && outdir !== undefined) {
  console.log(JSON.stringify(synthesise(Number(size), outdir)));
} else {
  const rows = SIZES.map((services) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-growth-'));
    try {
      // A process for each, so that none runs on what another has warmed up.
      const output = execFileSync(
        process.execPath,
        ['--import', 'tsx', __filename, String(services), folder],
        { encoding: 'utf8' },
      );
      return { services, ...(JSON.parse(output) as Usage), kilobytes: bytes(folder) / 1000 };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  console.log(
    table(
      'A federation of N services in each mesh, one rule each way',
      ['N', 'CPU s', 'peak MB', 'output kB', 'CPU ms for each', 'kB for each'],
      rows.map(({ services, cpuSeconds, megabytes, kilobytes }) =>
        [
          services,
          cpuSeconds.toFixed(1),
          Math.round(megabytes),
          Math.round(kilobytes),
          Math.round((1000 * cpuSeconds) / services),
          Math.round(kilobytes / services),
        ].map(String),
      ),
    ),
  );
}
