import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CHARTS, hasCharts, helmProgram } from './helm';

/*
 * What the charts make of our values, rendered by Helm itself, where Helm and the charts are at hand.
 */

/** What to say where they are not. */
export const helmMissing = 'run "npm run upstream", or set HELM_CHARTS_DIR and HELM_BIN';

/** Where charts may be, beside what `npm run upstream` fetched. */
const ELSEWHERE = process.env.HELM_CHARTS_DIR ?? join(__dirname, '../../../shared/charts');

/** Folder with the charts `base`, `istiod`, `gateway`, `cni` and `consul`, unpacked or as .tgz. */
export function chartsFolder(): string | undefined {
  if (process.env.HELM_CHARTS_DIR === undefined && hasCharts()) return CHARTS;
  return existsSync(ELSEWHERE) ? ELSEWHERE : undefined;
}

/** Are both at hand? */
export function helmRenders(): boolean {
  return chartsFolder() !== undefined && helmRuns();
}

/** Is the chart of a release among them? */
export function hasChart({ chart, version }: Pick<Release, 'chart' | 'version'>): boolean {
  const folder = chartsFolder() ?? '';
  return [`${chart}-${version}.tgz`, chart].some((name) => existsSync(join(folder, name)));
}

/** Is Helm at hand? */
export function helmRuns(): boolean {
  return program() !== undefined;
}

let found: { readonly program: string | undefined } | undefined;

function program(): string | undefined {
  found ??= { program: helmProgram() };
  return found.program;
}

function helm(args: readonly string[]): string {
  return execFileSync(program() ?? 'helm', args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** What Helm makes of a values file. */
export function helmReads(text: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-chart-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: show\nversion: 1.0.0\n');
    writeFileSync(join(folder, 'templates', 'values.yaml'), '{{ toJson .Values }}\n');
    const values = join(folder, 'mine.yaml');
    writeFileSync(values, text);
    const output = helm(['template', 'show', folder, '--values', values]);
    return JSON.parse(output.slice(output.indexOf('{'))) as unknown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Helm release as a stack has it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  /** Texts in YAML, merged in this order. */
  readonly values: readonly string[];
}

/**
 * Renders a release as the helm provider would install it, hooks included.
 *
 * @param apiVersions What the cluster serves, such as `policy/v1` and `policy/v1/PodDisruptionBudget`.
 */
export function renderRelease(
  { name, namespace, chart, version, values }: Release,
  apiVersions: readonly string[] = [],
): unknown[] {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-chart-'));
  try {
    const files = values.map((text, i) => {
      const file = join(folder, `${i}.yaml`);
      writeFileSync(file, text);
      return ['--values', file];
    });
    const charts = chartsFolder() ?? '';
    const archive = join(charts, `${chart}-${version}.tgz`);
    const output = helm([
      ...['template', name, existsSync(archive) ? archive : join(charts, chart)],
      ...['--namespace', namespace, '--kube-version', '1.35', ...files.flat()],
      ...(apiVersions.length > 0 ? ['--api-versions', apiVersions.join(',')] : []),
    ]);
    return parseAllDocuments(output)
      .map((document) => document.toJS() as unknown)
      .filter((object) => object !== null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
