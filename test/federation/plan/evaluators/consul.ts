import type { FederationResource } from '../../../../constructs/federation';
import { own } from '../../../../constructs/federation/plan/meshes/kind';
import { consulAdmits, consulListener, consulListeners } from './consul-semantics';
import { type Evaluator, inboundBorders } from './evaluator';

/** What `ConsulMeshPolicy` brings. */
const DENY_ALL: FederationResource = {
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  kind: 'ServiceIntentions',
  metadata: { name: 'default-deny', namespace: 'consul' },
  spec: { destination: { name: '*' }, sources: [{ name: '*', action: 'deny' }] },
};

export const consul: Evaluator = {
  accountOf: ({ name }) => name,
  labelsOf: () => ({}),
  identity(member, _, account) {
    const { trustDomain, datacenter } = own(member, 'consul').mesh;
    return `spiffe://${trustDomain}/ns/default/dc/${datacenter}/svc/${account}`;
  },
  denyAll: [DENY_ALL],
  // For ACLs to say.
  denies: (member) => own(member, 'consul').mesh.acls && (member.defaultDeny ?? true),
  admits: ({ resources, denies }, caller, callee, _, sent) =>
    consulAdmits(resources, caller.account, callee.account, sent, denies),
  gatewayPorts: ({ resources, member }) =>
    consulListeners(resources, own(member, 'consul').mesh.gateway.name),
  entered(one, port) {
    const { resources, denies, member } = one;
    const { name } = own(member, 'consul').mesh.gateway;
    const service = consulListener(resources, name, port);
    // The border's sidecar sees the gateway, and bytes.
    return service !== undefined && consulAdmits(resources, name, service, 'bytes', denies)
      ? inboundBorders(one).find(({ serviceAccount }) => serviceAccount === service)
      : undefined;
  },
  waysOut: () => [],
  called({ plan, name: mesh }, { callee: { address, authority } }) {
    return address.host === '127.0.0.1'
      ? plan.services.find((service) => service.mesh === mesh && service.name === authority)
      : undefined;
  },
};
