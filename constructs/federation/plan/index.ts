export {
  type BorderImages,
  CONSUL_IMAGE,
  CONSUL_TEMPLATE_IMAGE,
  ENVOY_IMAGE,
} from './border-images';
export type { BorderOptions } from './border-options';
export { type BundleNeed, bundleNeeds } from './bundle-needs';
export { callerPodAnnotations } from './caller-pods';
export type { KnownGateway } from './clash-problems';
export {
  type CompileProps,
  compilePolicy,
  consulGatewayPorts,
  consulServiceAccounts,
  policyProblems,
} from './compile';
export type {
  BorderLimits,
  CrossingProtocol,
  HttpPermission,
  InboundCrossing,
  OutboundCrossing,
  SocketAddress,
  UnderscoreHeaders,
} from './crossing';
export { diagram } from './diagram';
export { CALLER_HEADER } from './envoy';
export {
  type AccessLine,
  type BorderLine,
  type Enforcement,
  explain,
  explainBorders,
  explainOwners,
  type OwnersLine,
} from './explain';
export type { GatewayAddresses } from './istio-routes';
export {
  type AccessPolicy,
  type AccessRule,
  type ConsulMember,
  type ConsulPolicyMesh,
  type ConsulService,
  DEFAULT_BORDER_NAMESPACE,
  type IstioMember,
  type IstioPolicyMesh,
  type IstioService,
  type MeshMember,
  type PolicyMesh,
} from './model';
export {
  type AccessPlan,
  BORDER_LABEL,
  BORDER_PORT,
  type ConsulInboundStandIn,
  type ConsulOutboundStandIn,
  type ForeignBundle,
  foreignBundle,
  type IstioInboundStandIn,
  jobAccounts,
  JOBS_NAMESPACE,
  type PlannedMesh,
  type StandIn,
  type Upstream,
} from './plan';
export { plannedResources } from './planned-resources';
export type {
  Anyone,
  Call,
  ConsulServiceFacts,
  CrossCall,
  IstioServiceFacts,
  Service,
} from './resolve';
export type { FederationResource, PlannedResource } from './resources';
