import type { Remark, Weather } from '../shared/model.ts';

/** What can be said without knowing the weather. */
export const SAYING: Remark = {
  topic: 'saying',
  text: 'In Finland they say there is no bad weather, only the wrong clothes.',
};

/** What there is to say about the weather. */
export function remarksOn(weather: Omit<Weather, 'origin' | 'seen'>): Remark[] {
  return [clothes(weather), rain(weather), wind(weather), light(weather), tomorrow(weather)].filter(
    (remark) => remark !== undefined,
  );
}

type Readings = Parameters<typeof remarksOn>[0];

const CLOTHES = [
  [-15, 'Everything you own, in layers'],
  [-5, 'A warm coat, a hat and gloves'],
  [3, 'A winter coat and a scarf'],
  [10, 'A jacket'],
  [17, 'A jumper'],
  [24, 'Short sleeves'],
  [Infinity, 'As little as is decent, and water to drink'],
] as const;

function clothes({ now }: Readings): Remark {
  const [, what] = CLOTHES.find(([below]) => now.feelsLike < below) ?? CLOTHES[6];
  return { topic: 'clothes', text: `${what}: it feels like ${degrees(now.feelsLike)}.` };
}

const WET = ['drizzle', 'rain', 'snow', 'thunder'] as const;

function rain({ now, hours, utcOffset }: Readings): Remark {
  const next = hours.find(({ precipitation }) => precipitation >= 0.5);
  const wet = WET.some((sky) => sky === now.sky);
  if (next === undefined) {
    return {
      topic: 'rain',
      text: wet
        ? `There is ${now.description} now, and it will let up soon.`
        : 'Leave the umbrella at home: the next 24 hours stay mostly dry.',
    };
  }
  const chance = Math.round(next.precipitation * 100);
  const what = next.sky === 'snow' ? 'snow' : 'rain';
  const remedy = what === 'snow' ? 'Take shoes with a tread' : 'Take an umbrella';
  return {
    topic: 'rain',
    text: `${remedy}: ${chance} % chance of ${what} from ${clock(next.time, utcOffset)} on.`,
  };
}

/** Upper bounds of the Beaufort scale in m/s, with its words. */
const WINDS = [
  [1.6, 'Hardly any wind'],
  [3.4, 'A light breeze'],
  [5.5, 'A gentle breeze'],
  [8, 'A moderate breeze'],
  [10.8, 'A fresh breeze, which makes cycling a sport'],
  [17.2, 'A strong wind: hold on to your hat'],
  [Infinity, 'A storm: stay inside'],
] as const;

function wind({ now }: Readings): Remark {
  const [, what] = WINDS.find(([below]) => now.wind.speed < below) ?? WINDS[6];
  return { topic: 'wind', text: `${what}, ${now.wind.speed.toFixed(1)} m/s.` };
}

function light({ now, utcOffset }: Readings): Remark | undefined {
  if (now.sun === undefined) return undefined;
  const { rise, set } = now.sun;
  const minutes = Math.round((set - rise) / 60);
  const length = `${Math.floor(minutes / 60)} h ${minutes % 60} min of daylight`;
  if (now.time < rise) {
    return { topic: 'light', text: `${length} today; the sun comes at ${clock(rise, utcOffset)}.` };
  }
  return now.time < set
    ? { topic: 'light', text: `${length} today; the sun goes at ${clock(set, utcOffset)}.` }
    : { topic: 'light', text: `It was ${length} today; the lamps are on now.` };
}

function tomorrow({ days }: Readings): Remark | undefined {
  const [today, next] = days;
  if (today === undefined || next === undefined) return undefined;
  const difference = Math.round(next.high - today.high);
  const text =
    difference === 0
      ? `Tomorrow will be about as warm as today, up to ${degrees(next.high)}.`
      : `Tomorrow will be ${Math.abs(difference)}° ${difference > 0 ? 'warmer' : 'colder'}, up to ${degrees(next.high)}.`;
  return { topic: 'tomorrow', text };
}

function degrees(temperature: number): string {
  return `${String(Math.round(temperature)).replace('-', '−')}\u00a0°C`;
}

/** Local time of the place. */
function clock(time: number, utcOffset: number): string {
  return new Date((time + utcOffset) * 1000).toISOString().slice(11, 16);
}
