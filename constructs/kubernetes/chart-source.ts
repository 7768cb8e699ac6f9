import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expandPath, readYamlMap } from './yaml-file';

/** Where the charts of a mesh come from. */
export type ChartSource =
  | {
      /** A classic chart repository. */
      readonly kind: 'repository';
      /** Its address, `https://...` (without `/index.yaml`). */
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

/**
 * What is wrong with a local chart, before Terraform starts; nothing for charts that are elsewhere.
 *
 * @param chart Name of the chart: `istiod`.
 */
export function chartProblem(
  source: ChartSource,
  chart: string,
  version: string,
): string | undefined {
  if (source.kind !== 'local') return undefined;
  const found = findChart(source.path, chart, version);
  return 'problem' in found ? found.problem : undefined;
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
    const found = readYamlMap(join(unpacked, 'Chart.yaml'), 'chart').version;
    if (found === version) {
      return { path: unpacked };
    }
    return {
      problem:
        `chart ${unpacked} has version ${String(found)}, but ${version} is asked for: ` +
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
