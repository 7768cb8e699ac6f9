import { serviceHost } from '../../../../kubernetes/cluster-domain';
import { gatewayPortsOf } from '../../services';
import { accountName } from '../account-name';
import { type MeshKind, own } from '../kind';
import { linkerdAccess } from './access';
import { linkerdCalleeProblems, linkerdForeignCalleeProblems } from './callee-problems';
import { linkerdHops } from './hops';
import { linkerdIdentity } from './identity';
import { linkerdOwners } from './owners';
import { linkerdPartner, linkerdPublished } from './published';
import { linkerdServiceProblems, linkerdServices, linkerdTwinProblems } from './services';

/**
 * Linkerd. An identity is a service account in its namespace, as a DNS name. A Server closes a port of pods
 * to everybody but those whom policies name, by identity and by HTTPRoutes. No proxy trusts a foreign root,
 * so calls leave by a border. There is no gateway: the load balancer has a port for each border that leads
 * in, whose Envoy ends the foreign TLS itself. A border is behind a proxy, and calls services by their host
 * names.
 */
export const LINKERD: MeshKind = {
  title: 'Linkerd',

  services: linkerdServices,
  serviceProblems: linkerdServiceProblems,
  twinProblems: linkerdTwinProblems,
  calleeProblems: linkerdCalleeProblems,
  foreignCalleeProblems: linkerdForeignCalleeProblems,
  namesPolicies: false,

  takenNames: () => [],
  namesOf(service) {
    const { namespace, serviceAccount } = own(service, 'linkerd');
    return [accountName(namespace, serviceAccount)];
  },
  inboundName: ({ standIn }) => `${standIn}-border`,
  accountName,

  plan(member, _, common) {
    const { kind, mesh, defaultDeny } = own(member, 'linkerd');
    return { kind, mesh, defaultDeny, ...common };
  },
  /** The namespace of the control plane is part of each identity. */
  distinguishes: (one, other) =>
    own(one, 'linkerd').mesh.namespace !== own(other, 'linkerd').mesh.namespace,
  namespaces: (member) => [own(member, 'linkerd').mesh.namespace],
  faults: () => [],
  weaknesses: () => [],

  published: linkerdPublished,
  partner: linkerdPartner,

  identities: 'DNS',
  identity(member, service) {
    const { namespace, serviceAccount } = own(service, 'linkerd');
    return linkerdIdentity(own(member, 'linkerd').mesh, namespace, serviceAccount);
  },
  borderIdentity: (member, namespace, serviceAccount) =>
    linkerdIdentity(own(member, 'linkerd').mesh, namespace, serviceAccount),
  accountsByNameAlone: false,
  callerHeader: 'l5d-client-id',

  choosesWayOut: false,

  entrance: undefined,
  gateway: () => undefined,
  knownGateway: () => undefined,
  gatewayPorts: (_, caller) => gatewayPortsOf(caller),
  target(member, { name, namespace, port }) {
    const host = serviceHost(name, namespace, own(member, 'linkerd').mesh.clusterDomain);
    return { authority: host, address: { host, port } };
  },

  access: linkerdAccess,
  entrances: () => [],
  routesIn: () => [],
  routesOut: () => [],
  routesBeside: () => [],
  routesOfNames: () => [],
  callerPodAnnotations: () => ({}),
  hops: linkerdHops,
  owners: linkerdOwners,
};
