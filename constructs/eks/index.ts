export { Addons, type AddonsProps } from './addons';
export { EksCluster } from './cluster';
export { ControlPlaneLogs, type ControlPlaneLogsProps } from './control-plane-logs';
export type { EksClusterAttributes, IEksCluster } from './interface';
export { LogKey, type LogKeyProps } from './log-key';
export { NodeGroup, type NodeGroupProps } from './node-group';
export { NodeSecurityGroup, type NodeSecurityGroupProps } from './node-security-group';
export {
  ACCESS_LEVELS,
  type AccessGrant,
  type AccessLevel,
  ADDON_PORTS,
  type AddonName,
  ADDONS,
  type ControlPlaneLogSettings,
  type EksClusterProps,
  type EndpointAccess,
  type FurtherAddon,
  IMAGE_TYPES,
  type ImageType,
  COMPUTES,
  LOG_TYPES,
  type Compute,
  type LogType,
  type NodeGroupSettings,
  type Taint,
  TAINT_EFFECTS,
  type WebhookPort,
  WEBHOOK_PORTS,
} from './props';
export { ServiceRole, type ServiceRoleProps, type VersionedPolicy } from './service-role';
export {
  DEFAULT_KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
  type KubernetesSupport,
  kubernetesSupport,
  type KubernetesVersion,
  standardVersions,
} from './versions';
export { IP_FAMILIES, type IpFamily } from '../ip-family';
