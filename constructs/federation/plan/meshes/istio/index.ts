import { ISTIO as ISTIO_VERSIONS } from '../../../../../versions';
import { faultOf } from '../../../../../versions/verdicts';
import { serviceHost } from '../../../../kubernetes/cluster-domain';
import { accountName } from '../account-name';
import { type MeshKind, own } from '../kind';
import { istioAccess } from './access';
import { istioCallerPodAnnotations } from './caller-pods';
import { inboundName } from './health';
import { istioHops } from './hops';
import { istioSpiffeId } from './identity';
import { istioPartner, istioPublished } from './published';
import { istioEntrances, istioGatewayPorts, istioRoutesIn } from './routes-in';
import { istioRoutesBeside, istioRoutesOfNames, istioRoutesOut } from './routes-out';
import { istioServiceProblems, istioServices, istioTwinProblems } from './services';

/**
 * Istio. An identity is a service account in its namespace; policies find pods by labels. Callers' own
 * sidecars speak to foreign gateways, each with its own certificate, or calls leave by a border. The
 * ingress gateway passes TLS on by SNI. A border is behind a sidecar, and calls services by their host names.
 */
export const ISTIO: MeshKind = {
  title: 'Istio',

  services: istioServices,
  serviceProblems: istioServiceProblems,
  twinProblems: istioTwinProblems,
  calleeProblems: () => [],
  foreignCalleeProblems: () => [],
  namesPolicies: true,

  takenNames: () => [],
  namesOf(service) {
    const { namespace, serviceAccount } = own(service, 'istio');
    return [accountName(namespace, serviceAccount)];
  },
  inboundName,
  accountName,

  plan(member, _, common) {
    const { kind, mesh, defaultDeny } = own(member, 'istio');
    return { kind, mesh, defaultDeny, ...common };
  },
  distinguishes: () => false,
  namespaces(member) {
    const { rootNamespace, gateway } = own(member, 'istio').mesh;
    return [rootNamespace, gateway.namespace];
  },
  faults(name, member) {
    const { version } = own(member, 'istio').mesh;
    const fault = version === undefined ? undefined : faultOf(ISTIO_VERSIONS, version);
    return fault === undefined
      ? []
      : [
          {
            path: ['meshes', name, 'mesh', 'version'],
            message: `is ${version}; ${fault.what} (${fault.source}); use ${fault.fixed} or later`,
          },
        ];
  },
  weaknesses: () => [],
  published: istioPublished,
  partner: istioPartner,

  identities: 'URI',
  identity(member, service) {
    const { namespace, serviceAccount } = own(service, 'istio');
    return istioSpiffeId(own(member, 'istio').mesh, namespace, serviceAccount);
  },
  borderIdentity: (member, namespace, serviceAccount) =>
    istioSpiffeId(own(member, 'istio').mesh, namespace, serviceAccount),
  accountsByNameAlone: false,
  callerHeader: 'x-forwarded-client-cert',

  choosesWayOut: true,

  entrance: 'sni',
  gateway(member) {
    const { namespace, serviceName } = own(member, 'istio').mesh.gateway;
    return { namespace, serviceName };
  },
  knownGateway: () => undefined,
  gatewayPorts: (member) => istioGatewayPorts(own(member, 'istio').mesh.gateway),
  target(member, { name, namespace, port }) {
    const host = serviceHost(name, namespace, own(member, 'istio').mesh.clusterDomain);
    return { authority: host, address: { host, port } };
  },

  access: istioAccess,
  entrances: istioEntrances,
  routesIn: istioRoutesIn,
  routesOut: istioRoutesOut,
  routesBeside: istioRoutesBeside,
  routesOfNames: istioRoutesOfNames,
  callerPodAnnotations: istioCallerPodAnnotations,
  hops: istioHops,
  owners: () => [],
};
