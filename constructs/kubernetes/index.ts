export type { ApiServer } from './api-server';
export { DEFAULT_CLUSTER_DOMAIN, serviceHost } from './cluster-domain';
export type { ClusterConnection, EksConnection, KubeconfigConnection } from './connection';
export { CustomResource, type CustomResourceProps } from './custom-resource';
export type { ChartSource } from './chart-source';
export { HelmChart, type HelmChartProps } from './helm-chart';
export type { KeptValue, ValuesLayers } from './helm-values';
export { NODE_IMAGE } from './images';
export {
  LOAD_BALANCER_CONTROLLERS,
  type LoadBalancedService,
  type LoadBalancerController,
  nlbAnnotations,
  type NlbOptions,
  nlbTags,
  type ServicePort,
} from './load-balancer';
export type { CustomResourceMetadata } from './metadata';
export { WorkloadNamespaces, type WorkloadNamespacesProps } from './namespace';
export { DEFAULT_WORKLOAD_NAMESPACES, type WorkloadNamespace } from './workload-namespace';
export { PrivateGateway, privateGatewayName, type PrivateGatewayProps } from './private-gateway';
export { ClusterProviders, type ClusterProvidersProps } from './providers';
export { Gp3StorageClass, type Gp3StorageClassProps } from './storage-class';
export type { YamlMap } from './yaml-file';
export { IP_FAMILIES, type IpFamily } from '../ip-family';
