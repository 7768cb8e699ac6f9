import { Token } from 'cdktf';
import { type Problem, within } from '../../problems';
import { borderOptionProblems } from '../plan/border-options';
import { gatewayHostProblem, gatewayHostsProblem, hostsOf } from '../plan/gateway-hosts';
import { type CompileProps, planProblems } from '../plan/compile';
import { kindOf } from '../plan/meshes';
import { observabilityProblems } from '../plan/observability';
import { offerProblems } from '../plan/offer';
import type { FederatedMesh } from './federated-mesh';
import type { FederationHalfProps } from './federation-props';
import { trustOptionProblems } from './trust/exchange-problems';

/**
 * What is wrong with the props of a federation. What is wrong with its policy is told beside; where that is all,
 * it is the compiler's to say.
 */
export function federationProblems(
  props: FederationHalfProps,
  compiled: () => CompileProps,
): Problem[] {
  const { policy, own, partners, observability = {}, borders = {}, trust = {} } = props;
  const offers = offerProblems(
    policy,
    Object.keys(own),
    Object.fromEntries(Object.entries(partners).map(([mesh, { offer }]) => [mesh, offer])),
  );
  const problems = [
    ...observabilityProblems(observability).map((problem) => within(['observability'], problem)),
    ...borderOptionProblems(borders).map((problem) => within(['borders'], problem)),
    ...trustOptionProblems(trust).map((problem) => within(['trust'], problem)),
    ...addressProblems(props),
    ...Object.entries(own).flatMap(([mesh, member]) => kindOf(member).faults(mesh, member)),
    ...offers,
  ];
  // Of an offer that cannot be used nothing is known of its mesh.
  return problems.length === 0 || offers.length > 0
    ? problems
    : [...problems, ...planProblems(compiled())];
}

/** What is wrong with the addresses that are given. */
function addressProblems({ own, partners }: FederationHalfProps): Problem[] {
  return Object.entries({ meshes: own, partners }).flatMap(([prop, meshes]) =>
    Object.entries<Pick<FederatedMesh, 'gatewayAddress'>>(meshes).flatMap(
      ([name, { gatewayAddress = [] }]): Problem[] => {
        // Names of what is not made yet are known at deploy only.
        const known = hostsOf(gatewayAddress).filter((host) => !Token.isUnresolved(host));
        return [...known.map(gatewayHostProblem), gatewayHostsProblem(known)].flatMap((message) =>
          message === undefined ? [] : [{ path: [prop, name, 'gatewayAddress'], message }],
        );
      },
    ),
  );
}
