import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LINKERD_SCHEMAS, SCHEMAS } from './fetched-schemas';
import { CONSUL, ISTIO, LINKERD } from '../../versions';

/**
 * The upstream files that the tests hold the project against: CRDs and the charts' own values, of
 * the pinned versions. `npm run upstream` fetches them.
 */

/** The charts whose values the tests know, by the folder that holds them. */
export type Chart =
  | 'istio-base'
  | 'istio-cni'
  | 'istio-gateway'
  | 'istiod'
  | 'consul'
  | 'linkerd-crds'
  | 'linkerd-control-plane';

/** What is looked for together, by its version. */
interface Upstream {
  readonly crds: Readonly<Record<string, string>>;
  readonly charts: Readonly<Record<string, string>>;
}

const PAIR = {
  crds: { istio: ISTIO.version, 'consul-k8s': CONSUL.version },
  charts: {
    'istio-base': ISTIO.version,
    'istio-cni': ISTIO.version,
    'istio-gateway': ISTIO.version,
    istiod: ISTIO.version,
    consul: CONSUL.version,
  },
} satisfies Upstream;

const OF_LINKERD = {
  crds: { linkerd: LINKERD.version },
  charts: { 'linkerd-crds': LINKERD.version, 'linkerd-control-plane': LINKERD.version },
} satisfies Upstream;

const CRDS = { ...PAIR.crds, ...OF_LINKERD.crds };
const CHARTS: Readonly<Record<Chart, string>> = { ...PAIR.charts, ...OF_LINKERD.charts };

/**
 * The folder of a release: of the pinned version, else of the last one there is of its minor version.
 * Older ones do not count: a check against them would say nothing.
 */
function releaseFolder(parent: string, name: string, version: string): string | undefined {
  const line = version.split('.').slice(0, 2).join('.');
  const found = existsSync(parent) ? readdirSync(parent) : [];
  const folder =
    found.find((entry) => entry === `${name}-${version}`) ??
    found
      .filter((entry) => entry.startsWith(`${name}-${line}.`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1);
  return folder === undefined ? undefined : join(parent, folder);
}

/** Folder with `crds/` and `chart-values/` of Istio and Consul, or undefined when it is nowhere. */
export function schemasFolder(): string | undefined {
  return folderOf(PAIR);
}

/** The same of Linkerd. */
export function linkerdSchemasFolder(): string | undefined {
  return folderOf(OF_LINKERD);
}

function folderOf({ crds, charts }: Upstream): string | undefined {
  const shared = join(__dirname, '..', '..', '..', 'shared');
  return [process.env.MESH_SCHEMAS, SCHEMAS, LINKERD_SCHEMAS, shared].find(
    (folder) =>
      folder !== undefined &&
      Object.entries(crds).every(([name, version]) =>
        releaseFolder(join(folder, 'crds'), name, version),
      ) &&
      Object.entries(charts).every(([name, version]) =>
        releaseFolder(join(folder, 'chart-values'), name, version),
      ),
  );
}

/** Paths of the CRDs of a mesh; of Linkerd none where they were not fetched. */
export function crdFiles(mesh: keyof typeof CRDS): string[] {
  const root = mesh === 'linkerd' ? linkerdSchemasFolder() : folder();
  if (root === undefined) return [];
  const release = releaseFolder(join(root, 'crds'), mesh, CRDS[mesh]);
  return release === undefined ? [] : readdirSync(release).map((file) => join(release, file));
}

/** Folder with the values of a chart, and with their schema where the chart has one. */
export function chartFolder(chart: Chart): string {
  const root = chart in OF_LINKERD.charts ? linkerdSchemasFolder() : folder();
  if (root === undefined) throw new Error(linkerdSchemasMissing);
  const values = join(root, 'chart-values');
  const release = releaseFolder(values, chart, CHARTS[chart]);
  if (release === undefined) {
    throw new Error(`no values of chart ${chart} ${CHARTS[chart]} in ${values}`);
  }
  return release;
}

/** What to put into the name of a suite that is skipped for want of the files. */
export const schemasMissing = 'upstream schemas not found: run "npm run upstream"';
export const linkerdSchemasMissing = 'schemas of Linkerd not found: run "npm run upstream"';

function folder(): string {
  const found = schemasFolder();
  if (found === undefined) throw new Error(schemasMissing);
  return found;
}
