import { standardVersions } from '../constructs/eks/versions';
import { choice, type Problem } from '../constructs/problems';
import { CONSUL, ISTIO, ISTIO_RETIRED_HOSTS, KUBERNETES_VERSIONS, type Day } from '../versions';
import {
  type Finding,
  faultOf,
  kubernetesFinding,
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

/** Versions that the settings choose and that do not go together, or do not keep what is promised. */
export function versionProblems(config: Pick<Config, 'clusters' | 'meshes'>): Problem[] {
  return SIDES.flatMap((side) => {
    const charts = CHARTS[side];
    const { version } = config.meshes[side];
    const problems: Problem[] = [];
    const fault = faultOf(charts, version);
    if (fault !== undefined) {
      problems.push({
        path: ['meshes', side, 'version'],
        message: `is ${version}; ${fault.what} (${fault.source}); use ${fault.fixed} or later`,
      });
    }
    const kubernetes = kubernetesOf(config, side);
    // One that EKS does not have is another mistake.
    if (kubernetes === undefined || !isOffered(kubernetes)) return problems;
    const range = unsupportedKubernetes(charts, version, kubernetes);
    if (range !== undefined) {
      problems.push({
        path: ['clusters', side, 'eks', 'version'],
        message:
          `is ${kubernetes}, and ${charts.name} ${version} is supported on ${range.join(' to ')}; ` +
          `use ${choice(standardVersions().filter((one) => unsupportedKubernetes(charts, version, one) === undefined))}, ` +
          `or another meshes.${side}.version`,
        comparedWith: [['meshes', side, 'version']],
      });
    }
    return problems;
  });
}

function isOffered(kubernetes: string): boolean {
  return KUBERNETES_VERSIONS.some(({ version }) => version === kubernetes);
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
    ...SIDES.flatMap((side): SettingFinding[] => {
      const finding = supportFinding(CHARTS[side], config.meshes[side].version, on);
      return finding === undefined ? [] : [{ path: `meshes.${side}.version`, ...finding }];
    }),
    ...retiredHosts(config, on),
  ];
}

/** Settings that name hosts of Istio's which are switched off. */
function retiredHosts({ meshes: { istio } }: Config, on: Day): SettingFinding[] {
  const { hosts, from, source } = ISTIO_RETIRED_HOSTS;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['charts', istio.charts?.kind === 'local' ? undefined : istio.charts?.url],
    ['images.registry', istio.images.registry],
    ['images.pilot', istio.images.pilot],
    ['images.proxy', istio.images.proxy],
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
