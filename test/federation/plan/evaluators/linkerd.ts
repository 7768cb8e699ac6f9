import { own } from '../../../../constructs/federation/plan/meshes/kind';
import type { Evaluator } from './evaluator';
import { linkerdAdmits } from './linkerd-semantics';

/** Port on which an outbound border takes what the proxy has admitted. */
const BEHIND_PROXY = 8080;

export const linkerd: Evaluator = {
  accountOf: (service) => own(service, 'linkerd').serviceAccount,
  labelsOf: (service) => own(service, 'linkerd').labels,
  identity(member, namespace, account) {
    const { trustDomain, namespace: controlPlane } = own(member, 'linkerd').mesh;
    return `${account}.${namespace}.serviceaccount.identity.${controlPlane}.${trustDomain}`;
  },
  denyAll: [],
  denies: ({ defaultDeny = true }) => defaultDeny,
  admits(one, { spiffeId }, callee, port, sent) {
    const { plan, name, resources, denies } = one;
    const border = plan.borders.find(
      ({ mesh, namespace, podLabels }) =>
        mesh === name && namespace === callee.namespace && podLabels === callee.labels,
    );
    // Whoever gets there must show a certificate of the other mesh, which a workload of this one has not.
    if (border?.direction === 'in') return false;
    const service = plan.services.find(
      (candidate) =>
        candidate.mesh === name &&
        candidate.namespace === callee.namespace &&
        own(candidate, 'linkerd').labels === callee.labels,
    );
    const podPort =
      border === undefined ? service && own(service, 'linkerd').podPort : BEHIND_PROXY;
    return linkerdAdmits(
      resources,
      callee,
      { identity: spiffeId, port: podPort ?? port, sent },
      denies,
    );
  },
  // It has none.
  gatewayPorts: () => [],
  entered: () => undefined,
  waysOut: () => [],
  called({ plan, name: mesh }, { callee: { address } }) {
    return plan.services.find(
      (service) =>
        service.mesh === mesh &&
        address.host === `${service.name}.${service.namespace}.svc.cluster.local` &&
        address.port === service.port,
    );
  },
};
