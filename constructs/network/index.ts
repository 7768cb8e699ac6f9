export { AwsEndpoints, type AwsEndpointsProps } from './aws-endpoints';
export { AWS_ENDPOINTS, type AwsEndpoint } from './aws-services';
export { GatewayRecord, type GatewayRecordProps } from './gateway-record';
export { Network } from './network';
export {
  type PeerAdmission,
  type PeeredVpc,
  type PeeringEnd,
  VpcPeering,
  VpcPeeringHalf,
  type VpcPeeringHalfProps,
  type VpcPeeringProps,
} from './peering';
export {
  PrivateLinkEndpoint,
  type PrivateLinkEndpointProps,
  PrivateLinkService,
  type PrivateLinkServiceProps,
} from './privatelink';
export { RECORD_TYPES, type RecordType } from './record';
export type { NetworkAttributes, FlowLogSettings, INetwork, NetworkProps } from './props';
