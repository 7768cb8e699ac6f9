import { serviceHost } from '../../../../kubernetes/cluster-domain';
import type { FederationResource } from '../../resources';
import { BORDER_PORT } from '../../plan';
import { tried } from '../../admission';
import { type HopsOfKind, own } from '../kind';
import { inboundHosts } from './health';
import { istioPrincipal } from './identity';

/** What a call passes in an Istio mesh. */
export const istioHops: HopsOfKind = {
  pods(service) {
    const { labels, serviceAccount } = own(service, 'istio');
    return { labels, serviceAccount };
  },

  leadsOut(plan, call, { manifest }) {
    const caller = own(call.caller, 'istio');
    // To a border the name of its Service leads too.
    if (caller.out === 'border') return false;
    const { clusterDomain } = own(plan.meshes[caller.mesh], 'istio').mesh;
    const host = serviceHost(call.callee.standIn, caller.namespace, clusterDomain);
    if (manifest.metadata.namespace !== caller.namespace) return false;
    switch (manifest.kind) {
      case 'DestinationRule': {
        const { workloadSelector } = manifest.spec;
        return (
          manifest.spec.host === host &&
          (workloadSelector === undefined ||
            JSON.stringify(workloadSelector.matchLabels) === JSON.stringify(caller.labels))
        );
      }
      case 'ServiceEntry':
      case 'VirtualService':
        return manifest.spec.hosts.includes(host);
      default:
        return false;
    }
  },

  isCalledByService: true,
  isOfBorder: ({ namespace, podLabels }, { manifest }) =>
    manifest.apiVersion === 'security.istio.io/v1' &&
    manifest.metadata.namespace === namespace &&
    JSON.stringify(manifest.spec.selector.matchLabels) === JSON.stringify(podLabels),
  toBorder(member, call, border) {
    const { namespace, name, podLabels } = border;
    const { gateway, ...mesh } = own(member, 'istio').mesh;
    const pods = { namespace, labels: podLabels, destination: name };
    if (border.direction === 'out') {
      const caller = own(call.caller, 'istio');
      return {
        ...pods,
        source: istioPrincipal(mesh, caller.namespace, caller.serviceAccount),
        requests: tried(call),
      };
    }
    // Past its sidecar it asks for a foreign certificate itself.
    if (border.enteredBy !== 'gateway') return undefined;
    return {
      ...pods,
      source: istioPrincipal(mesh, gateway.namespace, gateway.serviceAccount),
      port: BORDER_PORT,
      requests: [],
    };
  },

  isOfGateway(member, serverName, { manifest }, border) {
    switch (manifest.kind) {
      case 'TLSRoute':
        return manifest.spec.hostnames.includes(serverName);
      case 'DestinationRule':
        return manifest.spec.host === inboundHosts(border.namespace, member);
      default:
        return (
          manifest.metadata.namespace === own(member, 'istio').mesh.gateway.namespace &&
          names(manifest, serverName)
        );
    }
  },
  toGateway(member, serverName) {
    const { namespace, selector, serviceName } = own(member, 'istio').mesh.gateway;
    return {
      namespace,
      labels: selector,
      destination: serviceName,
      source: '',
      serverName,
      requests: [],
    };
  },

  isOfCallee: ({ id }, { enforces }) => enforces.includes(id),
  toCallee(member, call, border) {
    const { namespace, labels, name } = own(call.callee, 'istio');
    return {
      namespace,
      labels,
      destination: name,
      source: istioPrincipal(own(member, 'istio').mesh, border.namespace, border.serviceAccount),
      requests: tried(call),
    };
  },
};

/** Whether a resource of a gateway is about a name. */
function names(manifest: FederationResource, serverName: string): boolean {
  switch (manifest.kind) {
    case 'Gateway':
      // That of the Gateway API takes whatever name a route has.
      return (
        manifest.apiVersion !== 'networking.istio.io/v1' ||
        manifest.spec.servers.some(({ hosts }) => hosts.includes(serverName))
      );
    case 'VirtualService':
      return manifest.spec.hosts.includes(serverName);
    case 'AuthorizationPolicy':
      return (
        manifest.apiVersion === 'security.istio.io/v1' &&
        manifest.spec.rules.some(({ when }) =>
          when?.some(({ values }) => values.includes(serverName)),
        )
      );
    default:
      return false;
  }
}
