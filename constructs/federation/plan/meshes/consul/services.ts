import type { Problem } from '../../../../problems';
import type { PolicyMesh } from '../../model';
import { subdomainProblems } from '../../../../kubernetes/name-problems';
import { serviceAccountProblems } from '../../service-accounts';
import { pathOf, type Service, type ServiceFacts } from '../../services';
import { own } from '../kind';

/** The services of a Consul mesh, with every default filled in. */
export function consulServices(
  settings: PolicyMesh,
  facts: (id: string) => ServiceFacts,
): Service[] {
  return Object.entries(own(settings, 'consul').services).map(([id, service]) => ({
    kind: 'consul',
    ...facts(id),
    out: 'border',
    serviceDefaults: service.serviceDefaults ?? 'create',
    intentions: service.intentions ?? 'create',
    intentionsName: service.intentionsName ?? `callers-of-${service.name ?? id}`,
  }));
}

/** What is wrong with one of them. */
export function consulServiceProblems(service: Service): Problem[] {
  const { name, intentionsName } = own(service, 'consul');
  return [
    ...serviceAccountProblems(pathOf(service, 'name'), name),
    ...(intentionsName === `callers-of-${name}`
      ? []
      : subdomainProblems(pathOf(service, 'intentionsName'), intentionsName)),
  ];
}

/** What is wrong with two of them: a name is a service, in whatever namespace. */
export function consulTwinProblems(first: Service, second: Service): Problem[] {
  const [one, other] = [own(first, 'consul'), own(second, 'consul')];
  const sameIntentions =
    one.namespace === other.namespace && one.intentionsName === other.intentionsName;
  if (sameIntentions && one.name !== other.name) {
    return [
      {
        path: pathOf(other, 'intentionsName'),
        message: `${one.ref} has ${one.namespace}/${one.intentionsName} too; each needs its own`,
      },
    ];
  }
  return one.name === other.name
    ? [
        {
          path: pathOf(other, 'name'),
          message:
            `${one.ref} is "${one.name}" too, and Consul knows a service by its name alone, in every ` +
            'namespace; each needs its own',
        },
      ]
    : [];
}
