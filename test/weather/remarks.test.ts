import { describe, expect, it } from '@jest/globals';
import { remarksOn } from '../../weather/info/remarks';
import type { Forecast, Now, Topic, Weather } from '../../weather/shared/model';

const noon = Date.UTC(2026, 10, 26, 10, 0) / 1000;
const hour = 3600;

const now: Now = {
  time: noon,
  sky: 'clouds',
  night: false,
  description: 'broken clouds',
  temperature: 1,
  feelsLike: -2,
  humidity: 84,
  pressure: 1009,
  wind: { speed: 4.1, from: 225 },
  sun: { rise: noon - 4 * hour, set: noon + 3 * hour },
};

const dry: Forecast = { ...now, time: noon + hour, precipitation: 0.1 };
const day = { time: noon, sky: 'clouds', low: -3, high: 1, precipitation: 0.1 } as const;

function remark(topic: Topic, weather: Partial<Weather>): string | undefined {
  const whole = {
    place: 'Helsinki',
    utcOffset: 2 * hour,
    source: { kind: 'sample', fetched: noon },
    now,
    hours: [dry],
    days: [day, day],
    ...weather,
  } as const;
  return remarksOn(whole).find((one) => one.topic === topic)?.text;
}

describe('the remarks', () => {
  it.each([
    [-30, 'Everything you own'],
    [-2, 'A winter coat'],
    [3, 'A jacket'],
    [20, 'Short sleeves'],
    [45, 'As little'],
  ])('at %d degrees recommend: %s', (feelsLike, start) => {
    const text = remark('clothes', { now: { ...now, feelsLike } });
    expect(text?.startsWith(start)).toBe(true);
    expect(text).toContain(`feels like ${String(feelsLike).replace('-', '−')}\u00a0°C`);
  });

  it('name the first hour of local time in which rain or snow is likely', () => {
    const rain = { ...dry, time: noon + 5 * hour, sky: 'rain', precipitation: 0.72 } as const;
    expect(remark('rain', { hours: [dry, rain, { ...rain, time: noon + 8 * hour }] })).toBe(
      'Take an umbrella: 72 % chance of rain from 17:00 on.',
    );
    expect(remark('rain', { hours: [{ ...rain, sky: 'snow' }] })).toMatch(/^Take shoes.*of snow/);
    expect(remark('rain', {})).toMatch(/Leave the umbrella at home/);
    const wet = { ...now, sky: 'drizzle', description: 'light drizzle' } as const;
    expect(remark('rain', { now: wet })).toBe(
      'There is light drizzle now, and it will let up soon.',
    );
  });

  it('know where the sun is', () => {
    expect(remark('light', {})).toBe('7 h 0 min of daylight today; the sun goes at 15:00.');
    expect(remark('light', { now: { ...now, time: noon - 5 * hour } })).toMatch(/comes at 08:00/);
    expect(remark('light', { now: { ...now, time: noon + 5 * hour } })).toMatch(/the lamps are on/);
    expect(remark('light', { now: { ...now, sun: undefined } })).toBeUndefined();
  });

  it('compare tomorrow with today', () => {
    expect(remark('tomorrow', {})).toMatch(/about as warm as today/);
    expect(remark('tomorrow', { days: [day, { ...day, high: -4 }] })).toBe(
      'Tomorrow will be 5° colder, up to −4\u00a0°C.',
    );
    expect(remark('tomorrow', { days: [day] })).toBeUndefined();
  });

  it.each([
    [0, 'Hardly any wind'],
    [12, 'A strong wind'],
    [40, 'A storm'],
  ])('with wind of %d m/s: %s', (speed, start) => {
    expect(remark('wind', { now: { ...now, wind: { speed, from: 0 } } })).toMatch(start);
  });
});
