import { JOBS_NAMESPACE } from '../constructs/federation/plan';
import { borderNamespace, jobsNamespaceOf, named } from '../constructs/federation/plan/internal';
import type { Problem } from '../constructs/problems';
import { effectivePolicy } from './effective-policy';
import { ownerOf } from './namespaces';
import { placedMeshes } from './placed-meshes';
import type { Settings } from './schema';
import { WEATHER_SERVICES } from './weather';

/** A setting that says what is in a namespace. */
type Placed = readonly [path: Problem['path'], namespace: string | undefined];

/**
 * What would be in the namespace of the jobs that exchange roots, which is theirs alone. Its usual name is reserved for
 * applications anyhow; it is longer for a mesh that shares its cluster, and for a federation with a name.
 */
export function jobsNamespaceProblems(config: Settings): Problem[] {
  const { accessPolicy, federation, weather } = config;
  const policy = effectivePolicy(config);
  const all = { meshes: policy.meshes, jobsNamespace: named(JOBS_NAMESPACE, federation.name) };
  return placedMeshes(config).flatMap(({ name, mesh }) => {
    const jobs = jobsNamespaceOf(all, name);
    const hasWeather = weather.enabled && Object.hasOwn(WEATHER_SERVICES, name);
    const isOwn = Object.hasOwn(accessPolicy.meshes[name] ?? {}, 'borderNamespace');
    const ofApplications: readonly Placed[] = [
      ...mesh.namespaces.map((one, i): Placed => [
        ['meshes', name, 'namespaces', i, 'name'],
        one.name,
      ]),
      [
        isOwn
          ? ['accessPolicy', 'meshes', name, 'borderNamespace']
          : ['federation', 'borders', 'namespace'],
        borderNamespace(policy, name),
      ],
      [['weather', 'namespace'], hasWeather ? weather.namespace : undefined],
    ];
    const placed: readonly Placed[] = [
      ...(ownerOf(jobs) === undefined ? ofApplications : []),
      [['federation', 'observability', 'namespace'], federation.observability.namespace],
    ];
    return placed.flatMap(([path, namespace]) =>
      namespace === jobs
        ? [
            {
              path,
              message: `is ${jobs}, where the jobs of ${name} that exchange roots are, and nothing else may be; use another`,
              comparedWith: [
                ['federation', 'name'],
                ['meshes', name, 'cluster'],
              ],
            },
          ]
        : [],
    );
  });
}
