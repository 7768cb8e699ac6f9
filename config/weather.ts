import { z } from 'zod';
import { whenChanged } from './change';
import { dnsLabel, imageReference } from './meshes';

/** Settings of the weather application, which is there to see the federation work. */
export const weatherSettings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether it is deployed.')
      .meta(whenChanged('removes', 'the application')),
    namespace: dnsLabel
      .default('default')
      .describe(
        "Its namespace in both clusters, one of each mesh's `namespaces`. The access policy names it " +
          'too, where it is another one than default.',
      )
      .meta(whenChanged('replaces', 'the application, which is gone meanwhile')),
    place: z
      .strictObject({
        name: z
          .string()
          .min(1)
          .max(80)
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

export type WeatherSettings = z.output<typeof weatherSettings>;
