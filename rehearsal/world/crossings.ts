import type { PlannedInboundBorder } from '../../constructs/federation/plan';
import type { InboundCrossing } from '../../constructs/federation/plan/crossing';
import { borderOf, crossing, GATEWAY_API_PLAN, PLAN, SERVICE_PLAN } from '../policy';

/** The borders, as the compiler makes them. */
export const BACKEND_IN_CONSUL = borderOf(PLAN, 'consul', 'in', 'istio/backend');
export const TO_BACKEND = borderOf(PLAN, 'consul', 'out', 'istio/backend');
export const TO_BACKEND_GRPC = borderOf(PLAN, 'consul', 'out', 'istio/backend-grpc');
export const TO_QUEUE = borderOf(PLAN, 'consul', 'out', 'istio/queue');
export const INFO_IN_ISTIO = borderOf(PLAN, 'istio', 'in', 'consul/info');
export const MAPS_IN_ISTIO = borderOf(PLAN, 'istio', 'in', 'consul/maps');

/** Borders that are entered by their Services, and the one that leads to such a one. */
export const BACKEND_BY_SERVICE = borderOf(SERVICE_PLAN, 'consul', 'in', 'istio/backend');
export const INFO_BY_SERVICE = borderOf(SERVICE_PLAN, 'istio', 'in', 'consul/info');
export const TO_BACKEND_BY_SERVICE = borderOf(SERVICE_PLAN, 'consul', 'out', 'istio/backend');

/** Borders that are entered by gateways of the Gateway API. */
export const BACKEND_BY_API = borderOf(GATEWAY_API_PLAN, 'consul', 'in', 'istio/backend');
export const INFO_BY_ROUTES = borderOf(GATEWAY_API_PLAN, 'istio', 'in', 'consul/info');

/** SNI of each crossing. */
export const SNI = {
  backendToInfo: crossing(BACKEND_IN_CONSUL, 'backend-to-info').serverName,
  backendToMaps: crossing(BACKEND_IN_CONSUL, 'backend-to-maps').serverName,
  infoToBackend: crossing(INFO_IN_ISTIO, 'info-to-backend').serverName,
  mapsToBackend: crossing(MAPS_IN_ISTIO, 'maps-to-backend').serverName,
  mapsToBackendGrpc: crossing(MAPS_IN_ISTIO, 'maps-to-backend-grpc').serverName,
  backendToStock: crossing(BACKEND_IN_CONSUL, 'backend-to-stock').serverName,
  mapsToQueue: crossing(MAPS_IN_ISTIO, 'maps-to-queue').serverName,
} as const;

/** Each crossing of an inbound border leads to the port of its sidecar here, not in a pod. */
export function led<Border extends PlannedInboundBorder>(
  border: Border,
  ports: Readonly<Record<string, number>>,
): InboundCrossing[] {
  return border.crossings.map((one, index): InboundCrossing => {
    const callee = border.calls[index]?.callee.id ?? '';
    const port = ports[callee];
    if (port === undefined) throw new Error(`no port for ${one.id}`);
    return { ...one, callee: { ...one.callee, address: { host: '127.0.0.1', port } } };
  });
}
