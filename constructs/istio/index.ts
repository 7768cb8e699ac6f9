export { IstioMesh } from './mesh';
export { IstioMeshPolicy, type IstioMeshPolicyProps } from './policy';
export {
  DEFAULT_ISTIO_VERSION,
  type IstioCanary,
  type IstioCertificateAuthority,
  type IstioGatewayProps,
  type IstioImages,
  type IstioMeshProps,
  type IstioValuesFiles,
  ISTIO_CHARTS,
  ISTIO_PROXY_PORTS,
  ISTIO_REGISTRY,
} from './props';
export { istioMeshReference } from './own-reference';
export type { IstioGatewayReference, IstioMeshReference } from './reference';
