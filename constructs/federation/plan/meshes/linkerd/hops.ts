import { tried } from '../../admission';
import type { PlannedBorder } from '../../plan';
import type { FederationResource } from '../../resources';
import { type HopsOfKind, own } from '../kind';
import { OUTBOUND_PORT } from './access';
import { linkerdIdentity } from './identity';

/** What a call passes in a Linkerd mesh: Servers find pods by labels, policies callers by names. */
export const linkerdHops: HopsOfKind = {
  pods(service) {
    const { labels, serviceAccount } = own(service, 'linkerd');
    return { labels, serviceAccount };
  },

  // Callers leave by a border.
  leadsOut: () => false,

  // The load balancer finds its pods by themselves.
  isCalledByService: false,
  isOfBorder: ({ namespace, name }, { manifest }) => isAbout(manifest, namespace, `border.${name}`),
  toBorder(member, call, { direction, namespace, name, podLabels }: PlannedBorder) {
    // It asks for a foreign certificate itself.
    if (direction === 'in') return undefined;
    const { namespace: from, serviceAccount } = own(call.caller, 'linkerd');
    return {
      namespace,
      labels: podLabels,
      destination: name,
      source: linkerdIdentity(own(member, 'linkerd').mesh, from, serviceAccount),
      port: OUTBOUND_PORT,
      requests: tried(call),
    };
  },

  isOfGateway: () => false,
  toGateway: () => undefined,

  isOfCallee: ({ callee }, { manifest }) => isAbout(manifest, callee.namespace, callee.name),
  toCallee(member, call, border) {
    const { namespace, labels, name, podPort } = own(call.callee, 'linkerd');
    return {
      namespace,
      labels,
      destination: name,
      source: linkerdIdentity(own(member, 'linkerd').mesh, border.namespace, border.serviceAccount),
      port: podPort,
      requests: tried(call),
    };
  },
};

/** Whether it is the Server of this name, or one of the resources that are named after it. */
function isAbout({ metadata }: FederationResource, namespace: string, name: string): boolean {
  return (
    metadata.namespace === namespace &&
    (metadata.name === name || metadata.name.startsWith(`${name}.`))
  );
}
