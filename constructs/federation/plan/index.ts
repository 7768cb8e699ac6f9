export type { MeshEntrance } from '../../kubernetes/entrance';
export type { ILinkerdMesh } from '../../linkerd/interface';
export type { Admission, TriedRequest } from './admission';
export {
  type BorderImages,
  CONSUL_IMAGE,
  CONSUL_TEMPLATE_IMAGE,
  ENVOY_IMAGE,
} from './border-images';
export type { BorderLimits } from './border-limits';
export type { BorderOptions } from './border-options';
export { type BundleNeed, bundleNeeds } from './bundle-needs';
export {
  type CompileProps,
  compilePolicy,
  consulGatewayPorts,
  consulServiceAccounts,
  policyProblems,
} from './compile';
export type {
  CallerHeader,
  CrossingProtocol,
  HttpPermission,
  InboundCrossing,
  OutboundCrossing,
  GatewayHosts,
  SocketAddress,
  TracingOptions,
} from './crossing';
export {
  type Arrow,
  arrowKey,
  type Box,
  diagram,
  type Drawing,
  drawing,
  type DrawnMesh,
  type Mark,
  MARK_COLOURS,
  type MarkColours,
  type Marked,
  type Marks,
  type Stop,
  stops,
  titleOf,
} from './diagram';
export {
  type BorderLogEntry,
  CALLER_HEADER,
  type ConnectionLogEntry,
  type RequestLogEntry,
} from './envoy';
export {
  type AccessLine,
  type BorderLine,
  type Enforcement,
  explain,
  explainBorders,
  explainOwners,
} from './explain';
export {
  crossCalls,
  type Entrance,
  type GatewayService,
  type Hop,
  type HopPods,
  type HopRoots,
  hops,
  type HopService,
  type HopsProps,
  type Place,
} from './hops';
export type { GatewayAddresses, KnownGateway, OwnersLine } from './meshes/kind';
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
  type LinkerdMember,
  type LinkerdPolicyMesh,
  type LinkerdService,
  type MeshMember,
  type PolicyMesh,
  type PublishedConsulMesh,
  type PublishedIstioMesh,
  type PublishedLinkerdMesh,
  type PublishedMesh,
  type WayIn,
  type WayOut,
} from './model';
export type { ObservabilityOptions } from './observability';
export * from './offer';
export {
  type AccessPlan,
  type AnyPlannedMesh,
  BORDER_LABEL,
  BORDER_PORT,
  type ForeignBundle,
  foreignBundle,
  jobAccounts,
  JOBS_NAMESPACE,
  type PlannedBorder,
  type EnteredBy,
  type PlannedInboundBorder,
  type Pods,
  type PlannedMesh,
  type PlannedOutboundBorder,
  type PlannedOutboundCrossing,
  type WayFromBorder,
  type WayToBorder,
} from './plan';
export { callerPodAnnotations, plannedResources } from './planned-resources';
export type {
  Anyone,
  Call,
  ConsulServiceFacts,
  CrossCall,
  IstioServiceFacts,
  LinkerdServiceFacts,
  Service,
} from './services';
export { DEFAULT_SCHEDULE } from './schedule';
export type { RequestOptions, UnderscoreHeaders } from './request-options';
export type { FederationResource, PlannedResource } from './resources';
export {
  DEFAULT_SPIRE_PATH,
  type PublishedSpire,
  type SpireBundle,
  type SpireOptions,
} from './spire-options';
