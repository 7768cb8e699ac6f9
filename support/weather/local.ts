import { freePorts } from '../../rehearsal/ports';
import { World } from '../../rehearsal/world';
import type { Place } from '../../weather/backend/openweather';
import { backend } from '../../weather/backend/routes';
import { openWeatherSource, sampleSource } from '../../weather/backend/source';
import { frontend } from '../../weather/frontend/routes';
import { info } from '../../weather/info/routes';
import type { Origin } from '../../weather/shared/model';
import { type Routes, serve, type Server } from '../../weather/shared/server';

/** Settings of the weather application on this machine. */
export interface LocalWeatherSettings {
  /**
   * Port of the page.
   * @default any free one
   */
  readonly port?: number;
  /**
   * Key of the OpenWeather API.
   * @default sample data
   */
  readonly key?: string;
  /**
   * Time of the sample data, in seconds since 1970.
   * @default now
   */
  readonly now?: number;
  /**
   * Envoy, to put the federated data path of the rehearsal between backend and info.
   * @default the two call each other without a proxy
   */
  readonly envoy?: string;
  /**
   * Where backend calls info.
   * @default directly, or by the federated data path
   */
  readonly infoUrl?: string;
  /**
   * Where the services' log lines go.
   * @default standard output
   */
  readonly log?: (line: string) => void;
}

/** The weather application, running. */
export interface LocalWeather {
  readonly url: string;
  stop(): Promise<void>;
}

const HELSINKI: Place = { name: 'Helsinki', latitude: 60.1699, longitude: 24.9384 };

/** Starts all three services on loopback. */
export async function startWeather(settings: LocalWeatherSettings = {}): Promise<LocalWeather> {
  const { port, key, now, envoy, infoUrl, log } = settings;
  const surroundings = envoy === undefined ? await plainly() : await federated(envoy);
  const running: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    await surroundings.end();
  };
  const start = async (service: string, routes: Routes, at?: number): Promise<string> => {
    const server = await serve({ service, routes, port: at, log });
    running.push(server);
    return `http://127.0.0.1:${server.port}`;
  };
  try {
    const { ports, backendUrl, origin } = surroundings;
    await start('info', info({ backendUrl, origin: origin('info', 'Consul') }), ports.info);
    const source =
      key === undefined
        ? sampleSource(HELSINKI, now === undefined ? undefined : () => now)
        : openWeatherSource({ key, place: HELSINKI });
    const direct = await start(
      'backend',
      backend({
        source,
        infoUrl: infoUrl ?? surroundings.infoUrl,
        origin: origin('backend', 'Istio'),
      }),
      ports.backend,
    );
    // frontend has no sidecar in the rehearsal.
    const page = frontend({ backendUrl: direct, origin: { service: 'frontend' } });
    return { url: await start('frontend', page, port), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What is between backend and info. */
interface Surroundings {
  /** Where the two listen. */
  readonly ports: { readonly info: number; readonly backend: number };
  /** Where backend calls info. */
  readonly infoUrl: string;
  /** Where info calls backend. */
  readonly backendUrl: string;
  readonly origin: (service: string, mesh: string) => Origin;
  readonly end: () => Promise<void>;
}

/** Nothing. */
async function plainly(): Promise<Surroundings> {
  const [info = 0, backend = 0] = await freePorts(2);
  return {
    ports: { info, backend },
    infoUrl: `http://127.0.0.1:${info}`,
    backendUrl: `http://127.0.0.1:${backend}`,
    origin: (service) => ({ service }),
    end: () => Promise.resolve(),
  };
}

/** The sidecars, gateways and borders of the rehearsal, in whose meshes the two take places. */
async function federated(envoy: string): Promise<Surroundings> {
  const world = await World.start(envoy);
  world.services.info.close();
  world.services.backend.close();
  return {
    ports: world.apps,
    infoUrl: `http://127.0.0.1:${world.at.info}`,
    backendUrl: `http://127.0.0.1:${world.at.backend}`,
    origin: (service, mesh) => ({ service, mesh, pod: 'rehearsed' }),
    end: () => world.end(),
  };
}
