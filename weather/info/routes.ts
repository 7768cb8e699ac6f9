import { CallError, getJson } from '../shared/call.ts';
import { type Call, type Origin, readWeather, type Remarks } from '../shared/model.ts';
import { json, type Request, type Routes } from '../shared/server.ts';
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
      const answer: Remarks = {
        ...(await remarks(`${backendUrl}/weather`, request)),
        origin,
        seen: request.caller,
      };
      return json(answer);
    },
  };
}

async function remarks(
  url: string,
  { trace }: Request,
): Promise<Pick<Remarks, 'remarks' | 'call'>> {
  const began = performance.now();
  const call = (more: Pick<Call, 'seen' | 'problem'>): Call => ({
    from: 'info',
    to: 'backend',
    url,
    milliseconds: Math.round(performance.now() - began),
    ...more,
  });
  try {
    const weather = await getJson(url, readWeather, { timeoutMs: TIMEOUT_MS, trace });
    return { remarks: remarksOn(weather), call: call({ seen: weather.seen }) };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return { remarks: [SAYING], call: call({ problem: error.problem }) };
  }
}
