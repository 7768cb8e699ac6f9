import { API_GATEWAY_PORTS, consulGateways } from '../../../../consul/gateway';
import { type MeshKind, own } from '../kind';
import { gatewayPortsOf } from '../../services';
import { consulAccess } from './access';
import { consulHops } from './hops';
import { consulSpiffeId } from './identity';
import { consulOwners } from './owners';
import { consulPartner, consulPublished } from './published';
import { consulRoutesIn } from './routes-in';
import { consulServiceProblems, consulServices, consulTwinProblems } from './services';

/** A border's sidecar offers the services that it calls from this port of loopback on. */
const FIRST_UPSTREAM_PORT = 9191;

/**
 * Consul. An identity is a service, which is a service account by its name alone; intentions find
 * services by it. No sidecar trusts a foreign root, so calls leave by a border. The gateway passes TLS on
 * by port, each to one service. A border calls services by ports of its sidecar.
 */
export const CONSUL: MeshKind = {
  title: 'Consul',

  services: consulServices,
  serviceProblems: consulServiceProblems,
  twinProblems: consulTwinProblems,
  calleeProblems: () => [],
  foreignCalleeProblems: () => [],
  namesPolicies: false,

  takenNames: () => [{ what: 'Consul service consul', owner: 'its servers' }],
  namesOf: ({ name }) => [consulAccountName(name)],
  inboundName: ({ standIn }) => `${standIn}-inbound`,
  accountName: (_, serviceAccount) => consulAccountName(serviceAccount),

  plan(member, settings, common) {
    const { kind, mesh, defaultDeny } = own(member, 'consul');
    const { gatewayListeners = 'create' } = settings === undefined ? {} : own(settings, 'consul');
    return { kind, mesh, defaultDeny, ...common, gatewayListeners };
  },
  /** Datacenters of one Consul share a trust domain, and each identity names its datacenter. */
  distinguishes: (one, other) =>
    own(one, 'consul').mesh.datacenter !== own(other, 'consul').mesh.datacenter,
  namespaces: (member) => [own(member, 'consul').mesh.namespace],
  faults: () => [],
  weaknesses(name, member) {
    const { acls, tls } = own(member, 'consul').mesh;
    return [
      ...(acls
        ? []
        : [
            `The Consul mesh ${name} has no ACLs (acls: false): whoever reaches its servers may change ` +
              'intentions and take any identity of the mesh, also those that the other meshes admit.',
          ]),
      ...(tls
        ? []
        : [
            `The API of the Consul mesh ${name} has no TLS (tls: false): its roots and the borders' private ` +
              'keys and tokens cross the network of its cluster in the clear, and nothing says who answers.',
          ]),
    ];
  },

  published: consulPublished,
  partner: consulPartner,

  identities: 'URI',
  identity: (member, { name }) => consulSpiffeId(own(member, 'consul').mesh, name),
  borderIdentity: (member, _, serviceAccount) =>
    consulSpiffeId(own(member, 'consul').mesh, serviceAccount),
  accountsByNameAlone: true,
  callerHeader: 'x-forwarded-client-cert',

  choosesWayOut: false,

  entrance: 'port',
  gateway(member) {
    const { namespace, gateway } = own(member, 'consul').mesh;
    return { namespace, serviceName: gateway.serviceName };
  },
  knownGateway(member) {
    const [{ name, kind }, beside] = consulGateways(own(member, 'consul').mesh);
    return {
      name,
      ...(beside === undefined ? {} : { beside: beside.name }),
      ...(kind === 'api' || beside?.kind === 'api' ? { taken: API_GATEWAY_PORTS } : {}),
    };
  },
  gatewayPorts: (_, caller) => gatewayPortsOf(caller),
  target: (_, { name }, index) => ({
    authority: name,
    address: { host: '127.0.0.1', port: FIRST_UPSTREAM_PORT + index },
  }),

  access: consulAccess,
  entrances: () => [],
  routesIn: consulRoutesIn,
  routesOut: () => [],
  routesBeside: () => [],
  routesOfNames: () => [],
  callerPodAnnotations: () => ({}),
  hops: consulHops,
  owners: consulOwners,
};

function consulAccountName(account: string): string {
  return `Consul service ${account}`;
}
