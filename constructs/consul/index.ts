export { CLUSTER_ID_PATTERN, clusterIdFor, trustDomainOf } from './cluster-id';
export { ConsulMesh } from './mesh';
export { ConsulMeshPolicy, type ConsulMeshPolicyProps } from './policy';
export {
  type ConsulCertificateAuthority,
  type ConsulGatewayProps,
  type ConsulImages,
  type ConsulMeshProps,
  CONSUL_CHARTS,
  CONSUL_PROXY_PORTS,
  DEFAULT_CONSUL_CHART_VERSION,
} from './props';
export {
  type ConsulGatewayAttributes,
  type ConsulMeshAttributes,
  consulMeshFromProps,
} from './attributes';
export type { MeshEntrance } from '../kubernetes/entrance';
export {
  apiGatewayPodPort,
  consulGateways,
  DEFAULT_CONSUL_API_GATEWAY_NAME,
  DEFAULT_CONSUL_GATEWAY_NAME,
  gatewayPodLabels,
} from './gateway';
export type { ConsulGateway, ConsulGatewayKind, IConsulMesh } from './interface';
export {
  type BootstrapTokenSecret,
  bootstrapTokenSecret,
  type ConsulServers,
  consulServers,
} from './servers';
export { ConsulServersCa, type ConsulServersCaProps } from './servers-ca';
