import { z } from 'zod';
import type { WorkloadNamespace } from '../constructs/kubernetes';
import { ownEntry } from '../constructs/own-entry';
import { whenChanged } from './change';
import { imageReference } from './formats';
import { workloadNamespace } from './namespaces';

/** Namespace of the weather application, its own unless told otherwise. */
export const DEFAULT_WEATHER_NAMESPACE = 'weather';

/** Settings of the weather application, which is there to see the federation work. */
export const weatherSettings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether it is deployed, in the meshes `istio` and `consul`. Without it and without an ' +
          '`accessPolicy` of yours, nobody may call anybody. Default: true where both are there.',
      )
      .meta(
        whenChanged('removes', 'the application, its namespace, and its part of the access policy'),
      ),
    namespace: workloadNamespace
      .default(DEFAULT_WEATHER_NAMESPACE)
      .describe(
        "Its namespace in each of its clusters, made for it alone unless it is one of the mesh's `namespaces`. " +
          'An `accessPolicy` of yours names it for frontend, backend and info.',
      )
      .meta(
        whenChanged(
          'replaces',
          'the application, which is gone meanwhile. Refused from `default` as long as it runs there',
        ),
      ),
    place: z
      .strictObject({
        name: z
          .string()
          .max(80)
          .regex(/\S/, 'must be a name')
          .default('Helsinki')
          .describe('As the page calls it.')
          .meta(whenChanged('restarts-pods', 'backend')),
        latitude: z
          .number()
          .min(-90)
          .max(90)
          .default(60.1699)
          .describe('Degrees north.')
          .meta(whenChanged('restarts-pods', 'backend')),
        longitude: z
          .number()
          .min(-180)
          .max(180)
          .default(24.9384)
          .describe('Degrees east.')
          .meta(whenChanged('restarts-pods', 'backend')),
      })
      .prefault({})
      .describe('Whose weather.'),
    data: z
      .enum(['sample', 'openweather'])
      .default('sample')
      .describe(
        'Made-up weather, or that of https://openweathermap.org with your key in the environment ' +
          'variable TF_VAR_openweather_api_key, at each deploy.',
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'backend; back to sample takes the key and the way out to the internet away',
        ),
      ),
    keyRevision: z
      .int()
      .min(1)
      .default(1)
      .describe('Raise it to put another key into the cluster.')
      .meta(whenChanged('restarts-pods', 'backend')),
    replicas: z
      .int()
      .min(1)
      .max(10)
      .default(2)
      .describe('Pods of each of its three services.')
      .meta(whenChanged('in-place')),
    image: imageReference
      .optional()
      .describe('Image with Node.js 24 or later, such as one of a mirror. Default: the stock one.')
      .meta(whenChanged('restarts-pods')),
  })
  .prefault({});

/** Where Terraform takes the key of OpenWeather from. */
export const WEATHER_KEY = 'TF_VAR_openweather_api_key';

/** What a deploy of it lacks. */
export function weatherNotices(
  { enabled, data }: Pick<WeatherSettings, 'enabled' | 'data'>,
  env: NodeJS.ProcessEnv,
): string[] {
  return !enabled || data !== 'openweather' || (env[WEATHER_KEY] ?? '') !== ''
    ? []
    : [
        `weather.data is openweather, and ${WEATHER_KEY} is not set: without the key no deploy gets past the stack ` +
          `istio-workloads. Make one at https://openweathermap.org, and "export ${WEATHER_KEY}=..." it.`,
      ];
}

/** The meshes that it runs in, each called like its kind, and which of its services runs there. */
export const WEATHER_SERVICES: Readonly<Record<string, readonly string[]>> = {
  istio: ['frontend', 'backend'],
  consul: ['info'],
};

/** Whether these are there. */
export function hasWeatherMeshes(meshes: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(WEATHER_SERVICES).every((name) => {
    const mesh = ownEntry(meshes, name);
    return typeof mesh === 'object' && mesh !== null && 'kind' in mesh && mesh.kind === name;
  });
}

export type WeatherSettings = z.output<typeof weatherSettings>;

/** A mesh's namespaces for workloads: those of its settings, and that of the weather application. */
export function workloadNamespaces(
  mesh: string,
  own: readonly WorkloadNamespace[],
  { enabled, namespace }: Pick<WeatherSettings, 'enabled' | 'namespace'>,
): readonly WorkloadNamespace[] {
  const isThere = own.some(({ name }) => name === namespace);
  const isHere = enabled && Object.hasOwn(WEATHER_SERVICES, mesh);
  return isHere && !isThere ? [...own, { name: namespace, disposable: true }] : own;
}
