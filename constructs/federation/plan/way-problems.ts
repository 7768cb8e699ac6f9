import type { Problem } from '../../problems';
import type { AccessPolicy } from './model';
import { borderNamespaces, chosenWayIn } from './resolve';
import { type Call, isCrossing, pathOf, type Service } from './services';

/** What is wrong with how calls are said to have gone before. */
export function wayProblems(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
  calls: readonly Call[],
): Problem[] {
  return [
    ...Object.entries(policy.meshes).flatMap(([name, mesh]): Problem[] => {
      const inFrom = 'inFrom' in mesh ? mesh.inFrom : undefined;
      // Between meshes of one cluster the default is another than between others.
      const now = chosenWayIn(mesh) ?? (mesh.cluster === undefined ? 'gateway' : undefined);
      const outFrom = 'outFrom' in mesh ? mesh.outFrom : undefined;
      const out = 'out' in mesh ? mesh.out : undefined;
      return [
        ...sameWay(['meshes', name], 'in', now, inFrom),
        ...sameWay(['meshes', name], 'out', out ?? 'sidecar', outFrom),
      ];
    }),
    ...[...services.values()].flatMap((service) => {
      const settings = policy.meshes[service.mesh]?.services[service.id] ?? {};
      const from = 'outFrom' in settings ? settings.outFrom : undefined;
      return sameWay(pathOf(service), 'out', service.out, from);
    }),
    ...nameProblems(policy, calls),
  ];
}

function sameWay(
  at: Problem['path'],
  setting: 'in' | 'out',
  now: string | undefined,
  before: string | undefined,
): Problem[] {
  return before === undefined || before !== now
    ? []
    : [
        {
          path: [...at, `${setting}From`],
          message: `is ${before}, as ${setting} is; take it out, or say what ${setting} was before`,
        },
      ];
}

/** In its own namespace a border has the name that callers there call, which then cannot lead past it. */
function nameProblems(policy: AccessPolicy, calls: readonly Call[]): Problem[] {
  const changing = calls
    .filter(isCrossing)
    .map(({ caller }) => caller)
    .filter(({ formerOut }) => formerOut !== undefined);
  return [...new Set(changing)].flatMap((caller) => {
    const { mesh, namespace, formerOut } = caller;
    return borderNamespaces(policy, mesh).includes(namespace)
      ? [
          {
            path: pathOf(caller, 'outFrom'),
            message:
              `is ${formerOut ?? ''}, but its namespace ${namespace} is that of the borders too, where one name cannot ` +
              'lead both ways; move the borders first (federation.borders.movedFrom)',
          },
        ]
      : [];
  });
}
