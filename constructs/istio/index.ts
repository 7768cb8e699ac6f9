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
export {
  type IstioGatewayAttributes,
  type IstioMeshAttributes,
  istioMeshFromProps,
} from './attributes';
export type { MeshEntrance } from '../kubernetes/entrance';
export type { IstioGateway, IstioGatewayKind, IIstioMesh } from './interface';
export { IP_FAMILIES, type IpFamily } from '../ip-family';
