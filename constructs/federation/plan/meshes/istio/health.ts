import { serviceHost } from '../../../../kubernetes/cluster-domain';
import { POD_CONNECT_SECONDS } from '../../envoy';
import { callIds, named, type PlannedInboundBorder, type PlannedMesh } from '../../plan';
import type { DestinationRule, PlannedResource } from '../../resources';
import type { ServiceFacts } from '../../services';
import { resource } from './route-resource';

/** How names of inbound borders end. */
const INBOUND = '-border';

/** Name of the inbound border of a foreign service. */
export function inboundName({ standIn }: ServiceFacts): string {
  return `${standIn}${INBOUND}`;
}

/** Host of all inbound borders of a namespace, and of nothing else there that is not called like one. */
export function inboundHosts(namespace: string, { mesh }: Pick<PlannedMesh, 'mesh'>): string {
  return serviceHost(`*${INBOUND}`, namespace, mesh.clusterDomain);
}

/** Ids of what says when pods of a border are left out. */
export function healthOf({ namespace }: Pick<PlannedInboundBorder, 'namespace'>): [string] {
  return [`health.${namespace}`];
}

/*
 * Kubernetes calls the pods of a node that has failed unready after 40 seconds. Until then a gateway would send half
 * of all connections there, and wait ten seconds for each.
 */

/**
 * What a gateway leaves out for a while: pods of a border to which connections fail, never all of them. One rule for
 * all borders of a namespace, since Terraform takes long for each. A rule of somebody else's for the host of one border
 * goes before it; one for all hosts of the namespace does not.
 *
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/model/config.go `MostSpecificHostMatch`
 */
export function bordersHealth(
  mesh: string,
  member: PlannedMesh,
  federation: string | undefined,
  borders: readonly PlannedInboundBorder[],
): PlannedResource<DestinationRule>[] {
  const { borderNamespace, bordersMovedFrom = borderNamespace } = member;
  // While borders move, calls go to those that were there before.
  return [...new Set([borderNamespace, bordersMovedFrom])].map((namespace) => {
    const [id] = healthOf({ namespace });
    return resource(mesh, callIds(borders), id, [], {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: named('federation.borders', federation, '.'), namespace },
      spec: {
        host: inboundHosts(namespace, member),
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
  });
}
