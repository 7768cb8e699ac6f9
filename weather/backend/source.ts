import { CallError } from '../shared/call.ts';
import { JsonError } from '../shared/json.ts';
import type { Problem } from '../shared/model.ts';
import {
  type Answers,
  askOpenWeather,
  type OpenWeatherSettings,
  type Place,
  type Readings,
  readingsOf,
} from './openweather.ts';
import { sampleAnswers } from './sample.ts';

/** Where the weather comes from. */
export interface Source {
  /** @throws CallError when there is none, not even an older one. */
  readings(): Promise<Readings>;
}

/** OpenWeather makes new data every ten minutes. */
const FRESH_SECONDS = 600;
/** After a failure OpenWeather is left alone for that long. */
const PAUSE_SECONDS = 30;
/** The oldest weather that is still shown while there is nothing newer. */
const STALE_SECONDS = 3 * 3600;

/** The sample data. */
export function sampleSource(place: Place, now: () => number = seconds): Source {
  return {
    readings: () =>
      Promise.resolve(
        readingsOf(sampleAnswers(place, now()), { place, kind: 'sample', now: now() }),
      ),
  };
}

/**
 * OpenWeather, asked once for all requests of ten minutes, since a key has few calls. While it does
 * not answer, the last weather is shown for three hours and says why.
 *
 * @param now seconds since 1970
 */
export function openWeatherSource(
  settings: OpenWeatherSettings,
  now: () => number = seconds,
  ask: (settings: OpenWeatherSettings) => Promise<Answers> = askOpenWeather,
): Source {
  let last: Readings | undefined;
  let failure: { readonly problem: Problem; readonly time: number } | undefined;
  let running: Promise<Readings | Problem> | undefined;

  const refresh = async (): Promise<Readings | Problem> => {
    try {
      const answers = await ask(settings);
      failure = undefined;
      last = readingsOf(answers, { place: settings.place, kind: 'openweather', now: now() });
      return last;
    } catch (error) {
      failure = { problem: problemOf(error), time: now() };
      return failure.problem;
    } finally {
      running = undefined;
    }
  };

  return {
    async readings() {
      if (last !== undefined && now() - last.source.fetched < FRESH_SECONDS) return last;
      const paused = failure !== undefined && now() - failure.time < PAUSE_SECONDS;
      const result =
        paused && failure !== undefined ? failure.problem : await (running ??= refresh());
      if ('source' in result) return result;
      if (last === undefined || now() - last.source.fetched > STALE_SECONDS) {
        throw new CallError(result);
      }
      return { ...last, source: { ...last.source, stale: result } };
    },
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof CallError) return error.problem;
  if (error instanceof JsonError) {
    return {
      what: `OpenWeather: the answer is not as documented: ${error.message}`,
      help: 'Its API may have changed: compare https://openweathermap.org/current.',
    };
  }
  throw error;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
