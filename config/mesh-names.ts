import { MESH_NAME_LENGTH, pairs } from '../constructs/federation/plan/internal';
import { ownEntry } from '../constructs/own-entry';
import { isYamlMap, type YamlMap, yamlMap } from '../constructs/kubernetes/yaml-file';
import { closest, oncePerSetting, type Problem } from '../constructs/problems';
import type { MeshSettings } from './meshes';
import type { Config } from './schema';

/** Names of meshes and clusters are parts of those of stacks, outputs and objects in the clusters. */
const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

function nameProblem(name: string): string | undefined {
  return NAME.test(name) && name.length <= MESH_NAME_LENGTH
    ? undefined
    : `is "${name}"; must be at most ${MESH_NAME_LENGTH} lower case letters, digits and "-", with a letter ` +
        'first and no "-" last';
}

/** `did you mean "istio"?`, or all that there are. */
function meant(name: string, known: readonly string[]): string {
  const one = closest(name, known);
  return one === undefined ? `there are: ${known.join(', ')}` : `did you mean "${one}"?`;
}

/** Two of the meshes, with their names. */
function pairProblems(
  [oneName, one]: readonly [string, MeshSettings],
  [name, mesh]: readonly [string, MeshSettings],
): Problem[] {
  const problems: Problem[] = [];
  if (one.cluster === mesh.cluster && one.kind === mesh.kind) {
    problems.push({
      path: ['meshes', name, 'cluster'],
      message:
        `is ${mesh.cluster}, where ${oneName} is, of the kind ${one.kind} too, whose CRDs and webhooks are ` +
        'there once for the whole cluster; put it into another cluster',
      comparedWith: [['meshes', oneName, 'cluster']],
    });
  }
  if (one.cluster === mesh.cluster) {
    const taken = new Set(one.namespaces.map((namespace) => namespace.name));
    problems.push(
      ...mesh.namespaces.flatMap((namespace, index): Problem[] =>
        taken.has(namespace.name)
          ? [
              {
                path: ['meshes', name, 'namespaces', index, 'name'],
                message:
                  `is ${namespace.name}, which ${oneName} has too, in the same cluster, and the pods of a ` +
                  'namespace are of one mesh; list others for one of them',
                comparedWith: [
                  ['meshes', name],
                  ['meshes', oneName],
                ],
              },
            ]
          : [],
      ),
    );
  }
  if (
    one.kind !== 'consul' &&
    mesh.kind !== 'consul' &&
    one.kind === mesh.kind &&
    one.trustDomain === mesh.trustDomain
  ) {
    problems.push({
      path: ['meshes', name, 'trustDomain'],
      message:
        `is ${mesh.trustDomain}, and so is that of ${oneName}: nobody could tell their identities apart; ` +
        'give each mesh one of its own before it is made',
      comparedWith: [['meshes', oneName, 'trustDomain']],
    });
  }
  return problems;
}

/**
 * Names in maps by mesh that no mesh has. They are wrong whatever is under them, so that they can be looked for
 * in settings as they are written.
 */
export function strangerProblems(config: YamlMap): Problem[] {
  const { meshes, accessPolicy, federation } = config;
  if (!isYamlMap(meshes)) return [];
  const trust = isYamlMap(federation) ? federation['trust'] : undefined;
  const maps: readonly (readonly [readonly string[], unknown])[] = [
    [['accessPolicy', 'meshes'], isYamlMap(accessPolicy) ? accessPolicy['meshes'] : undefined],
    [['federation', 'trust', 'roots'], isYamlMap(trust) ? trust['roots'] : undefined],
  ];
  const names = Object.keys(meshes);
  return maps.flatMap(([path, map]) =>
    Object.keys(yamlMap(map))
      // Where there is none, that is the mistake.
      .filter((name) => names.length > 0 && !Object.hasOwn(meshes, name))
      .map((name): Problem => ({
        path: [...path, name],
        message: `there is no such mesh in meshes; ${meant(name, names)}`,
        comparedWith: [['meshes']],
      })),
  );
}

/** What is wrong with the names of meshes and clusters, and with what they lead to; paths from the root. */
export function nameProblems(
  config: Pick<Config, 'meshes' | 'partners' | 'clusters' | 'accessPolicy' | 'federation'>,
): Problem[] {
  const { meshes, partners, clusters, accessPolicy } = config;
  const all: Readonly<Record<string, { readonly kind: string }>> = { ...meshes, ...partners };
  const names = Object.keys(all);
  const wrongNames = (section: string, map: object) =>
    Object.keys(map).flatMap((name): Problem[] => {
      const message = nameProblem(name);
      // Whatever else is wrong with it.
      return message === undefined ? [] : [{ path: [section, name], message, comparedWith: [] }];
    });
  return [
    ...wrongNames('meshes', all),
    ...wrongNames('clusters', clusters),
    ...Object.entries(meshes).flatMap(([name, { cluster }]): Problem[] =>
      // A mesh is in the cluster of its name: what is wrong with the one name is no second mistake.
      Object.hasOwn(clusters, cluster) || (cluster === name && nameProblem(name) !== undefined)
        ? []
        : [
            {
              path: ['meshes', name, 'cluster'],
              message:
                `is ${cluster}, but there is no such cluster; describe it in clusters.${cluster}` +
                (Object.keys(clusters).length === 0
                  ? ''
                  : `, or name another: ${Object.keys(clusters).join(', ')}`),
              comparedWith: [['clusters']],
            },
          ],
    ),
    ...Object.keys(clusters)
      .filter((name) => Object.values(meshes).every(({ cluster }) => cluster !== name))
      .map((name): Problem => ({
        path: ['clusters', name],
        message:
          `has no mesh, and would be created and paid for with nothing in it; put one there with ` +
          `meshes.<name>.cluster: ${name}, or take it out`,
        comparedWith: [['meshes']],
      })),
    ...oncePerSetting(
      pairs(Object.entries(meshes)).flatMap(([one, other]) => pairProblems(one, other)),
    ),
    ...(names.length > 1 && Object.keys(meshes).length === 0
      ? [
          {
            path: ['meshes'],
            message:
              'are all of partners, and each half has a mesh of its own; take partner out of the mesh that ' +
              'is yours',
          },
        ]
      : []),
    ...(names.length < 2
      ? [
          {
            path: ['meshes'],
            message:
              `has ${names.length === 1 ? 'one mesh' : 'none'}, and a federation has two or more. As soon as it ` +
              'names a mesh of your own, it lists them all: those of the default too, if they shall stay ' +
              '(istio: {}, consul: {})',
          },
        ]
      : []),
    ...strangerProblems({ ...config, meshes: all }),
    ...Object.entries(accessPolicy.meshes).flatMap(([name, { kind }]): Problem[] => {
      const mesh = ownEntry(all, name);
      return mesh === undefined || mesh.kind === kind
        ? []
        : [
            {
              path: ['accessPolicy', 'meshes', name, 'kind'],
              message: `is ${kind}, but meshes.${name} is of kind ${mesh.kind}; leave it out`,
              comparedWith: [['meshes', name, 'kind']],
            },
          ];
    }),
  ];
}
