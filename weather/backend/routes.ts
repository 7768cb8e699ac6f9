import { ask, CallError } from '../shared/call.ts';
import {
  type Origin,
  type Problem,
  readRemarks,
  type Report,
  type Weather,
} from '../shared/model.ts';
import { json, problem, type Request, type Routes } from '../shared/server.ts';
import type { Source } from './source.ts';

export interface BackendSettings {
  readonly source: Source;
  /** `http://info` in the mesh. */
  readonly infoUrl: string;
  readonly origin: Origin;
}

/** Longer than info waits for backend, so that info can still say what went wrong. */
const TIMEOUT_MS = 6000;

/**
 * - `/weather`: the weather, for whoever may ask; info does, from the other mesh.
 * - `/report`: the weather with info's remarks, for the page. It asks info, which asks `/weather`.
 */
export function backend({ source, infoUrl, origin }: BackendSettings): Routes {
  const weather = async ({ caller }: Request): Promise<Weather | { readonly problem: Problem }> => {
    try {
      return { ...(await source.readings()), origin, seen: caller };
    } catch (error) {
      if (error instanceof CallError) return { problem: error.problem };
      throw error;
    }
  };
  return {
    '/weather': async (request) => {
      const found = await weather(request);
      return 'problem' in found
        ? problem(502, found.problem.what, found.problem.help)
        : json(found);
    },
    '/report': async (request) => {
      const [found, [remarks, call]] = await Promise.all([
        weather(request),
        ask(
          {
            from: 'backend',
            to: 'info',
            url: `${infoUrl}/`,
            timeoutMs: TIMEOUT_MS,
            trace: request.trace,
          },
          readRemarks,
        ),
      ]);
      const report: Report = {
        ...('problem' in found ? { weatherProblem: found.problem } : { weather: found }),
        remarks,
        call,
        origin,
        seen: request.caller,
      };
      return json(report);
    },
  };
}
