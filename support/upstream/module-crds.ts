import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { GATEWAY_API, type Pin, PROMETHEUS_OPERATOR } from '../../versions';
import { CACHE } from '../paths';

/*
 * CRDs that are part of no mesh, of the pinned versions, from the Go modules that hold them.
 */

/** Some CRDs of a Go module. */
interface ModuleCrds {
  /** Their name in messages. */
  readonly title: string;
  readonly pin: Pin;
  /** Where they lie in the module. */
  readonly folder: string;
  readonly files: readonly string[];
}

/** Those that `federation.observability` has objects for. */
export const MONITORING_CRDS: ModuleCrds = {
  title: 'CRDs of the Prometheus Operator',
  pin: PROMETHEUS_OPERATOR,
  folder: 'example/prometheus-operator-crd',
  files: ['podmonitors', 'prometheusrules'].map((name) => `monitoring.coreos.com_${name}.yaml`),
};

/** Those that gateways of the Gateway API and their routes have objects for. */
export const GATEWAY_API_CRDS: ModuleCrds = {
  title: 'CRDs of the Gateway API',
  pin: GATEWAY_API,
  // The standard channel has no TCPRoute.
  folder: 'config/crd/experimental',
  files: ['gatewayclasses', 'gateways', 'tcproutes', 'tlsroutes'].map(
    (name) => `gateway.networking.k8s.io_${name}.yaml`,
  ),
};

/** What to say where they are not. */
export function missing({ title }: ModuleCrds): string {
  return `${title} not found: run "npm run upstream"`;
}

/** Their paths, where they are at hand. */
export function moduleCrdFiles(crds: ModuleCrds): string[] | undefined {
  const files = crds.files.map((name) => path.join(cached(crds), name));
  return files.every((file) => existsSync(file)) ? files : undefined;
}

/** What `go mod download -json` says of a module: its folder, or why there is none. */
const downloaded = z.object({ Dir: z.string().optional(), Error: z.string().optional() });

/**
 * Has Go download the module, whose sum Go compares with that of its checksum database.
 *
 * @throws Where there is no Go, or its module proxy cannot be reached.
 */
export function fetchModuleCrds(crds: ModuleCrds, env: NodeJS.ProcessEnv = process.env): void {
  const { index, version } = crds.pin;
  if (index.kind !== 'go') return;
  const { stdout, stderr, error } = spawnSync(
    'go',
    ['mod', 'download', '-json', `${index.module}@v${version}`],
    { encoding: 'utf8', timeout: 120_000, env: { ...env, GOFLAGS: '', GOWORK: 'off' } },
  );
  if (error !== undefined) throw new Error(`Go cannot be run: ${error.message}`);
  if (stdout.trim() === '') throw new Error(stderr.trim());
  const { Dir, Error: reason } = downloaded.parse(JSON.parse(stdout));
  if (Dir === undefined) throw new Error(reason ?? stderr.trim());
  // Whole or not at all: a half of it would pass for all of it.
  const folder = cached(crds);
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    for (const name of crds.files) {
      copyFileSync(path.join(Dir, crds.folder, name), path.join(partial, name));
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function cached({ pin }: ModuleCrds): string {
  return path.join(CACHE, `${pin.name.toLowerCase().replaceAll(' ', '-')}-${pin.version}`);
}
