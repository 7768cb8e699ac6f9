import type { Problem } from '../../problems';
import { kindOf } from './meshes';
import type { AccessPolicy, PolicyMesh } from './model';
import { shareCluster } from './plan';
import { borderNamespaces } from './resolve';
import { pairs, pathOf, type Service } from './services';

/** What cannot be true of two meshes in one cluster. */
export function clusterProblems(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
): Problem[] {
  return pairs(Object.entries(policy.meshes))
    .filter(([[, one], [, other]]) => shareCluster(one, other))
    .flatMap(([one, other]) => [
      ...kindProblems(one, other),
      ...namespaceProblems(policy, services, one[0], other[0]),
    ]);
}

type Named = readonly [string, PolicyMesh];

/** A chart's CRDs, webhooks and cluster roles are those of the whole cluster. */
function kindProblems([name, one]: Named, [otherName, other]: Named): Problem[] {
  return one.kind === other.kind
    ? [
        {
          path: ['meshes', otherName, 'cluster'],
          message:
            `is ${other.cluster ?? ''}, which already has ${name}, a mesh of the same kind (${one.kind}): ` +
            `${kindOf(one).title}'s CRDs and webhooks exist once per cluster; put one of the two meshes into ` +
            'another cluster',
        },
      ]
    : [];
}

/** A mesh's injector, and its policies, are for a namespace. */
function namespaceProblems(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
  one: string,
  other: string,
): Problem[] {
  const taken = new Map(placesOf(policy, services, one).map((place) => [place.namespace, place]));
  return placesOf(policy, services, other).flatMap(({ namespace, path }) => {
    const holder = taken.get(namespace);
    return holder === undefined
      ? []
      : [
          {
            path,
            message:
              `is ${namespace}, where ${holder.what} in the same cluster, and the pods of a namespace are ` +
              'of one mesh; take another namespace',
          },
        ];
  });
}

/** A namespace that a mesh has, and the setting that says so. */
interface Held {
  readonly namespace: string;
  readonly what: string;
  readonly path: Problem['path'];
}

function placesOf(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
  mesh: string,
): Held[] {
  return [
    ...[...services.values()]
      .filter((service) => service.mesh === mesh)
      .map((service) => ({
        namespace: service.namespace,
        what: `${service.ref} is`,
        path: pathOf(service, 'namespace'),
      })),
    ...borderNamespaces(policy, mesh).map((namespace, index) => ({
      namespace,
      what: `the borders of ${mesh} are`,
      path: ['meshes', mesh, index === 0 ? 'borderNamespace' : 'bordersMovedFrom'],
    })),
  ];
}
