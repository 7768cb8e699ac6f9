import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { type Routes, serve } from '../../weather/shared/server';

/** A request that a double got. */
export interface Seen {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** What a double answers. */
export interface DoubleAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly body: string;
}

/** A stand-in for another service, on loopback. */
export interface Double {
  readonly url: string;
  readonly seen: readonly Seen[];
}

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Starts a double; it ends with the test. Without an answer it stays silent. */
export async function double(
  answer: (seen: Seen) => DoubleAnswer | undefined | Promise<DoubleAnswer | undefined>,
): Promise<Double> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://double');
    const one = { path: url.pathname, query: url.searchParams, headers: request.headers };
    seen.push(one);
    void Promise.resolve(answer(one)).then((given) => {
      if (given !== undefined) response.writeHead(given.status ?? 200).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => closed(server));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function closed(server: HttpServer): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

/** Log lines of the services of one test. */
export const lines: string[] = [];

afterEach(() => {
  lines.splice(0);
});

/** Starts a service; it ends with the test. */
export async function service(name: string, routes: Routes): Promise<string> {
  const server = await serve({ service: name, routes, log: (line) => lines.push(line) });
  closers.push(() => server.stop());
  return `http://127.0.0.1:${server.port}`;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await closed(server);
  return `http://127.0.0.1:${port}`;
}
