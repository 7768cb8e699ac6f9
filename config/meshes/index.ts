import { z } from 'zod';
import { type ConsulMeshSettings, consulMeshSettings } from './consul';
import { type IstioMeshSettings, istioMeshSettings } from './istio';

/*
 * Settings of the meshes, a file for each kind: what they are called, where their charts and images come
 * from, what their gateways open. Everything has a default.
 */

export { type ConsulMeshSettings, consulMeshSettings, type IstioMeshSettings, istioMeshSettings };

/** Settings of all meshes, by name. */
export const meshSettings = z.record(
  z.string(),
  z.discriminatedUnion('kind', [istioMeshSettings, consulMeshSettings]),
);

/** Settings of a mesh of any kind. */
export type MeshSettings = IstioMeshSettings | ConsulMeshSettings;
