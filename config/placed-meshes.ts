import type { AccessPolicy, ConsulService, IstioService } from '../constructs/federation/plan';
import { ownEntry } from '../constructs/own-entry';
import type { ClusterSettings } from './clusters';
import type { MeshSettings } from './meshes';
import type { Config } from './schema';

/*
 * The meshes of the federation: which there are, in which cluster each is, and who calls whom.
 */

/** A mesh, and the cluster that it is in. */
export interface PlacedMesh {
  /** As settings, policy, stacks and messages call it. */
  readonly name: string;
  readonly mesh: MeshSettings;
  /** The key in `clusters`. */
  readonly clusterName: string;
  readonly cluster: ClusterSettings;
}

/** All of them, in their order. One whose cluster is not there is another mistake, and left out. */
export function placedMeshes({
  meshes,
  clusters,
}: Pick<Config, 'meshes' | 'clusters'>): PlacedMesh[] {
  return Object.entries(meshes).flatMap(([name, mesh]) => {
    const cluster = ownEntry(clusters, mesh.cluster);
    return cluster === undefined ? [] : [{ name, mesh, clusterName: mesh.cluster, cluster }];
  });
}

/** The mesh that a service of the policy is in: `istio` of `istio/backend`. */
export function meshOf(service: string): string {
  return service.split('/')[0] ?? '';
}

/** What the policy says of a service, by the name that rules have for it. */
export function serviceOf(
  { meshes }: Pick<AccessPolicy, 'meshes'>,
  service: string,
): IstioService | ConsulService | undefined {
  const [mesh = '', key = ''] = service.split('/');
  const services: Readonly<Record<string, IstioService | ConsulService>> =
    ownEntry(meshes, mesh)?.services ?? {};
  return ownEntry(services, key);
}

/** Whether a rule leads from another mesh into this one. */
export function isEntered({ rules }: Pick<Config['accessPolicy'], 'rules'>, mesh: string): boolean {
  return rules.some(({ from, to }) => meshOf(to) === mesh && meshOf(from) !== mesh);
}

/** Whether a rule leads from another mesh into this one, or from it into another. */
export function crosses({ rules }: Pick<Config['accessPolicy'], 'rules'>, mesh: string): boolean {
  return rules.some(
    ({ from, to }) => meshOf(from) !== meshOf(to) && [meshOf(from), meshOf(to)].includes(mesh),
  );
}

/** Whether a rule leads from the one of two meshes into the other. */
export function crossesTo(
  { rules }: Pick<Config['accessPolicy'], 'rules'>,
  one: string,
  other: string,
): boolean {
  return rules.some(({ from, to }) =>
    [
      [one, other],
      [other, one],
    ].some(([caller, callee]) => meshOf(from) === caller && meshOf(to) === callee),
  );
}

/** Whether the roots of a mesh are given, and not fetched from the API of its cluster. */
export function hasGivenRoots({ trust }: Config['federation'], mesh: string): boolean {
  return trust.authorities === 'shared' || ownEntry(trust.roots, mesh) !== undefined;
}

type Placement = Pick<Config, 'meshes' | 'partners' | 'clusters' | 'accessPolicy'>;

/** Our meshes whose services may call into this one; where nobody may yet, all others of ours. */
export function callersOf(config: Placement, mesh: string): PlacedMesh[] {
  const { rules } = config.accessPolicy;
  return othersOf(
    config,
    mesh,
    rules.filter(({ to }) => meshOf(to) === mesh).map(({ from }) => meshOf(from)),
  );
}

/**
 * Our meshes that exchange roots with this one, since one calls the other; where it has nothing to do with
 * any mesh yet, all others of ours.
 */
export function peersOf(config: Placement, mesh: string): PlacedMesh[] {
  const called = config.accessPolicy.rules
    .map(({ from, to }) => [meshOf(from), meshOf(to)])
    .filter((pair) => pair.includes(mesh))
    .flat();
  return othersOf(config, mesh, called);
}

/** Those of ours among some meshes; where none is named, not even a partner's, all of ours. */
function othersOf(config: Placement, mesh: string, names: readonly string[]): PlacedMesh[] {
  const others = placedMeshes(config).filter(({ name }) => name !== mesh);
  const known = names.filter((name) => name !== mesh && isKnown(config, name));
  return known.length > 0 ? others.filter(({ name }) => known.includes(name)) : others;
}

/** A name that is none of a mesh is another mistake. */
function isKnown({ meshes, partners }: Placement, name: string): boolean {
  return Object.hasOwn(meshes, name) || Object.hasOwn(partners, name);
}

/** A cluster, and the meshes in it. */
export interface ClusterWithMeshes {
  /** The key in `clusters`. */
  readonly name: string;
  readonly cluster: ClusterSettings;
  readonly meshes: readonly PlacedMesh[];
}

/** All clusters, in their order. */
export function clustersWithMeshes(
  config: Pick<Config, 'meshes' | 'clusters'>,
): ClusterWithMeshes[] {
  const all = placedMeshes(config);
  return Object.entries(config.clusters).map(([name, cluster]) => ({
    name,
    cluster,
    meshes: all.filter(({ clusterName }) => clusterName === name),
  }));
}

/** Clusters whose pods read the roots of the meshes in this one. */
export function peerClustersOf(config: Placement, cluster: string): ClusterWithMeshes[] {
  const here = placedMeshes(config).filter(({ clusterName }) => clusterName === cluster);
  const peers = new Set(
    here.flatMap(({ name }) => peersOf(config, name)).map(({ clusterName }) => clusterName),
  );
  return clustersWithMeshes(config).filter(({ name }) => name !== cluster && peers.has(name));
}
