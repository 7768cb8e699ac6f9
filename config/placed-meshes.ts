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

/** Whether the roots of a mesh are given, and not fetched from the API of its cluster. */
export function hasGivenRoots({ trust }: Config['federation'], mesh: string): boolean {
  return trust.authorities === 'shared' || ownEntry(trust.roots, mesh) !== undefined;
}

type Facts = Pick<Config, 'meshes' | 'clusters' | 'accessPolicy'>;

/** Meshes whose services may call into this one; where none may yet, all others. */
export function callersOf(config: Facts, mesh: string): PlacedMesh[] {
  const { rules } = config.accessPolicy;
  return selected(config, mesh, (other) =>
    rules.some(({ from, to }) => meshOf(from) === other && meshOf(to) === mesh),
  );
}

/** Meshes that exchange roots with this one, since one calls the other; where none does yet, all others. */
export function partnersOf(config: Facts, mesh: string): PlacedMesh[] {
  const { rules } = config.accessPolicy;
  return selected(config, mesh, (other) =>
    rules.some(({ from, to }) => {
      const [caller, callee] = [meshOf(from), meshOf(to)];
      return (caller === other && callee === mesh) || (caller === mesh && callee === other);
    }),
  );
}

function selected(config: Facts, mesh: string, isOne: (other: string) => boolean): PlacedMesh[] {
  const others = placedMeshes(config).filter(({ name }) => name !== mesh);
  const some = others.filter(({ name }) => isOne(name));
  return some.length > 0 ? some : others;
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
export function partnerClustersOf(config: Facts, cluster: string): ClusterWithMeshes[] {
  const here = placedMeshes(config).filter(({ clusterName }) => clusterName === cluster);
  const partners = new Set(
    here.flatMap(({ name }) => partnersOf(config, name)).map(({ clusterName }) => clusterName),
  );
  return clustersWithMeshes(config).filter(({ name }) => name !== cluster && partners.has(name));
}
