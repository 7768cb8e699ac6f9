export { Border, type BorderOptions, type BorderProps } from './border';
export { type BorderImages, CONSUL_IMAGE, CONSUL_TEMPLATE_IMAGE, ENVOY_IMAGE } from './images';
export { CALLER_HEADER } from './envoy';
export type {
  BorderLimits,
  CrossingProtocol,
  HttpPermission,
  InboundCrossing,
  OutboundCrossing,
  SocketAddress,
  UnderscoreHeaders,
} from './model';
