import type { Problem } from '../../../../problems';
import type { PolicyMesh, WayOut } from '../../model';
import { labelProblems } from '../../../../kubernetes/name-problems';
import { serviceAccountProblems, sharePods, twinAccountProblems } from '../../service-accounts';
import { pathOf, type Service, type ServiceFacts } from '../../services';
import { own } from '../kind';

/** The services of an Istio mesh, with every default filled in. */
export function istioServices(
  settings: PolicyMesh,
  facts: (id: string) => ServiceFacts,
): Service[] {
  const { services, out = 'sidecar', outFrom } = own(settings, 'istio');
  return Object.entries(services).map(([id, service]) => ({
    kind: 'istio',
    ...facts(id),
    out: service.out ?? out,
    ...formerly(
      service.out ?? out,
      service.outFrom ?? (service.out === undefined ? outFrom : undefined),
    ),
    serviceAccount: service.serviceAccount ?? service.name ?? id,
    labels: service.labels ?? { app: service.name ?? id },
  }));
}

function formerly(out: WayOut, before: WayOut | undefined): { readonly formerOut?: WayOut } {
  return before === undefined || before === out ? {} : { formerOut: before };
}

/** What is wrong with one of them. */
export function istioServiceProblems(service: Service): Problem[] {
  const { serviceAccount, labels } = own(service, 'istio');
  return [
    ...labelProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...serviceAccountProblems(pathOf(service, 'serviceAccount'), serviceAccount),
    ...(Object.keys(labels).length === 0
      ? [
          {
            path: pathOf(service, 'labels'),
            message:
              'is empty, and a policy without labels applies to the whole namespace; name at least one',
          },
        ]
      : []),
  ];
}

/** What is wrong with two of them: policies find pods by labels, and tell callers apart by account. */
export function istioTwinProblems(first: Service, second: Service): Problem[] {
  const [one, other] = [own(first, 'istio'), own(second, 'istio')];
  if (one.namespace !== other.namespace) return [];
  const problems = twinAccountProblems(one, other);
  if (sharePods(one.labels, other.labels)) {
    problems.push({
      path: pathOf(other, 'labels'),
      message:
        `a policy for ${one.ref} (${text(one.labels)}) and one for ${other.ref} ` +
        `(${text(other.labels)}) would apply to the same pods; give each a label that the other ` +
        'does not have',
    });
  }
  return problems;
}

function text(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
