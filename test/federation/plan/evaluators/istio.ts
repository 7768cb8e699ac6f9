import { own } from '../../../../constructs/federation/plan/meshes/kind';
import { type Evaluator, inboundBorders } from './evaluator';
import { istioAdmits, type IstioPod, wayIn, waysOut } from './istio-semantics';

export const istio: Evaluator = {
  accountOf: (service) => own(service, 'istio').serviceAccount,
  labelsOf: (service) => own(service, 'istio').labels,
  identity: (member, namespace, account) =>
    `spiffe://${member.mesh.trustDomain}/ns/${namespace}/sa/${account}`,
  denyAll: [],
  denies: ({ defaultDeny = true }) => defaultDeny,
  admits: ({ resources, denies }, { spiffeId }, callee, port, sent) =>
    istioAdmits(resources, callee, { spiffeId, port, sent }, denies),
  gatewayPorts: ({ member }) => [own(member, 'istio').mesh.gateway.tlsPort],
  entered(one, port, sni) {
    const { resources, denies } = one;
    const { gateway, trustDomain } = own(one.member, 'istio').mesh;
    const pod: IstioPod = { namespace: gateway.namespace, labels: gateway.selector };
    const next = wayIn(resources, pod, port, sni);
    if (!next || !istioAdmits(resources, pod, { sni, port, sent: 'bytes' }, denies)) {
      return undefined;
    }
    const border = inboundBorders(one).find(
      ({ kubernetesService, namespace, port: own }) =>
        next.host === `${kubernetesService}.${namespace}.svc.cluster.local` && next.port === own,
    );
    const spiffeId = `spiffe://${trustDomain}/ns/${gateway.namespace}/sa/${gateway.serviceAccount}`;
    return border &&
      istioAdmits(
        resources,
        { namespace: border.namespace, labels: border.podLabels },
        { spiffeId, port: next.port, sent: 'bytes' },
        denies,
      )
      ? border
      : undefined;
  },
  waysOut: ({ resources }, caller, name, port) =>
    waysOut(resources, caller, name, port).map(({ tls, ...way }) => ({
      ...way,
      tls: tls && {
        sni: tls.sni,
        // Only MUTUAL shows the sidecar's own certificate.
        shows: tls.mode === 'MUTUAL',
        trusts: (mesh) => tls.caCertificates?.includes(`/roots/${mesh}/`) ?? false,
        accepts: tls.subjectAltNames,
      },
    })),
  called({ plan, name: mesh }, { callee: { address } }) {
    return plan.services.find(
      (service) =>
        service.mesh === mesh &&
        address.host === `${service.name}.${service.namespace}.svc.cluster.local` &&
        address.port === service.port,
    );
  },
};
