import { kubernetesSupport, standardVersions } from '../constructs/eks/versions';
import { choice, formatPath, type Problem } from '../constructs/problems';
import {
  CHECKED,
  CONSUL,
  ISTIO,
  ISTIO_RETIRED_HOSTS,
  KUBERNETES_VERSIONS,
  LINKERD,
  type Day,
} from '../versions';
import { valuesChoices } from './chart-values';
import {
  compareVersions,
  type Finding,
  faultOf,
  isOutOfSupport,
  kubernetesFinding,
  lineOf,
  releaseOf,
  supportFinding,
  unsupportedKubernetes,
} from '../versions/verdicts';
import type { ConsulMeshSettings, IstioMeshSettings, MeshSettings } from './meshes';
import { type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Config } from './schema';

type Kind = MeshSettings['kind'];

/** The pinned charts of each kind of mesh. */
export const CHARTS = { istio: ISTIO, consul: CONSUL, linkerd: LINKERD };

/** Every version of a mesh that the settings choose: its own, and that of a control plane beside it. */
function meshVersions(name: string, mesh: MeshSettings) {
  const path = ['meshes', name];
  return [
    { path: [...path, 'version'], version: mesh.version },
    ...(mesh.kind === 'istio' && mesh.canary !== undefined
      ? [{ path: [...path, 'canary', 'version'], version: mesh.canary.version }]
      : []),
  ];
}

/** Versions that the settings choose and that do not go together, or do not keep what is promised. */
export function versionProblems(config: Pick<Config, 'clusters' | 'meshes'>): Problem[] {
  return [
    ...Object.entries(config.meshes).flatMap(([name, mesh]) =>
      meshVersions(name, mesh).flatMap(({ path, version }) => [
        ...faultProblems(mesh.kind, path, version),
        ...farProblems(mesh.kind, path, version),
        ...outOfSupportProblems(name, mesh, path, version),
      ]),
    ),
    ...placedMeshes(config).flatMap((placed) =>
      meshVersions(placed.name, placed.mesh).flatMap(({ path, version }) =>
        kubernetesProblems(placed, path, version),
      ),
    ),
    ...Object.entries(config.meshes).flatMap(([name, mesh]) =>
      mesh.kind === 'consul' ? dataplaneProblems(name, mesh) : [],
    ),
    ...Object.entries(config.meshes).flatMap(([name, mesh]) => imageVersionProblems(name, mesh)),
  ];
}

/** Minor versions that may come after the newest that is known: some two years of them. */
const AHEAD = 8;

/** A version that no release of the coming years can be. */
function farProblems(kind: Kind, path: readonly string[], version: string): Problem[] {
  const { name, releases } = CHARTS[kind];
  const newest = releases.at(-1)?.line;
  if (newest === undefined) return [];
  const [[major = 0, minor = 0], [knownMajor = 0, knownMinor = 0]] = [version, newest].map((text) =>
    text.split('.').map(Number),
  ) as [number[], number[]];
  const far = major > knownMajor || (major === knownMajor && minor > knownMinor + AHEAD);
  const message = `is ${version}; the newest ${name} that this release knows is ${newest}`;
  return far ? [{ path, message }] : [];
}

/** Nobody mends what is found in it, and nothing here was ever tried with it. */
function outOfSupportProblems(
  name: string,
  { kind, allowUnsupported }: MeshSettings,
  path: readonly string[],
  version: string,
): Problem[] {
  const charts = CHARTS[kind];
  if (allowUnsupported || !isOutOfSupport(charts, version)) return [];
  const [oldest] = charts.releases;
  return [
    {
      path,
      message:
        `is ${version}, and ${charts.name} ${lineOf(version)} is out of support; use ${oldest?.line ?? ''} or ` +
        `later, or set meshes.${name}.allowUnsupported: true`,
      comparedWith: [['meshes', name, 'allowUnsupported']],
    },
  ];
}

function faultProblems(kind: Kind, path: readonly string[], version: string): Problem[] {
  const fault = faultOf(CHARTS[kind], version);
  return fault === undefined
    ? []
    : [
        {
          path,
          message: `is ${version}; ${fault.what} (${fault.source}); use ${fault.fixed} or later`,
        },
      ];
}

function kubernetesProblems(
  { name, mesh, clusterName, cluster }: PlacedMesh,
  path: readonly string[],
  version: string,
): Problem[] {
  const charts = CHARTS[mesh.kind];
  if (cluster.kind !== 'eks' || mesh.allowUnsupported) return [];
  const { version: kubernetes } = cluster.eks;
  // One that EKS has no more, or that is none, is another mistake.
  if (!/^1\.\d+$/.test(kubernetes)) return [];
  if (['ended', 'far'].includes(kubernetesSupport(kubernetes, CHECKED))) return [];
  const range = unsupportedKubernetes(charts, version, kubernetes);
  if (range === undefined) return [];
  const right = standardVersions().filter(
    (one) => unsupportedKubernetes(charts, version, one) === undefined,
  );
  return [
    {
      path: ['clusters', clusterName, 'eks', 'version'],
      message:
        `is ${kubernetes}, but ${charts.name} ${version} is supported on ${rangeText(range)}; use ` +
        `${right.length === 0 ? '' : `${choice(right)}, `}another ${path.join('.')}, or set ` +
        `meshes.${name}.allowUnsupported: true`,
      comparedWith: [[...path], ['meshes', name, 'allowUnsupported']],
    },
  ];
}

/** `1.32 to 1.37`, `1.32 or later` */
export function rangeText([first, last]: readonly [string, string?]): string {
  return last === undefined ? `${first} or later` : `${first} to ${last}`;
}

/** A chart tells its sidecars what older ones do not know. */
function dataplaneProblems(name: string, mesh: ConsulMeshSettings): Problem[] {
  const { version, images } = mesh;
  const needed = releaseOf(CONSUL.releases, version)?.dataplane;
  if (needed === undefined) return [];
  const chosen = [
    ...(images.dataplane === undefined
      ? []
      : [{ path: ['meshes', name, 'images', 'dataplane'], value: images.dataplane, key: '' }]),
    ...valuesChoices(name, mesh).filter(({ key }) => key === 'global.imageConsulDataplane'),
  ];
  return chosen.flatMap(({ path, key, value }) => {
    const [, tag] = /:v?(\d+\.\d+\.\d+)[^/]*$/.exec(value) ?? [];
    return tag === undefined || compareVersions(tag, needed) >= 0
      ? []
      : [
          {
            path,
            message:
              `${key === '' ? 'is' : `has ${key}:`} ${value}, and chart ${version} needs ` +
              `consul-dataplane ${needed} or later`,
            comparedWith: [['meshes', name, 'version']],
          },
        ];
  });
}

/** Where values files name an image of the mesh's own version, or its tag. */
const VALUES_WITH_VERSION = {
  istio: ['tag', 'global.tag', 'image', 'global.proxy.image'],
  consul: ['global.image', 'global.imageK8S'],
  // Its tags have the version in another form.
  linkerd: [],
} as const;

/** Images of a mesh that have its own version, where the settings name them. */
function imagesOfVersion(mesh: MeshSettings): Readonly<Record<string, string | undefined>> {
  switch (mesh.kind) {
    case 'istio':
      return { pilot: mesh.images.pilot, proxy: mesh.images.proxy };
    case 'consul':
      return { consul: mesh.images.consul, controlPlane: mesh.images.controlPlane };
    case 'linkerd':
      return {};
  }
}

/** Charts are made for programs of their own version. */
function imageVersionProblems(name: string, mesh: MeshSettings): Problem[] {
  const { version } = mesh;
  const images = imagesOfVersion(mesh);
  const keys: readonly string[] = VALUES_WITH_VERSION[mesh.kind];
  // During an upgrade by revisions the values may be those of the other control plane.
  const isUpgraded = mesh.kind === 'istio' && mesh.canary !== undefined;
  const chosen = [
    ...Object.entries(images).flatMap(([image, value]) =>
      value === undefined ? [] : [{ path: ['meshes', name, 'images', image], value, key: '' }],
    ),
    ...(isUpgraded ? [] : valuesChoices(name, mesh).filter(({ key }) => keys.includes(key))),
  ];
  return chosen.flatMap(({ path, key, value }): Problem[] => {
    // Of a digest alone nothing is known.
    const [, tag] = /(?:^|:)v?(\d+\.\d+\.\d+)[^/:]*(?:@.*)?$/.exec(value) ?? [];
    if (tag === undefined || lineOf(tag) === lineOf(version)) return [];
    return [
      {
        path,
        message:
          `${key === '' ? 'is' : `has ${key}:`} ${value}, and meshes.${name}.version is ${version}; take an ` +
          `image of ${lineOf(version)}, or another version`,
        comparedWith: [['meshes', name, 'version']],
      },
    ];
  });
}

/** A finding, and the setting that it is about. */
export interface SettingFinding extends Finding {
  readonly path: string;
}

/** What the catalog says on a day of the versions and hosts that the settings choose. */
export function versionFindings(config: Config, on: Day): SettingFinding[] {
  return [
    ...Object.entries(config.clusters).flatMap(([name, cluster]): SettingFinding[] => {
      if (cluster.kind !== 'eks') return [];
      const { version, extendedSupport } = cluster.eks;
      const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
      const finding = known && kubernetesFinding(known, extendedSupport, on);
      return finding === undefined ? [] : [{ path: `clusters.${name}`, ...finding }];
    }),
    ...Object.entries(config.meshes).flatMap(([name, mesh]) =>
      meshVersions(name, mesh).flatMap(({ path, version }): SettingFinding[] => {
        const finding = supportFinding(CHARTS[mesh.kind], version, on);
        return finding === undefined ? [] : [{ path: path.join('.'), ...finding }];
      }),
    ),
    ...Object.entries(config.meshes).flatMap(([name, mesh]) =>
      mesh.kind === 'istio' ? retiredHosts(name, mesh, on) : [],
    ),
  ];
}

/** Settings that name hosts of Istio's which are switched off. */
function retiredHosts(name: string, mesh: IstioMeshSettings, on: Day): SettingFinding[] {
  const { charts, images } = mesh;
  const { hosts, from, source } = ISTIO_RETIRED_HOSTS;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['charts', charts?.kind === 'local' ? undefined : charts?.url],
    ['images.registry', images.registry],
    ['images.pilot', images.pilot],
    ['images.proxy', images.proxy],
    ...valuesChoices(name, mesh).map(
      ({ path, key, value }) => [`${formatPath(path.slice(2))} (${key})`, value] as const,
    ),
  ];
  return named.flatMap(([setting, value]): SettingFinding[] => {
    const host = hosts.find((one) => value?.replace(/^\w+:\/\//, '').startsWith(one));
    return host === undefined
      ? []
      : [
          {
            path: `meshes.${name}.${setting}`,
            level: 'wrong',
            text:
              `${host} is switched off ${on < from ? `from ${from} on` : `since ${from}`} (${source}). ` +
              `Charts are at ${ISTIO.repository}, images at ${ISTIO.images}; both are the defaults.`,
          },
        ];
  });
}

/** The findings as notices, one each. */
export function versionNotices(config: Config, on: Day): string[] {
  return versionFindings(config, on).map(({ path, text }) => `${path}: ${text}`);
}
