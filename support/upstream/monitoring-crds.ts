import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { PROMETHEUS_OPERATOR } from '../../versions';
import { CACHE } from '../paths';

/*
 * The CRDs of the Prometheus Operator that `federation.observability` has objects for, of the pinned
 * version, from its Go module.
 */

const FOLDER = path.join(CACHE, `prometheus-operator-${PROMETHEUS_OPERATOR.version}`);

const FILES = ['podmonitors', 'prometheusrules'].map(
  (name) => `monitoring.coreos.com_${name}.yaml`,
);

/** What to say where they are not. */
export const monitoringMissing =
  'CRDs of the Prometheus Operator not found: run "npm run upstream"';

/** Paths of the CRDs, where they are at hand. */
export function monitoringCrdFiles(): string[] | undefined {
  const files = FILES.map((name) => path.join(FOLDER, name));
  return files.every((file) => existsSync(file)) ? files : undefined;
}

/** What `go mod download -json` says of a module: its folder, or why there is none. */
const downloaded = z.object({ Dir: z.string().optional(), Error: z.string().optional() });

/**
 * Has Go download the module, whose sum Go compares with that of its checksum database.
 *
 * @throws Where there is no Go, or its module proxy cannot be reached.
 */
export function fetchMonitoringCrds(env: NodeJS.ProcessEnv = process.env): void {
  const { index, version } = PROMETHEUS_OPERATOR;
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
  const partial = `${FOLDER}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    for (const name of FILES) {
      copyFileSync(
        path.join(Dir, 'example/prometheus-operator-crd', name),
        path.join(partial, name),
      );
    }
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(partial, FOLDER);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
