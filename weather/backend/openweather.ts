import { CallError, getJson } from '../shared/call.ts';
import type { Json } from '../shared/json.ts';
import type { Conditions, Day, Forecast, Problem, Sky, Weather } from '../shared/model.ts';

/** A place on earth. */
export interface Place {
  /** As the page calls it. */
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** The weather without what depends on the request. */
export type Readings = Omit<Weather, 'origin' | 'seen'>;

/** The weather now, and every three hours for five days, as OpenWeather answers. */
export interface Answers {
  readonly current: Json;
  readonly forecast: Json;
}

export interface OpenWeatherSettings {
  /** @default https://api.openweathermap.org */
  readonly url?: string;
  readonly key: string;
  readonly place: Place;
}

export const OPENWEATHER = 'https://api.openweathermap.org';

/** How long backend waits for each of the two answers, in ms. */
const TIMEOUT_MS = 3000;

/**
 * Asks OpenWeather for both.
 *
 * @throws CallError; the key is in none of its texts.
 * @see https://openweathermap.org/current
 * @see https://openweathermap.org/forecast5
 */
export async function askOpenWeather(settings: OpenWeatherSettings): Promise<Answers> {
  const { url = OPENWEATHER, key, place } = settings;
  const query = new URLSearchParams({
    lat: String(place.latitude),
    lon: String(place.longitude),
    units: 'metric',
    appid: key,
  }).toString();
  const ask = (path: string) =>
    getJson(`${url}/data/2.5/${path}?${query}`, (json) => json, { timeoutMs: TIMEOUT_MS });
  try {
    const [current, forecast] = await Promise.all([ask('weather'), ask('forecast')]);
    return { current, forecast };
  } catch (error) {
    throw error instanceof CallError ? new CallError(explained(error.problem)) : error;
  }
}

/** @see https://openweathermap.org/faq#error401 */
function explained({ what, help }: Problem): Problem {
  const status = /^HTTP status (\d+)/.exec(what)?.[1];
  const explanations: Partial<Record<string, string>> = {
    401: 'OpenWeather does not know the key. A new one takes up to two hours to work; otherwise deploy with the right one and raise weather.keyRevision.',
    429: 'The key has used up its calls: wait, or get a plan with more.',
  };
  const unreached =
    'Does the network let pods out to the internet? In the Istio mesh the ServiceEntry openweather lets backend out to OpenWeather.';
  return {
    what: `OpenWeather: ${what}`,
    help: status === undefined ? unreached : (explanations[status] ?? help),
  };
}

/**
 * Reads what OpenWeather answered.
 *
 * @param now seconds since 1970
 * @throws JsonError when it is not as documented.
 */
export function readingsOf(
  { current, forecast }: Answers,
  { place, kind, now }: { place: Place; kind: Weather['source']['kind']; now: number },
): Readings {
  const main = current.get('main');
  const utcOffset = current.get('timezone').number();
  const [rise, set] = ['sunrise', 'sunset'].map((name) =>
    current
      .get('sys')
      .get(name)
      .optional((time) => time.number()),
  );
  const forecasts = forecast.get('list').list(readForecast, 40);
  return {
    place: place.name,
    utcOffset,
    source: { kind, fetched: now },
    now: {
      ...readConditions(current),
      feelsLike: main.get('feels_like').number(),
      humidity: main.get('humidity').number(),
      pressure: main.get('pressure').number(),
      // 0 stands for no sunrise in the polar day or night.
      ...(rise && set ? { sun: { rise, set } } : {}),
    },
    hours: forecasts.filter(({ time }) => time > now).slice(0, 8),
    days: daysOf(forecasts, utcOffset),
  };
}

function readConditions(json: Json): Conditions {
  const weather = json.get('weather').first();
  return {
    time: json.get('dt').number(),
    sky: skyOf(weather.get('id').number()),
    night: weather.get('icon').text().endsWith('n'),
    description: weather.get('description').text(80),
    temperature: json.get('main').get('temp').number(),
    wind: {
      speed: json.get('wind').get('speed').number(),
      from: json.get('wind').get('deg').number(),
    },
  };
}

function readForecast(json: Json): Forecast {
  return { ...readConditions(json), precipitation: json.get('pop').number() };
}

/** @see https://openweathermap.org/weather-conditions */
function skyOf(id: number): Sky {
  if (id === 800) return 'clear';
  if (id === 801 || id === 802) return 'few-clouds';
  const group: Partial<Record<number, Sky>> = {
    2: 'thunder',
    3: 'drizzle',
    5: 'rain',
    6: 'snow',
    7: 'fog',
  };
  return group[Math.floor(id / 100)] ?? 'clouds';
}

/** Skies by how much they matter to somebody who plans a day. */
const WORST_FIRST: readonly Sky[] = ['thunder', 'snow', 'rain', 'drizzle'];

/** The days of the place, each with what most of it is like. */
function daysOf(forecasts: readonly Forecast[], utcOffset: number): Day[] {
  const byDay = new Map<number, Forecast[]>();
  for (const forecast of forecasts) {
    const day = Math.floor((forecast.time + utcOffset) / 86_400);
    byDay.set(day, [...(byDay.get(day) ?? []), forecast]);
  }
  return [...byDay.values()].slice(0, 5).map((day) => {
    const temperatures = day.map(({ temperature }) => temperature);
    return {
      time: day[Math.floor(day.length / 2)]?.time ?? 0,
      sky: prevailing(day),
      low: Math.min(...temperatures),
      high: Math.max(...temperatures),
      precipitation: Math.max(...day.map(({ precipitation }) => precipitation)),
    };
  });
}

function prevailing(day: readonly Forecast[]): Sky {
  const count = (sky: Sky) => day.filter((forecast) => forecast.sky === sky).length;
  const worst = WORST_FIRST.find((sky) => count(sky) >= 2);
  const daytime = day.filter(({ night }) => !night);
  const candidates = (daytime.length > 0 ? daytime : day).map(({ sky }) => sky);
  return worst ?? candidates.sort((one, other) => count(other) - count(one))[0] ?? 'clouds';
}
