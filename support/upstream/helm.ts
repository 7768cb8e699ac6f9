import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { CONSUL, HELM, ISTIO } from '../../versions';
import { CACHE } from '../paths';

/*
 * Helm and the charts of the pinned versions, by which tests see what becomes of our values.
 */

/** Where the charts are kept; not part of the repository. */
export const CHARTS = path.join(CACHE, 'charts');

const PINNED = [ISTIO, CONSUL].flatMap(({ charts, repository, version }) =>
  charts.map((chart) => ({ chart, repository, version, file: `${chart}-${version}.tgz` })),
);

/** Helm, where it is at hand: `HELM_BIN`, else that of the `PATH`, else the one that was built here. */
export function helmProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const programs = env.HELM_BIN ? [env.HELM_BIN] : ['helm', builtHelm(env)];
  return programs.find((program) => runs(program, ['version'], env));
}

/**
 * Builds Helm with Go, once, and keeps it in the user's cache.
 *
 * @throws Where there is no Go, or its module proxy cannot be reached.
 */
export function buildHelm(env: NodeJS.ProcessEnv = process.env): void {
  if (HELM.index.kind !== 'go') return;
  const file = builtHelm(env);
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  const aside = mkdtempSync(path.join(folder, 'helm-'));
  try {
    const { status, stderr, error } = spawnSync(
      'go',
      ['install', '-trimpath', `${HELM.index.module}/cmd/helm@v${HELM.version}`],
      {
        encoding: 'utf8',
        env: { ...env, GOBIN: aside, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
      },
    );
    if (status !== 0) {
      const said = error?.message ?? stderr.trim().split('\n').slice(-5).join('\n');
      throw new Error(
        `Helm ${HELM.version} could not be built with Go: ${said}\nInstall it: https://helm.sh/docs/intro/install/`,
      );
    }
    renameSync(path.join(aside, 'helm'), file);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function builtHelm(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'cdktf-mesh-federation', `helm-${HELM.version}`);
}

/** Whether the charts of the pinned versions are kept here. */
export function hasCharts(): boolean {
  return PINNED.every(({ file }) => existsSync(path.join(CHARTS, file)));
}

/**
 * Has Helm fetch the charts from their repositories.
 *
 * @throws Where one of them cannot be had.
 */
export function fetchCharts(helm: string): void {
  // Whole or not at all, as the schemas.
  const partial = `${CHARTS}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    for (const { chart, repository, version } of PINNED) {
      const { status, stderr, error } = spawnSync(
        helm,
        ['pull', chart, '--repo', repository, '--version', version, '--destination', partial],
        { encoding: 'utf8', timeout: 60_000 },
      );
      if (status !== 0) {
        throw new Error(`chart ${chart} ${version}: ${error?.message ?? stderr.trim()}`);
      }
    }
    rmSync(CHARTS, { recursive: true, force: true });
    renameSync(partial, CHARTS);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function runs(program: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0;
}
