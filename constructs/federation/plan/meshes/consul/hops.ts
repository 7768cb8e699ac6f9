import type { FederationResource } from '../../resources';
import { tried } from '../../admission';
import { type HopsOfKind, own } from '../kind';

/** What a call passes in a Consul mesh: its policies know services by their names. */
export const consulHops: HopsOfKind = {
  // An account is a service by its name.
  pods: ({ name }) => ({ serviceAccount: name }),

  // Callers leave by a border.
  leadsOut: () => false,

  // The gateway finds it in Consul.
  isCalledByService: false,
  isOfBorder: ({ serviceAccount }, { manifest }) => isAbout(manifest, serviceAccount),
  toBorder(member, call, border) {
    const { direction, namespace, podLabels, serviceAccount } = border;
    // Past its sidecar it asks for a foreign certificate itself.
    if (border.direction === 'in' && border.enteredBy !== 'gateway') return undefined;
    return {
      namespace,
      labels: podLabels,
      destination: serviceAccount,
      source: direction === 'out' ? call.caller.name : own(member, 'consul').mesh.gateway.name,
      requests: direction === 'out' ? tried(call) : [],
    };
  },

  isOfGateway: (member, _, { manifest }) =>
    own(member, 'consul').mesh.gateway.kind === 'api'
      ? API_GATEWAY.includes(manifest.kind)
      : manifest.kind === 'IngressGateway',
  toGateway: () => undefined,

  isOfCallee: ({ callee }, { manifest }) => isAbout(manifest, callee.name),
  toCallee: (_, call, { serviceAccount }) => ({
    namespace: call.callee.namespace,
    labels: {},
    destination: call.callee.name,
    source: serviceAccount,
    requests: tried(call),
  }),
};

/** What an API gateway is made of. */
const API_GATEWAY: readonly string[] = [
  'GatewayClassConfig',
  'GatewayClass',
  'Gateway',
  'MeshService',
  'TCPRoute',
] satisfies FederationResource['kind'][];

/** Whether it is what Consul is told about a service. */
function isAbout(manifest: FederationResource, service: string): boolean {
  switch (manifest.kind) {
    case 'ServiceDefaults':
      return manifest.metadata.name === service;
    case 'ServiceIntentions':
      return manifest.spec.destination.name === service;
    default:
      return false;
  }
}
