import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callerOf } from './caller.ts';
import type { Caller, Problem } from './model.ts';

/** A request as a service needs to know it. */
export interface Request {
  readonly caller: Caller;
  /** Joins the log lines of all services that have a part in the request. */
  readonly id: string;
  /** Headers to send along with calls on behalf of this request. */
  readonly trace: Readonly<Record<string, string>>;
}

export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers to `GET` by path. */
export type Routes = Readonly<Record<string, (request: Request) => Answer | Promise<Answer>>>;

export interface ServerSettings {
  readonly service: string;
  readonly routes: Routes;
  /** @default 0, any free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /**
   * Where log lines go.
   * @default standard output
   */
  readonly log?: (line: string) => void;
}

export interface Server {
  readonly port: number;
  /**
   * Says on `/healthz` that it ends, answers for some time, then takes no new connection and waits for
   * the open requests.
   *
   * @param drainSeconds for as long callers may not have heard of it
   */
  stop(drainSeconds?: number): Promise<void>;
}

/** Longest that open requests are waited for, in ms. */
const LAST_REQUESTS_MS = 10_000;

/** Answered for probes, not logged. */
const HEALTH = '/healthz';

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

export function problem(status: number, what: string, help: string): Answer {
  return json({ problem: { what, help } satisfies Problem }, status);
}

/** Serves `GET` and `HEAD` over HTTP/1.1, and `/healthz`. It reads no request's body. */
export async function serve(settings: ServerSettings): Promise<Server> {
  const { service, routes, port = 0, host = '127.0.0.1', log = console.log } = settings;
  let ends = false;

  const answer = async (
    { method = '', headers }: IncomingMessage,
    path: string,
    request: Request,
  ): Promise<Answer> => {
    if (method !== 'GET' && method !== 'HEAD') {
      return {
        ...problem(405, `${service} takes GET only`, 'Use GET.'),
        headers: { allow: 'GET, HEAD' },
      };
    }
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
      return problem(413, `${service} takes no body`, 'Send the request without a body.');
    }
    if (path === HEALTH) return json({ ok: !ends }, ends ? 503 : 200);
    const route = Object.entries(routes).find(([own]) => own === path)?.[1];
    return route === undefined
      ? problem(404, `${service} has no such path`, `It has ${Object.keys(routes).join(' and ')}.`)
      : route(request);
  };

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const { method } = message;
    // Not by URL, which would take a path such as //x for a host.
    const path = (message.url ?? '').split('?', 1)[0] ?? '';
    const { id, trace } = traceOf(message);
    const request: Request = { caller: callerOf(message.headers), id, trace };
    const result = await answer(message, path, request).catch((error: unknown) => {
      log(JSON.stringify({ time: new Date(), service, id, error: String(error) }));
      return problem(500, `${service} made a mistake`, `Look for ${id} in its log.`);
    });
    const { status = 200, type, body, headers = {} } = result;
    // A body that nobody reads would be taken for the next request.
    const last = ends || status === 413 || status === 405;
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(last ? { connection: 'close' } : {}),
      ...headers,
    });
    response.end(body);
    if (path === HEALTH) return;
    const milliseconds = Math.round(performance.now() - began);
    const line = { service, id, method, path: path.slice(0, 200), status, milliseconds };
    log(JSON.stringify({ time: new Date(), ...line }));
  };

  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    // Longer than Envoy keeps an idle connection (an hour): it could use one that is just being closed.
    keepAliveTimeout: 3_900_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = 512;
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    void handle(message, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    async stop(drainSeconds = 0) {
      ends = true;
      await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1000));
      const cut = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
      });
      clearTimeout(cut);
    },
  };
}

/** @see https://www.w3.org/TR/trace-context/ */
const TRACE_HEADERS = ['traceparent', 'tracestate'];

function traceOf({ headers }: IncomingMessage): Pick<Request, 'id' | 'trace'> {
  const given = headers['x-request-id'];
  const id = typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
  const others = TRACE_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && /^[\w,=@/ -]{1,512}$/.test(value) ? [[name, value]] : [];
  });
  return { id, trace: { 'x-request-id': id, ...(Object.fromEntries(others) as object) } };
}
