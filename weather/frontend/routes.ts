import { ask } from '../shared/call.ts';
import { type Origin, readReport } from '../shared/model.ts';
import type { Answer, Routes } from '../shared/server.ts';
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
      const [report, call] = await ask(
        {
          from: 'frontend',
          to: 'backend',
          url: `${backendUrl}/report`,
          timeoutMs: TIMEOUT_MS,
          trace: request.trace,
        },
        readReport,
      );
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
