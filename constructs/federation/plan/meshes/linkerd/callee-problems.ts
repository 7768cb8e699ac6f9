import type { Problem } from '../../../../problems';
import type { Call, Service } from '../../services';
import { own } from '../kind';
import { grantsOf } from './access';
import { PATH_LENGTH, partsOf } from './paths';

/** What Linkerd's policies cannot say of who may call a service. */
export function linkerdCalleeProblems(callee: Service, calls: readonly Call[]): Problem[] {
  return [
    ...calls
      .filter(({ caller }) => caller.kind === 'anyone')
      .map(({ rule }) => ({
        path: ['rules', rule, 'from'],
        message:
          'is every workload of a Linkerd mesh, whose policies admit and never except, so that borders would ' +
          'be meant too; name the calling services',
      })),
    ...pathProblems(callee, calls, own(callee, 'linkerd').probePaths),
  ];
}

/** The same at the border by which services of the mesh call one of another mesh. */
export function linkerdForeignCalleeProblems(foreign: Service, calls: readonly Call[]): Problem[] {
  return pathProblems(foreign, calls, []);
}

/** Everything but one path that is too long by itself can be cut into shorter ones. */
function pathProblems(
  callee: Service,
  calls: readonly Call[],
  probePaths: readonly string[],
): Problem[] {
  const last = calls.at(-1);
  const parts = partsOf(grantsOf(calls, probePaths));
  const longest = Math.max(0, ...parts.map(({ match }) => match.path.value.length));
  return last === undefined || longest <= PATH_LENGTH
    ? []
    : [
        {
          path: ['rules', last.rule, 'allow'],
          message:
            `and what others may ask of ${callee.ref} make a path of ${longest} characters for an HTTPRoute of ` +
            `Linkerd, which takes ${PATH_LENGTH}; name shorter paths`,
        },
      ];
}
