import { CallError, getJson } from '../shared/call.ts';
import { type Call, type Origin, readReport, type Report } from '../shared/model.ts';
import type { Answer, Request, Routes } from '../shared/server.ts';
import { CONTENT_SECURITY_POLICY, page } from './page.ts';

export interface FrontendSettings {
  /** `http://backend` in the mesh. */
  readonly backendUrl: string;
  readonly origin: Origin;
}

const TIMEOUT_MS = 8000;

/** `/`: the page. */
export function frontend({ backendUrl, origin }: FrontendSettings): Routes {
  return {
    '/': async (request): Promise<Answer> => {
      const [report, call] = await askBackend(`${backendUrl}/report`, request);
      return {
        status: report === undefined ? 502 : 200,
        type: 'text/html',
        body: page({ report, call, origin, id: request.id }),
        headers: {
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        },
      };
    },
  };
}

async function askBackend(url: string, { trace }: Request): Promise<[Report | undefined, Call]> {
  const began = performance.now();
  const call = (more: Pick<Call, 'seen' | 'problem'>): Call => ({
    from: 'frontend',
    to: 'backend',
    url,
    milliseconds: Math.round(performance.now() - began),
    ...more,
  });
  try {
    const report = await getJson(url, readReport, { timeoutMs: TIMEOUT_MS, trace });
    return [report, call({ seen: report.seen })];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [undefined, call({ problem: error.problem })];
  }
}
