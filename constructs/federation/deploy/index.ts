export { AdmissionPolicies, type AdmissionPoliciesProps } from './admission/admission-policies';
export { Border } from './border/border';
export type { BorderProps } from './border/border-props';
export { CustomResources, type CustomResourcesProps } from './custom-resources';
export type { ExchangingMesh, FederatedMesh, PartnerMesh } from './federated-mesh';
export { Federation, FederationHalf } from './federation';
export type { FederationHalfProps, FederationProps } from './federation-props';
export { GatewayAddress, type GatewayAddressProps } from './gateway-address';
export { MeshAccess, type MeshAccessProps } from './mesh-access';
export { Observability, type ObservabilityProps } from './observability';
export {
  GeneratedRoot,
  type GeneratedRootProps,
  SharedRoot,
  type SharedRootMember,
} from './trust/authority';
export { LinkerdAuthority, type LinkerdAuthorityProps } from './meshes/linkerd/authority';
export { TrustBundleExchange } from './trust/exchange';
export { DEFAULT_KEEP_WITHDRAWN_DAYS, type TrustBundleExchangeProps } from './trust/exchange-props';
export type {
  ICallersLook,
  IJobMetrics,
  IJobsHome,
  IPermission,
  IRootsPublisher,
  IRootsSubscriber,
  ScheduledJob,
  TokenExchange,
} from './trust/outputs';
