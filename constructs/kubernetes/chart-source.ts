import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { choice, messageOf, type Problem } from '../problems';
import { described } from '../schema-words';
import { expandPath, readYamlMap } from './yaml-file';

/** Where the charts of a mesh come from. */
export type ChartSource =
  | {
      /** A classic chart repository. */
      readonly kind: 'repository';
      /** URL of the repository, `https://...` (without `/index.yaml`). */
      readonly url: string;
    }
  | {
      /** An OCI registry. Log in with `helm registry login` where it asks for it. */
      readonly kind: 'oci';
      /** `oci://registry/folder`, without the chart's name. */
      readonly url: string;
    }
  | {
      /** A folder on this machine, for networks without a way out. */
      readonly kind: 'local';
      /**
       * The folder that holds the charts, each unpacked (`<chart>/Chart.yaml`) or as `helm pull`
       * leaves it (`<chart>-<version>.tgz`).
       */
      readonly path: string;
    };

const SOURCES: readonly ChartSource['kind'][] = ['repository', 'oci', 'local'];

/**
 * What is wrong with where charts come from; paths from the source.
 *
 * @param charts Those that are taken from there, each in its version.
 */
export function chartSourceProblems(
  source: ChartSource,
  charts: readonly { readonly chart: string; readonly version: string }[],
): Problem[] {
  if (!SOURCES.includes(source.kind)) {
    // A program in JavaScript has no compiler that says it.
    return [{ path: ['kind'], message: `${described(source.kind)}; must be ${choice(SOURCES)}` }];
  }
  if (source.kind !== 'local') {
    const { url } = source;
    const [form, start] =
      source.kind === 'oci' ? [/^oci:\/\//, 'oci://'] : [/^https?:\/\//, 'https://'];
    const message = `is "${url}"; must start with ${start}`;
    return form.test(url) ? [] : [{ path: ['url'], message }];
  }
  const problems = charts.flatMap(({ chart, version }) => {
    const found = findChart(source.path, chart, version);
    return 'problem' in found ? [found.problem] : [];
  });
  return [...new Set(problems)].map((message) => ({ path: ['path'], message }));
}

/** Finds a chart in a folder and checks its version. */
export function findChart(
  folder: string,
  chart: string,
  version: string,
): { readonly path: string } | { readonly problem: string } {
  const root = expandPath(folder);
  if (!existsSync(root)) {
    return { problem: `chart folder ${root} does not exist` };
  }
  const archive = join(root, `${chart}-${version}.tgz`);
  if (existsSync(archive)) {
    return { path: archive };
  }
  const unpacked = join(root, chart);
  if (existsSync(join(unpacked, 'Chart.yaml'))) {
    const found = versionIn(join(unpacked, 'Chart.yaml'));
    if (typeof found === 'object') return found;
    if (found === version) {
      return { path: unpacked };
    }
    return {
      problem:
        `chart ${unpacked} has version ${found}, but ${version} is asked for: ` +
        'set the version to that of the chart, or put the other chart there',
    };
  }
  const others = readdirSync(root).filter((name) => name.startsWith(`${chart}-`));
  return {
    problem:
      `no chart ${chart} ${version} in ${root}: ` +
      `neither ${chart}/Chart.yaml nor ${chart}-${version}.tgz exists` +
      (others.length > 0 ? `; there is ${others.sort().join(', ')}` : ''),
  };
}

/** Version that a chart says that it has. */
function versionIn(file: string): string | { readonly problem: string } {
  try {
    return String(readYamlMap(file, 'chart').version);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
