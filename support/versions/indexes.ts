import { parse } from 'yaml';
import { CHARTS } from '../../config/versions';
import { isYamlMap } from '../../constructs/kubernetes/yaml-file';
import {
  CLOUD_PROVIDER_KIND,
  CONSUL_TEMPLATE,
  ENVOY,
  NODE,
  PROVIDERS,
  REHEARSAL_ENVOY,
} from '../../versions';
import type { Image, Index, Pin } from '../../versions';
import { compareVersions } from '../../versions/verdicts';

/** What a public index has of something, or why it could not be asked. */
export type IndexAnswer =
  { readonly versions: readonly string[]; readonly digest?: string } | { readonly problem: string };

/** By name of the pin. */
export type IndexAnswers = ReadonlyMap<string, IndexAnswer>;

/** Everything that is asked for. */
const ASKED: readonly Pin[] = [
  ...Object.values(CHARTS),
  ENVOY,
  NODE,
  CONSUL_TEMPLATE,
  CLOUD_PROVIDER_KIND,
  REHEARSAL_ENVOY,
  ...PROVIDERS.map(({ bindings }): Pin => ({
    name: bindings.name,
    version: bindings.version,
    index: { kind: 'npm', name: bindings.name },
    releases: [],
  })),
];

/** Asks all indexes at the same time. One that does not answer is a problem of its own. */
export async function indexAnswers(timeoutMs: number): Promise<IndexAnswers> {
  return new Map(
    await Promise.all(
      ASKED.map(async (pin): Promise<readonly [string, IndexAnswer]> => {
        try {
          return [pin.name, await ask(pin, timeoutMs)];
        } catch (error) {
          return [pin.name, { problem: reasonOf(error, timeoutMs) }];
        }
      }),
    ),
  );
}

async function ask(pin: Pin, timeoutMs: number): Promise<IndexAnswer> {
  const { index } = pin;
  const get = (url: string) => download(url, timeoutMs);
  switch (index.kind) {
    case 'helm':
      return released(chartVersions(await get(`${index.url}/index.yaml`), index.chart));
    case 'npm':
      return released(keys(JSON.parse(await get(`${npmRegistry()}/${index.name}`)), 'versions'));
    case 'pypi':
      return released(
        keys(JSON.parse(await get(`https://pypi.org/pypi/${index.name}/json`)), 'releases'),
      );
    case 'go':
      return released((await get(`https://proxy.golang.org/${index.module}/@v/list`)).split('\n'));
    case 'docker':
      return dockerTags(pin, index, get);
  }
}

/** Docker Hub lists tags by their names, and has the digest of each. */
async function dockerTags(
  pin: Pin,
  { repository }: Extract<Index, { kind: 'docker' }>,
  get: (url: string) => Promise<string>,
): Promise<IndexAnswer> {
  const tag = isImage(pin) ? pin.tag : pin.version;
  const [before = '', after = ''] = tag.split(pin.version);
  const line = pin.version.split('.')[0] ?? '';
  const name = encodeURIComponent(`${before}${line}.`);
  const page: unknown = JSON.parse(
    await get(
      `https://hub.docker.com/v2/repositories/${repository}/tags?page_size=100&ordering=last_updated&name=${name}`,
    ),
  );
  const results: readonly unknown[] =
    isYamlMap(page) && Array.isArray(page.results) ? page.results : [];
  const tags = results.filter(isYamlMap);
  const own = tags.find((entry) => entry.name === tag);
  // A later base image is as good: 1.2.0-alpine3.1, 1.3.0-alpine3.2.
  const suffix = after.replace(/\d+(\.\d+)*$/, '');
  const versions = tags.flatMap(({ name: found }) => {
    if (typeof found !== 'string' || !found.startsWith(before)) return [];
    const [, version, rest = ''] = /^(\d+\.\d+\.\d+)(.*)$/.exec(found.slice(before.length)) ?? [];
    return version !== undefined && rest.replace(/\d+(\.\d+)*$/, '') === suffix ? [version] : [];
  });
  return {
    ...released(versions),
    digest: typeof own?.digest === 'string' ? own.digest : undefined,
  };
}

function isImage(pin: Pin): pin is Image {
  return 'tag' in pin;
}

/** Releases, the newest first. */
function released(versions: readonly string[]): { readonly versions: readonly string[] } {
  const finished = versions
    .map((version) => version.replace(/^v/, ''))
    .filter((version) => /^\d+(\.\d+)+$/.test(version));
  return { versions: [...new Set(finished)].sort((a, b) => compareVersions(b, a)) };
}

function chartVersions(text: string, chart: string): string[] {
  const index: unknown = parse(text);
  const entries = isYamlMap(index) && isYamlMap(index.entries) ? index.entries[chart] : undefined;
  if (!Array.isArray(entries)) throw new Error(`its index has no chart ${chart}`);
  return entries
    .filter(isYamlMap)
    .flatMap(({ version }) => (typeof version === 'string' ? [version] : []));
}

function keys(document: unknown, field: string): string[] {
  const versions = isYamlMap(document) ? document[field] : undefined;
  if (!isYamlMap(versions)) throw new Error(`its answer has no ${field}`);
  return Object.keys(versions);
}

/** npm tells the programs that it runs which registry it is set up for. */
function npmRegistry(): string {
  return (process.env.npm_config_registry ?? 'https://registry.npmjs.org').replace(/\/+$/, '');
}

async function download(url: string, timeoutMs: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${new URL(url).host} answers ${response.status}`);
  return response.text();
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `no answer within ${timeoutMs / 1000} s`;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError'
  );
}
