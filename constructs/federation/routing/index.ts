export { callerPodAnnotations } from './caller-pods';
export type { GatewayAddresses } from './istio-routes';
export { GatewayAddress, type GatewayAddressProps } from './gateway-address';
