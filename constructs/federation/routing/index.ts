export { callerPodAnnotations } from './caller-pods';
export { GatewayAddress, type GatewayAddressProps } from './gateway-address';
