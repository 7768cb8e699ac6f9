import { cidrProblem } from '../address';
import type { Problem } from '../problems';
import { isUnresolved } from '../unresolved';

/**
 * What is wrong with the CIDR blocks that may connect to a load balancer. Kubernetes takes an empty list for
 * everybody, which nobody means who writes one.
 *
 * @param path Of the list.
 * @param sources Nothing where the list is left out, for everybody.
 */
export function allowedSourcesProblems(
  path: Problem['path'],
  sources: readonly string[] | undefined,
): Problem[] {
  if (sources?.length === 0) {
    return [{ path, message: 'is empty, which lets everybody in; list some' }];
  }
  return (sources ?? []).flatMap((source, i): Problem[] => {
    const message = isUnresolved(source) ? undefined : cidrProblem(source);
    return message === undefined ? [] : [{ path: [...path, i], message }];
  });
}

/** The same of a gateway; without a load balancer it has no use for a list, even an empty one. */
export function gatewaySourcesProblems({
  exposed = true,
  allowedSources,
}: {
  readonly exposed?: boolean;
  readonly allowedSources?: readonly string[];
} = {}): Problem[] {
  return exposed ? allowedSourcesProblems(['gateway', 'allowedSources'], allowedSources) : [];
}
