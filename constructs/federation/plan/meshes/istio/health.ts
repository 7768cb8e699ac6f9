import { POD_CONNECT_SECONDS } from '../../envoy';
import { borderHost, callIds, type PlannedInboundBorder, type PlannedMesh } from '../../plan';
import type { DestinationRule, PlannedResource } from '../../resources';
import { resource } from './route-resource';

/*
 * Kubernetes calls the pods of a node that has failed unready after 40 seconds. Until then a gateway would send half
 * of all connections there, and wait ten seconds for each.
 */

/** What a gateway leaves out for a while: pods of a border to which connections fail, never all of them. */
export function borderHealth(
  mesh: string,
  member: PlannedMesh,
  border: PlannedInboundBorder,
): PlannedResource<DestinationRule> {
  return resource(mesh, callIds([border]), `health.${border.name}`, [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: `border.${border.foreign.standIn}`, namespace: border.namespace },
    spec: {
      host: borderHost(border, member),
      // For the gateway, which is in another namespace.
      exportTo: ['*'],
      trafficPolicy: {
        connectionPool: { tcp: { connectTimeout: `${POD_CONNECT_SECONDS}s` } },
        // With outlier detection Istio would else prefer the pods of the gateway's own zone.
        loadBalancer: { localityLbSetting: { enabled: false } },
        outlierDetection: {
          splitExternalLocalOriginErrors: true,
          consecutiveLocalOriginFailures: 2,
          consecutive5xxErrors: 0,
          consecutiveGatewayErrors: 0,
          interval: '10s',
          maxEjectionPercent: 50,
        },
      },
    },
  });
}
