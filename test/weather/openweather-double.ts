import { double, type Double, type DoubleAnswer } from './support';

/*
 * A double of the OpenWeather API: the real one takes a key and the internet. Its answers have the
 * form that https://openweathermap.org/current and https://openweathermap.org/forecast5 document, with
 * fields that backend does not read.
 */

/** Noon of a summer day in Helsinki, in seconds since 1970. */
export const NOON = Date.UTC(2026, 6, 1, 9, 0) / 1000;

const HOUR = 3600;

interface Step {
  readonly temp: number;
  readonly id: number;
  readonly pop: number;
}

/** Rain this evening, then clear. */
function step(index: number): Step {
  return index < 2
    ? { temp: 18.4 - index, id: 501, pop: 0.86 }
    : { temp: 12 + (index % 8), id: 800, pop: 0 };
}

function conditions(time: number, { temp, id }: Step) {
  const hour = new Date((time + 3 * HOUR) * 1000).getUTCHours();
  return {
    dt: time,
    main: {
      temp,
      feels_like: temp - 1.2,
      temp_min: temp - 1,
      temp_max: temp + 1,
      pressure: 1016,
      sea_level: 1016,
      grnd_level: 1013,
      humidity: 62,
    },
    weather: [
      {
        id,
        main: id === 800 ? 'Clear' : 'Rain',
        description: id === 800 ? 'clear sky' : 'moderate rain',
        icon: `${id === 800 ? '01' : '10'}${hour >= 4 && hour < 23 ? 'd' : 'n'}`,
      },
    ],
    clouds: { all: 20 },
    wind: { speed: 5.14, deg: 200, gust: 8.2 },
    visibility: 10000,
  };
}

function current(): object {
  return {
    coord: { lon: 24.9384, lat: 60.1699 },
    base: 'stations',
    ...conditions(NOON, { temp: 19.27, id: 800, pop: 0 }),
    sys: {
      type: 2,
      id: 2028456,
      country: 'FI',
      sunrise: NOON - 8 * HOUR,
      sunset: NOON + 10.5 * HOUR,
    },
    timezone: 10800,
    id: 658225,
    name: 'Helsinki',
    cod: 200,
  };
}

function forecast(): object {
  return {
    cod: '200',
    message: 0,
    cnt: 40,
    list: Array.from({ length: 40 }, (_, index) => ({
      ...conditions(NOON + (index + 1) * 3 * HOUR, step(index)),
      pop: step(index).pop,
      sys: { pod: 'd' },
      dt_txt: '2026-07-01 12:00:00',
    })),
    city: { id: 658225, name: 'Helsinki', country: 'FI', timezone: 10800 },
  };
}

/** The double's key. */
export const KEY = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';

/** Starts the double. @param instead What it answers in place of the weather; nothing while undefined. */
export function openWeatherDouble(
  instead: () => DoubleAnswer | undefined = () => undefined,
): Promise<Double> {
  return double(({ path, query }) => {
    const other = instead();
    if (other !== undefined) return other;
    if (query.get('appid') !== KEY) {
      return {
        status: 401,
        body: '{"cod":401,"message":"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."}',
      };
    }
    switch (path) {
      case '/data/2.5/weather':
        return { body: JSON.stringify(current()) };
      case '/data/2.5/forecast':
        return { body: JSON.stringify(forecast()) };
      default:
        return { status: 404, body: '{"cod":"404","message":"Internal error"}' };
    }
  });
}
