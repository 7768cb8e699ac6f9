import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import { ownEntry } from '../constructs/own-entry';
import { merge, mergeValue } from './merge';
import { defaultPolicy } from './access-policy';
import { isMeshKind } from './meshes';
import { hasWeatherMeshes, weatherSettings } from './weather';

/*
 * What a file may leave out because it follows from the rest of the settings.
 */

/** Sections that hold for all clusters, and that each cluster may change for itself. */
export const SHARED = ['network', 'eks'] as const;

/**
 * The settings that are written, over a profile's.
 *
 * @param standard Those of the profile, with the default pair of meshes. A mesh of another name takes its
 * place: then there are the meshes that are written, in the clusters that they are in.
 * @param undescribed What a cluster is that a mesh is in and that is not written.
 */
export function laidOver(
  standard: YamlMap,
  written: YamlMap,
  undescribed?: (name: string) => object,
): YamlMap {
  const raw = merge(standard, written);
  const { meshes } = raw;
  if (!isYamlMap(meshes)) return raw;
  const own = keysOf(written['meshes']);
  const pair = keysOf(standard['meshes']);
  const ownClusters = keysOf(written['clusters']);
  const isPair = own.every((name) => pair.includes(name));
  const kept = isPair ? meshes : entriesOf(meshes, (name) => own.includes(name));
  const used = Object.entries(kept).flatMap(([name, mesh]) =>
    isPartners(mesh) ? [] : [clusterOf(name, mesh)],
  );
  const { clusters } = raw;
  return {
    ...raw,
    meshes: kept,
    // One that is written and that no mesh is in is a mistake.
    ...(isYamlMap(clusters) && {
      clusters: {
        ...entriesOf(clusters, (name) => used.includes(name) || ownClusters.includes(name)),
        ...(undescribed &&
          Object.fromEntries(
            namesIn(used).map((name) => [
              name,
              mergeValue(undescribed(name), ownEntry(clusters, name)),
            ]),
          )),
      },
    }),
  };
}

/** The settings with what follows from others. */
export function complete(raw: YamlMap): YamlMap {
  return withPolicyKinds(withPolicy(withWeather(withMeshes(withClusters(raw)))));
}

/** What all clusters share. */
function withClusters(raw: YamlMap): YamlMap {
  const whole = mapped(raw, 'clusters', (_, cluster) => {
    if (!isYamlMap(cluster) || cluster['kind'] !== 'eks') return cluster;
    const sections = SHARED.map((section) => [section, mergeValue(raw[section], cluster[section])]);
    return withAutoMode({ ...cluster, ...(Object.fromEntries(sections) as YamlMap) });
  });
  const { eks } = whole;
  return isAuto(eks) ? { ...whole, eks: { nodeGroups: [], ...eks } } : whole;
}

/** Auto Mode has no node groups, and makes the load balancers. */
function withAutoMode(cluster: YamlMap): YamlMap {
  const { eks } = cluster;
  return isAuto(eks)
    ? { loadBalancers: 'auto-mode', ...cluster, eks: { nodeGroups: [], ...eks } }
    : cluster;
}

function isAuto(eks: unknown): eks is YamlMap {
  return isYamlMap(eks) && eks['compute'] === 'auto';
}

/** A mesh of the default pair says its kind by its name; each is in the cluster that is called like it. */
function withMeshes(raw: YamlMap): YamlMap {
  return mapped(raw, 'meshes', (name, mesh) =>
    isYamlMap(mesh) ? { ...mesh, cluster: clusterOf(name, mesh) } : mesh,
  );
}

/** Whether it is somebody else's, who has it in a cluster of his own. */
function isPartners(mesh: unknown): boolean {
  return isYamlMap(mesh) && mesh['partner'] !== undefined;
}

function clusterOf(name: string, mesh: unknown): unknown {
  return isYamlMap(mesh) ? (mesh['cluster'] ?? name) : name;
}

/** `meshes` says of which kind a mesh of the policy is. */
function withPolicyKinds(raw: YamlMap): YamlMap {
  const { accessPolicy, meshes } = raw;
  if (!isYamlMap(accessPolicy)) return raw;
  const policy = mapped(accessPolicy, 'meshes', (name, mesh) => {
    const of = isYamlMap(meshes) ? ownEntry(meshes, name) : undefined;
    // What `meshes` does not have, or not rightly, is a mistake there.
    const kind = isYamlMap(of) && isMeshKind(of['kind']) ? of['kind'] : 'istio';
    return isYamlMap(mesh) ? { kind, ...mesh } : mesh;
  });
  return { ...raw, accessPolicy: policy };
}

/** The weather application is there where its meshes are. */
function withWeather(raw: YamlMap): YamlMap {
  const { meshes, weather } = raw;
  if (!isYamlMap(meshes) || hasWeatherMeshes(ownOf(meshes))) return raw;
  return { ...raw, weather: mergeValue({ enabled: false }, weather) };
}

/** Who writes no policy has that of the weather application, for the namespace that it is in. */
function withPolicy(raw: YamlMap): YamlMap {
  if ('accessPolicy' in raw) return raw;
  // Where it has mistakes these are told, and any policy will do.
  const { data: weather = weatherSettings.parse(undefined) } = weatherSettings.safeParse(
    raw['weather'],
  );
  const isThere = !isYamlMap(raw['meshes']) || hasWeatherMeshes(ownOf(raw['meshes']));
  return {
    ...raw,
    accessPolicy: defaultPolicy({ ...weather, enabled: weather.enabled && isThere }),
  };
}

function ownOf(meshes: YamlMap): YamlMap {
  return Object.fromEntries(Object.entries(meshes).filter(([, mesh]) => !isPartners(mesh)));
}

function mapped(
  raw: YamlMap,
  section: string,
  change: (name: string, value: unknown) => unknown,
): YamlMap {
  const map = raw[section];
  if (!isYamlMap(map)) return raw;
  const entries = Object.entries(map).map(([name, value]) => [name, change(name, value)]);
  return { ...raw, [section]: Object.fromEntries(entries) as YamlMap };
}

function entriesOf(map: YamlMap, isKept: (name: string) => boolean): YamlMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => isKept(name)));
}

/** What is no text is a mistake that is told elsewhere. */
function namesIn(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

function keysOf(map: unknown): readonly string[] {
  return isYamlMap(map) ? Object.keys(map) : [];
}
