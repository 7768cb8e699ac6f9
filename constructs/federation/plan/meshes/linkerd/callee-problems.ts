import type { Problem } from '../../../../problems';
import { type Call, limitsOfMesh, type Service } from '../../services';
import { partsOf } from './paths';

/** Most characters of a path, and most matches of an HTTPRoute, that the CRD takes. */
const PATH_LENGTH = 1024;
const MATCHES = 16 * 8;

/** What Linkerd's policies cannot say of who may call a service. */
export function linkerdCalleeProblems(callee: Service, calls: readonly Call[]): Problem[] {
  const parts = partsOf(calls.map((call) => ({ to: call.caller.ref, allow: limitsOfMesh(call) })));
  const last = calls.at(-1);
  return [
    ...calls
      .filter(({ caller }) => caller.kind === 'anyone')
      .map(({ rule }) => ({
        path: ['rules', rule, 'from'],
        message:
          'is every workload of a Linkerd mesh, whose policies admit and never except, so that borders would ' +
          'be meant too; name the calling services',
      })),
    ...(last !== undefined &&
    (parts.length > MATCHES || parts.some(({ match }) => match.path.value.length > PATH_LENGTH))
      ? [
          {
            path: ['rules', last.rule, 'allow'],
            message:
              `and what others may ask of ${callee.ref} are too many paths within each other for HTTPRoutes ` +
              'of Linkerd; let the callers have more in common',
          },
        ]
      : []),
  ];
}
