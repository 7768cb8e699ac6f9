import { Json } from '../shared/json.ts';
import type { Answers, Place } from './openweather.ts';

/** OpenWeather's ids and words. */
const SKY = {
  clear: [800, 'clear sky', '01'],
  few: [801, 'few clouds', '02'],
  broken: [803, 'broken clouds', '04'],
  overcast: [804, 'overcast clouds', '04'],
  rain: [500, 'light rain', '10'],
  snow: [600, 'light snow', '13'],
} as const;

/** Five days of late November, each with its low and high and what each quarter of it is like. */
const DAYS = [
  { low: -3, high: 1, pop: 0.6, quarters: ['broken', 'few', 'few', 'snow'] },
  { low: -1, high: 2, pop: 0.8, quarters: ['overcast', 'snow', 'snow', 'overcast'] },
  { low: 0, high: 4, pop: 0.7, quarters: ['rain', 'rain', 'broken', 'few'] },
  { low: -4, high: 0, pop: 0, quarters: ['clear', 'clear', 'few', 'clear'] },
  { low: -7, high: -2, pop: 0.1, quarters: ['clear', 'clear', 'few', 'broken'] },
] as const;

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Helsinki in winter. */
const UTC_OFFSET = 2 * HOUR;
const SUNRISE = 8.75 * HOUR;
const SUNSET = 15.4 * HOUR;

/**
 * Made-up answers for whoever has no key, in OpenWeather's own form, so that they take the way of the
 * real ones. The same whenever the first day begins.
 *
 * @param now seconds since 1970
 */
export function sampleAnswers(place: Place, now: number): Answers {
  const midnight = Math.floor((now + UTC_OFFSET) / DAY) * DAY - UTC_OFFSET;
  const at = (time: number) => {
    const seconds = time - midnight;
    const day = DAYS[Math.min(Math.floor(seconds / DAY), DAYS.length - 1)] ?? DAYS[0];
    const hour = (seconds % DAY) / HOUR;
    const [id, description, icon] =
      SKY[day.quarters[Math.min(Math.floor(hour / 6), 3)] ?? day.quarters[0]];
    const light = seconds % DAY > SUNRISE && seconds % DAY < SUNSET;
    // Coldest at 3, warmest at 15.
    const warmth = (1 - Math.cos(((hour - 3) / 24) * 2 * Math.PI)) / 2;
    const temp = round(day.low + (day.high - day.low) * warmth);
    const wind = { speed: round(4.2 + 2.4 * Math.sin(hour / 4)), deg: 225 };
    return {
      dt: time,
      weather: [{ id, main: description, description, icon: `${icon}${light ? 'd' : 'n'}` }],
      main: { temp, feels_like: round(temp - wind.speed / 1.6), pressure: 1009, humidity: 84 },
      wind,
      pop: id < 700 ? day.pop : round(day.pop / 3),
    };
  };
  const step = 3 * HOUR;
  const first = Math.floor(now / step) * step + step;
  return {
    current: new Json({
      ...at(now),
      timezone: UTC_OFFSET,
      sys: { sunrise: midnight + SUNRISE, sunset: midnight + SUNSET },
      name: place.name,
    }),
    forecast: new Json({ list: Array.from({ length: 40 }, (_, i) => at(first + i * step)) }),
  };
}

function round(degrees: number): number {
  return Math.round(degrees * 10) / 10;
}
