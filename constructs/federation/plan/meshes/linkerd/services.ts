import { labelProblems, portProblems } from '../../../../kubernetes/name-problems';
import type { Problem } from '../../../../problems';
import type { PolicyMesh } from '../../model';
import { serviceAccountProblems, sharePods, twinAccountProblems } from '../../service-accounts';
import { pathOf, type Service, type ServiceFacts } from '../../services';
import { own } from '../kind';

/** The services of a Linkerd mesh, with every default filled in. */
export function linkerdServices(
  settings: PolicyMesh,
  facts: (id: string) => ServiceFacts,
): Service[] {
  return Object.entries(own(settings, 'linkerd').services).map(([id, service]) => {
    const common = facts(id);
    return {
      kind: 'linkerd',
      ...common,
      out: 'border',
      serviceAccount: service.serviceAccount ?? common.name,
      labels: service.labels ?? { app: common.name },
      podPort: service.podPort ?? common.port,
      probePaths: service.probePaths ?? [],
      server: service.server ?? 'create',
    };
  });
}

/** What is wrong with one of them. */
export function linkerdServiceProblems(service: Service): Problem[] {
  const { serviceAccount, labels, podPort, probePaths, protocol } = own(service, 'linkerd');
  return [
    ...labelProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...serviceAccountProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...portProblems(pathOf(service, 'podPort'), podPort),
    ...(Object.keys(labels).length === 0
      ? [
          {
            path: pathOf(service, 'labels'),
            message:
              'is empty, and a Server without labels applies to the whole namespace; name at least one',
          },
        ]
      : []),
    ...(protocol === 'tcp' && probePaths.length > 0
      ? [
          {
            path: pathOf(service, 'probePaths'),
            message: 'is for HTTP, but it speaks tcp; leave it out',
          },
        ]
      : []),
    ...probePaths.flatMap((path, index) =>
      /^\/[A-Za-z0-9/_.~:@,=-]*$/.test(path)
        ? []
        : [
            {
              path: pathOf(service, 'probePaths', String(index)),
              message: `is "${path}"; must be a path such as /healthz, without a query`,
            },
          ],
    ),
  ];
}

/** What is wrong with two of them: a Server finds pods by labels and port, policies tell callers by account. */
export function linkerdTwinProblems(first: Service, second: Service): Problem[] {
  const [one, other] = [own(first, 'linkerd'), own(second, 'linkerd')];
  if (one.namespace !== other.namespace) return [];
  const problems = twinAccountProblems(one, other);
  if (one.podPort === other.podPort && sharePods(one.labels, other.labels)) {
    problems.push({
      path: pathOf(other, 'labels'),
      message:
        `a Server for ${one.ref} and one for ${other.ref} would be for the same port of the same pods, ` +
        'and Linkerd takes one; give each a label that the other does not have',
    });
  }
  return problems;
}
