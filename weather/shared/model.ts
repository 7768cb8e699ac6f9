import type { Json } from './json.ts';

/*
 * What the services tell each other. Each one checks what it is told: the other may be of another
 * version.
 */

// --------------------------------------------------------------------------------------- provenance

/** Who answers. */
export interface Origin {
  /** `backend` */
  readonly service: string;
  /** The mesh that it is part of; nothing outside of one. */
  readonly mesh?: string;
  /** Its pod, of several. */
  readonly pod?: string;
}

/** Who called, as the called service's proxies told it. Outside of a mesh nobody tells. */
export interface Caller {
  /**
   * SPIFFE ID of a caller in the other mesh, which the trust border verified: `x-federation-caller`.
   */
  readonly federation?: string;
  /**
   * SPIFFE ID of whoever called in the service's own mesh, for a call from the other mesh its border:
   * `x-forwarded-client-cert`.
   */
  readonly peer?: string;
}

/** What went wrong, and what to do next. */
export interface Problem {
  readonly what: string;
  readonly help: string;
}

/** One call, as its caller saw it, and what the called service says about who called. */
export interface Call {
  readonly from: string;
  readonly to: string;
  /** Without its query, which may hold a key. */
  readonly url: string;
  readonly milliseconds: number;
  /** Nothing where the other one does not say. */
  readonly seen?: Caller;
  /** Nothing when all went well. */
  readonly problem?: Problem;
}

// ------------------------------------------------------------------------------------------ weather

const SKIES = [
  'clear',
  'few-clouds',
  'clouds',
  'fog',
  'drizzle',
  'rain',
  'snow',
  'thunder',
] as const;
export type Sky = (typeof SKIES)[number];

/** The weather at one time. Degrees are Celsius, times are seconds since 1970. */
export interface Conditions {
  readonly time: number;
  readonly sky: Sky;
  readonly night: boolean;
  /** `light rain` */
  readonly description: string;
  readonly temperature: number;
  /** In m/s, and where from in degrees. */
  readonly wind: { readonly speed: number; readonly from: number };
}

export interface Now extends Conditions {
  readonly feelsLike: number;
  /** Per cent. */
  readonly humidity: number;
  /** hPa at sea level. */
  readonly pressure: number;
  /** Nothing where the sun does not rise or set that day. */
  readonly sun?: { readonly rise: number; readonly set: number };
}

export interface Forecast extends Conditions {
  /** Probability of rain or snow in the three hours from then on, 0 to 1. */
  readonly precipitation: number;
}

export interface Day {
  /** Some time of that day. */
  readonly time: number;
  readonly sky: Sky;
  readonly low: number;
  readonly high: number;
  /** The highest probability of the day, 0 to 1. */
  readonly precipitation: number;
}

/** Answer of `GET http://backend/weather`. */
export interface Weather {
  readonly place: string;
  /** Seconds that local time is ahead of UTC. */
  readonly utcOffset: number;
  readonly source: {
    readonly kind: 'openweather' | 'sample';
    /** When it was fetched. */
    readonly fetched: number;
    /** Why there is nothing newer. */
    readonly stale?: Problem;
  };
  readonly now: Now;
  /** Every three hours, the next 24 hours. */
  readonly hours: readonly Forecast[];
  readonly days: readonly Day[];
  readonly origin: Origin;
  readonly seen: Caller;
}

// ------------------------------------------------------------------------------------------ remarks

const TOPICS = ['clothes', 'rain', 'wind', 'light', 'tomorrow', 'saying'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Remark {
  readonly topic: Topic;
  readonly text: string;
}

/** Answer of `GET http://info/`. */
export interface Remarks {
  readonly remarks: readonly Remark[];
  /** How info asked backend for the weather that it remarks on. */
  readonly call: Call;
  readonly origin: Origin;
  readonly seen: Caller;
}

// ------------------------------------------------------------------------------------------- report

/** Answer of `GET http://backend/report`: all that the page shows. */
export interface Report {
  readonly weather?: Weather;
  /** Why there is no weather. */
  readonly weatherProblem?: Problem;
  readonly remarks?: Remarks;
  /** How backend asked info. */
  readonly call: Call;
  readonly origin: Origin;
  readonly seen: Caller;
}

// ------------------------------------------------------------------------------------------ readers

export function readWeather(json: Json): Weather {
  return {
    place: json.get('place').text(80),
    utcOffset: json.get('utcOffset').number(),
    source: {
      kind: json.get('source').get('kind').oneOf(['openweather', 'sample']),
      fetched: json.get('source').get('fetched').number(),
      stale: json.get('source').get('stale').optional(readProblem),
    },
    now: readNow(json.get('now')),
    hours: json.get('hours').list(readForecast, 16),
    days: json.get('days').list(readDay, 7),
    origin: readOrigin(json.get('origin')),
    seen: readCaller(json.get('seen')),
  };
}

export function readRemarks(json: Json): Remarks {
  return {
    remarks: json.get('remarks').list(
      (remark) => ({
        topic: remark.get('topic').oneOf(TOPICS),
        text: remark.get('text').text(300),
      }),
      10,
    ),
    call: readCall(json.get('call')),
    origin: readOrigin(json.get('origin')),
    seen: readCaller(json.get('seen')),
  };
}

export function readReport(json: Json): Report {
  return {
    weather: json.get('weather').optional(readWeather),
    weatherProblem: json.get('weatherProblem').optional(readProblem),
    remarks: json.get('remarks').optional(readRemarks),
    call: readCall(json.get('call')),
    origin: readOrigin(json.get('origin')),
    seen: readCaller(json.get('seen')),
  };
}

function readConditions(json: Json): Conditions {
  return {
    time: json.get('time').number(),
    sky: json.get('sky').oneOf(SKIES),
    night: json.get('night').boolean(),
    description: json.get('description').text(80),
    temperature: json.get('temperature').number(),
    wind: {
      speed: json.get('wind').get('speed').number(),
      from: json.get('wind').get('from').number(),
    },
  };
}

function readNow(json: Json): Now {
  return {
    ...readConditions(json),
    feelsLike: json.get('feelsLike').number(),
    humidity: json.get('humidity').number(),
    pressure: json.get('pressure').number(),
    sun: json.get('sun').optional((sun) => ({
      rise: sun.get('rise').number(),
      set: sun.get('set').number(),
    })),
  };
}

function readForecast(json: Json): Forecast {
  return { ...readConditions(json), precipitation: json.get('precipitation').number() };
}

function readDay(json: Json): Day {
  return {
    time: json.get('time').number(),
    sky: json.get('sky').oneOf(SKIES),
    low: json.get('low').number(),
    high: json.get('high').number(),
    precipitation: json.get('precipitation').number(),
  };
}

function readCall(json: Json): Call {
  return {
    from: json.get('from').text(40),
    to: json.get('to').text(40),
    url: json.get('url').text(),
    milliseconds: json.get('milliseconds').number(),
    seen: json.get('seen').optional(readCaller),
    problem: json.get('problem').optional(readProblem),
  };
}

export function readProblem(json: Json): Problem {
  return { what: json.get('what').text(400), help: json.get('help').text(600) };
}

function readCaller(json: Json): Caller {
  return {
    federation: json.get('federation').optional((id) => id.text(300)),
    peer: json.get('peer').optional((id) => id.text(300)),
  };
}

function readOrigin(json: Json): Origin {
  return {
    service: json.get('service').text(40),
    mesh: json.get('mesh').optional((mesh) => mesh.text(40)),
    pod: json.get('pod').optional((pod) => pod.text(80)),
  };
}
