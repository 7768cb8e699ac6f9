import { kubernetesSupport, standardVersions } from '../constructs/eks/versions';
import { choice, formatPath, type Problem } from '../constructs/problems';
import {
  CHECKED,
  CONSUL,
  ISTIO,
  ISTIO_RETIRED_HOSTS,
  KUBERNETES_VERSIONS,
  type Day,
} from '../versions';
import { valuesChoices } from './chart-values';
import {
  compareVersions,
  type Finding,
  faultOf,
  kubernetesFinding,
  releaseOf,
  supportFinding,
  unsupportedKubernetes,
} from '../versions/verdicts';
import type { Config } from './schema';
import { type Side, SIDES } from './sides';

const CHARTS = { istio: ISTIO, consul: CONSUL };

/** The version of Kubernetes of a cluster, where the settings say it. */
export function kubernetesOf(
  { clusters }: Pick<Config, 'clusters'>,
  side: Side,
): string | undefined {
  const cluster = clusters[side];
  return cluster.kind === 'eks' ? cluster.eks.version : undefined;
}

/** Every version of a mesh that the settings choose: its own, and that of a control plane beside it. */
function meshVersions({ meshes }: Pick<Config, 'meshes'>, side: Side) {
  const { canary } = meshes.istio;
  return [
    { path: ['meshes', side, 'version'], version: meshes[side].version },
    ...(side === 'istio' && canary !== undefined
      ? [{ path: ['meshes', side, 'canary', 'version'], version: canary.version }]
      : []),
  ];
}

/** Versions that the settings choose and that do not go together, or do not keep what is promised. */
export function versionProblems(config: Pick<Config, 'clusters' | 'meshes'>): Problem[] {
  return [
    ...SIDES.flatMap((side) =>
      meshVersions(config, side).flatMap(({ path, version }) => [
        ...faultProblems(side, path, version),
        ...farProblems(side, path, version),
        ...kubernetesProblems(config, side, path, version),
      ]),
    ),
    ...dataplaneProblems(config),
  ];
}

/** Minor versions that may come after the newest that is known: some two years of them. */
const AHEAD = 8;

/** A version that no release of the coming years can be. */
function farProblems(side: Side, path: readonly string[], version: string): Problem[] {
  const { name, releases } = CHARTS[side];
  const newest = releases.at(-1)?.line;
  if (newest === undefined) return [];
  const [[major = 0, minor = 0], [knownMajor = 0, knownMinor = 0]] = [version, newest].map((text) =>
    text.split('.').map(Number),
  ) as [number[], number[]];
  const far = major > knownMajor || (major === knownMajor && minor > knownMinor + AHEAD);
  const message = `is ${version}; the newest ${name} that this release knows is ${newest}`;
  return far ? [{ path, message }] : [];
}

function faultProblems(side: Side, path: readonly string[], version: string): Problem[] {
  const fault = faultOf(CHARTS[side], version);
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
  config: Pick<Config, 'clusters'>,
  side: Side,
  path: readonly string[],
  version: string,
): Problem[] {
  const charts = CHARTS[side];
  const kubernetes = kubernetesOf(config, side);
  // One that EKS has no more, or that is none, is another mistake.
  if (kubernetes === undefined || !/^1\.\d+$/.test(kubernetes)) return [];
  if (kubernetesSupport(kubernetes, CHECKED) === 'ended') return [];
  const range = unsupportedKubernetes(charts, version, kubernetes);
  if (range === undefined) return [];
  const right = standardVersions().filter(
    (one) => unsupportedKubernetes(charts, version, one) === undefined,
  );
  return [
    {
      path: ['clusters', side, 'eks', 'version'],
      message:
        `is ${kubernetes}, and ${charts.name} ${version} is supported on ${range.join(' to ')}; use ` +
        `${right.length === 0 ? '' : `${choice(right)}, or `}another ${path.join('.')}`,
      comparedWith: [[...path]],
    },
  ];
}

/** A chart tells its sidecars what older ones do not know. */
function dataplaneProblems(config: Pick<Config, 'meshes'>): Problem[] {
  const { version, images } = config.meshes.consul;
  const needed = releaseOf(CONSUL.releases, version)?.dataplane;
  if (needed === undefined) return [];
  const chosen = [
    ...(images.dataplane === undefined
      ? []
      : [{ path: ['meshes', 'consul', 'images', 'dataplane'], value: images.dataplane, key: '' }]),
    ...valuesChoices(config).filter(({ key }) => key === 'global.imageConsulDataplane'),
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
            comparedWith: [['meshes', 'consul', 'version']],
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
    ...SIDES.flatMap((side): SettingFinding[] => {
      const cluster = config.clusters[side];
      if (cluster.kind !== 'eks') return [];
      const { version, extendedSupport } = cluster.eks;
      const known = KUBERNETES_VERSIONS.find((entry) => entry.version === version);
      const finding = known && kubernetesFinding(known, extendedSupport, on);
      return finding === undefined ? [] : [{ path: `clusters.${side}`, ...finding }];
    }),
    ...SIDES.flatMap((side) =>
      meshVersions(config, side).flatMap(({ path, version }): SettingFinding[] => {
        const finding = supportFinding(CHARTS[side], version, on);
        return finding === undefined ? [] : [{ path: path.join('.'), ...finding }];
      }),
    ),
    ...retiredHosts(config, on),
  ];
}

/** Settings that name hosts of Istio's which are switched off. */
function retiredHosts(config: Config, on: Day): SettingFinding[] {
  const { istio } = config.meshes;
  const { hosts, from, source } = ISTIO_RETIRED_HOSTS;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['charts', istio.charts?.kind === 'local' ? undefined : istio.charts?.url],
    ['images.registry', istio.images.registry],
    ['images.pilot', istio.images.pilot],
    ['images.proxy', istio.images.proxy],
    ...valuesChoices(config).map(
      ({ path, key, value }) => [`${formatPath(path.slice(2))} (${key})`, value] as const,
    ),
  ];
  return named.flatMap(([setting, value]): SettingFinding[] => {
    const host = hosts.find((one) => value?.replace(/^\w+:\/\//, '').startsWith(one));
    return host === undefined
      ? []
      : [
          {
            path: `meshes.istio.${setting}`,
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
