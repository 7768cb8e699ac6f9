import type { YamlMap } from '../../constructs/kubernetes/yaml-file';
import type { Ref } from '../../support/cluster/cluster';
import type { Manifest } from '../../support/objects/kinds';
import type { Mesh } from './meshes';
import type { World } from './world';

/** Breaks something; what it breaks is in the cluster of the fault's mesh, where nothing else is said. */
export type Break = (world: World, mesh: Mesh) => Promise<void> | void;

type Change = (object: YamlMap) => YamlMap;

/** Somebody has deleted it. */
export const gone =
  (ref: Ref): Break =>
  (world, mesh) =>
    world.remove(mesh, ref);

export const changed =
  (ref: Ref, to: Change): Break =>
  (world, mesh) =>
    world.change(mesh, ref, to);

/** Made anew, as what cannot be changed. */
export const replaced =
  (ref: Ref, to: Change): Break =>
  (world, mesh) =>
    world.replace(mesh, ref, to);

/** Its controller says so in its status. */
export const told =
  (ref: Ref, to: Change): Break =>
  (world, mesh) =>
    world.changeStatus(mesh, ref, to);

/** Somebody has made it. */
export const added =
  (object: Manifest): Break =>
  (world, mesh) =>
    world.add(mesh, object);
