import { ask } from '../shared/call.ts';
import { type Origin, readWeather, type Remarks } from '../shared/model.ts';
import { json, type Routes } from '../shared/server.ts';
import { remarksOn, SAYING } from './remarks.ts';

export interface InfoSettings {
  /** `http://backend` in the mesh. */
  readonly backendUrl: string;
  readonly origin: Origin;
}

const TIMEOUT_MS = 4000;

/**
 * `/`: remarks on the weather, for which it asks backend in the other mesh. Without an answer it has a
 * general remark, and says why.
 */
export function info({ backendUrl, origin }: InfoSettings): Routes {
  return {
    '/': async (request) => {
      const [weather, call] = await ask(
        {
          from: 'info',
          to: 'backend',
          url: `${backendUrl}/weather`,
          timeoutMs: TIMEOUT_MS,
          trace: request.trace,
        },
        readWeather,
      );
      const answer: Remarks = {
        remarks: weather === undefined ? [SAYING] : remarksOn(weather),
        call,
        origin,
        seen: request.caller,
      };
      return json(answer);
    },
  };
}
