import type { Construct } from 'constructs';
import { OpenWeatherAccess, type OpenWeatherAccessProps } from './openweather';
import { WeatherService, type WeatherServiceProps } from './service';

/** A place on earth. */
export interface Place {
  /** The city, as the page calls it. */
  readonly name: string;
  /** Latitude in degrees north of the equator. */
  readonly latitude: number;
  /** Longitude in degrees east of Greenwich. */
  readonly longitude: number;
}

/** Settings of `WeatherBackend`. */
export interface WeatherBackendProps extends WeatherServiceProps {
  /** @default Helsinki */
  readonly place?: Place;
  /**
   * The weather from OpenWeather, for which it needs a key.
   * @default sample data, and the page says so
   */
  readonly openWeather?: Omit<OpenWeatherAccessProps, 'namespace'>;
}

/**
 * The weather, in the Istio mesh. It calls `http://info` in the other mesh for remarks, and info calls
 * `http://backend/weather`. For the calls to info its pods need the annotations of
 * `callerPodAnnotations()`.
 */
export class WeatherBackend extends WeatherService {
  public constructor(scope: Construct, id: string, props: WeatherBackendProps = {}) {
    const { place, openWeather } = props;
    super(scope, id, props, (self) => {
      const access =
        openWeather &&
        new OpenWeatherAccess(self, 'openweather', {
          ...openWeather,
          namespace: props.namespace ?? 'default',
        });
      return {
        name: 'backend',
        mesh: 'Istio',
        listen: 'everywhere',
        serviceAccountToken: false,
        env: [
          ...(place === undefined
            ? []
            : [
                { name: 'PLACE', value: place.name },
                { name: 'LATITUDE', value: String(place.latitude) },
                { name: 'LONGITUDE', value: String(place.longitude) },
              ]),
          ...(access?.env ?? []),
        ],
        podAnnotations: access?.podAnnotations,
        dependsOn: access?.dependencies,
      };
    });
  }
}
