export { LinkerdMesh } from './mesh';
export { type LinkerdMeshAttributes, linkerdMeshFromProps } from './attributes';
export {
  DEFAULT_LINKERD_VERSION,
  INBOUND_POLICIES,
  type InboundPolicy,
  LINKERD_CHARTS,
  LINKERD_REGISTRY,
  type LinkerdImages,
  type LinkerdMeshProps,
  linkerdRelease,
  type LinkerdValuesFiles,
} from './props';
export type { MeshEntrance } from '../kubernetes/entrance';
export type { ILinkerdMesh } from './interface';
