import { z } from 'zod';
import { type ConsulMeshSettings, consulMeshSettings } from './consul';
import { type IstioMeshSettings, istioMeshSettings } from './istio';
import { type LinkerdMeshSettings, linkerdMeshSettings } from './linkerd';

/*
 * Settings of the meshes, a file for each kind: what they are called, where their charts and images come
 * from, what their gateways open. Everything has a default.
 */

export {
  type ConsulMeshSettings,
  consulMeshSettings,
  type IstioMeshSettings,
  istioMeshSettings,
  type LinkerdMeshSettings,
};

/** By kind; a further one is a line here. */
const KINDS = {
  istio: istioMeshSettings,
  consul: consulMeshSettings,
  linkerd: linkerdMeshSettings,
};

/** Whether meshes of such a kind are known. */
export function isMeshKind(kind: unknown): kind is keyof typeof KINDS {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind);
}

/** Settings of all meshes, by name. */
export const meshSettings = z.record(
  z.string(),
  z.discriminatedUnion('kind', [KINDS.istio, KINDS.consul, KINDS.linkerd]),
);

/** Settings of a mesh of any kind. */
export type MeshSettings = IstioMeshSettings | ConsulMeshSettings | LinkerdMeshSettings;
