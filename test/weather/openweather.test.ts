import { describe, expect, it } from '@jest/globals';
import { CallError } from '../../weather/shared/call';
import { openWeatherSource, sampleSource } from '../../weather/backend/source';
import { KEY, NOON, openWeatherDouble } from './openweather-double';
import { closedPort } from './support';

const place = { name: 'Helsinki', latitude: 60.1699, longitude: 24.9384 };

/** A clock that tests set. */
function clock(start = NOON) {
  let time = start;
  return { now: () => time, pass: (seconds: number) => (time += seconds) };
}

async function failure(readings: Promise<unknown>) {
  const error = await readings.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallError)) throw new Error(`no CallError: ${String(error)}`);
  return error.problem;
}

describe('the weather of OpenWeather', () => {
  it('is asked for by coordinates, in degrees Celsius', async () => {
    const { url, seen } = await openWeatherDouble();
    await openWeatherSource({ url, key: KEY, place }).readings();
    expect(seen.map(({ path }) => path).sort()).toEqual([
      '/data/2.5/forecast',
      '/data/2.5/weather',
    ]);
    for (const { query } of seen) {
      expect(Object.fromEntries(query)).toEqual({
        lat: '60.1699',
        lon: '24.9384',
        units: 'metric',
        appid: KEY,
      });
    }
  });

  it('becomes the weather now, of the next 24 hours and of five days', async () => {
    const { url } = await openWeatherDouble();
    const weather = await openWeatherSource({ url, key: KEY, place }, clock().now).readings();
    expect(weather).toMatchObject({
      place: 'Helsinki',
      utcOffset: 10800,
      source: { kind: 'openweather', fetched: NOON },
      now: {
        temperature: 19.27,
        feelsLike: 18.07,
        sky: 'clear',
        night: false,
        description: 'clear sky',
        humidity: 62,
        pressure: 1016,
        wind: { speed: 5.14, from: 200 },
        sun: { rise: NOON - 8 * 3600 },
      },
    });
    expect(weather.hours.map(({ sky }) => sky)).toEqual([
      ...['rain', 'rain'],
      ...Array<string>(6).fill('clear'),
    ]);
    expect(weather.hours[0]).toMatchObject({ precipitation: 0.86, time: NOON + 3 * 3600 });
    // Until midnight in Helsinki: 15:00 to 21:00, with rain in two of three.
    expect(weather.days).toHaveLength(5);
    expect(weather.days[0]).toMatchObject({
      low: 14,
      high: 18.4,
      sky: 'rain',
      precipitation: 0.86,
    });
    expect(weather.days[1]).toMatchObject({ low: 12, high: 19, sky: 'clear', precipitation: 0 });
  });

  it('is asked once for all requests of ten minutes', async () => {
    const { url, seen } = await openWeatherDouble();
    const { now, pass } = clock();
    const source = openWeatherSource({ url, key: KEY, place }, now);
    await Promise.all([source.readings(), source.readings(), source.readings()]);
    pass(599);
    await source.readings();
    expect(seen).toHaveLength(2);
    pass(1);
    expect((await source.readings()).source.fetched).toBe(NOON + 600);
    expect(seen).toHaveLength(4);
  });

  it('is shown for three hours while OpenWeather does not answer, and says so', async () => {
    let broken = false;
    const { url, seen } = await openWeatherDouble(() =>
      broken ? { status: 500, body: '{"cod":500}' } : undefined,
    );
    const { now, pass } = clock();
    const source = openWeatherSource({ url, key: KEY, place }, now);
    await source.readings();
    broken = true;
    pass(700);
    const stale = await source.readings();
    expect(stale.source).toMatchObject({ fetched: NOON });
    expect(stale.source.stale?.what).toMatch(/^OpenWeather: HTTP status 500/);
    // It is left alone for half a minute.
    const asked = seen.length;
    pass(29);
    await source.readings();
    expect(seen).toHaveLength(asked);
    pass(3 * 3600);
    expect((await failure(source.readings())).what).toMatch(/HTTP status 500/);
    broken = false;
    pass(30);
    expect((await source.readings()).source.stale).toBeUndefined();
  });

  it.each([
    [401, '{"cod":401,"message":"Invalid API key."}', /does not know the key.*two hours/],
    [429, '{"cod":429,"message":"blocked"}', /used up its calls/],
    [200, '<html>portal</html>', /it is no JSON.*let pods out/],
  ])('explains an answer with status %d', async (status, body, help) => {
    const { url } = await openWeatherDouble(() => ({ status, body }));
    const problem = await failure(openWeatherSource({ url, key: KEY, place }).readings());
    expect(`${problem.what} ${problem.help}`).toMatch(help);
  });

  it('is never without a reason when it is not as documented', async () => {
    const { url } = await openWeatherDouble(() => ({ body: '{"main":{"temp":"warm"}}' }));
    const problem = await failure(openWeatherSource({ url, key: KEY, place }).readings());
    expect(problem.what).toMatch(/^OpenWeather: the answer is not as documented: \S+ is missing$/);
  });

  it('says that the sky is missing where the list of it is empty', async () => {
    const body = JSON.stringify({ main: {}, timezone: 0, sys: {}, list: [], weather: [], dt: 0 });
    const { url } = await openWeatherDouble(() => ({ body }));
    const problem = await failure(openWeatherSource({ url, key: KEY, place }).readings());
    expect(problem.what).toMatch(/: weather\[0\] is missing$/);
  });

  it('names the way out of the mesh when it is not reached', async () => {
    const url = await closedPort();
    const problem = await failure(openWeatherSource({ url, key: KEY, place }).readings());
    expect(problem).toEqual({
      what: 'OpenWeather: nobody listens at 127.0.0.1 (ECONNREFUSED)',
      help: expect.stringContaining('ServiceEntry openweather') as unknown,
    });
  });

  it('keeps the key out of every problem', async () => {
    const elsewhere = await closedPort();
    const { url } = await openWeatherDouble(() => ({ status: 500, body: 'no' }));
    for (const at of [elsewhere, url]) {
      const problem = await failure(openWeatherSource({ url: at, key: KEY, place }).readings());
      expect(JSON.stringify(problem)).not.toContain(KEY);
    }
  });
});

describe('the sample data', () => {
  it('says what it is, and takes the same way', async () => {
    const weather = await sampleSource(place, () => NOON).readings();
    expect(weather.source).toEqual({ kind: 'sample', fetched: NOON });
    expect(weather.hours).toHaveLength(8);
    expect(weather.days).toHaveLength(5);
  });

  it.each([0, 3, 6, 9, 12, 15, 18, 21, 23.99])('is whole at hour %d', async (hour) => {
    const time = Math.floor(Date.UTC(2026, 10, 26) / 1000 + hour * 3600);
    const { now, hours, days } = await sampleSource(place, () => time).readings();
    expect(now.time).toBe(time);
    expect(hours.every((next, i) => next.time > (i === 0 ? time : (hours[i - 1]?.time ?? 0)))).toBe(
      true,
    );
    for (const { low, high } of days) expect(low).toBeLessThanOrEqual(high);
  });
});
