import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import * as http2 from 'node:http2';
import type { Socket } from 'node:net';
import { grpcFrame } from './clients';

/** What a service was asked. */
export interface Seen {
  readonly method: string;
  /** As it came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of HTTP/2, once they have come. */
  trailers?: IncomingHttpHeaders;
}

/** What a service answers to a plain request. */
export interface Echo extends Seen {
  readonly service: string;
  /** SHA-256 of the request's body. */
  readonly body: string;
}

/**
 * A service that answers with what it was asked, over HTTP/1.1 or HTTP/2 without TLS. The query asks
 * for more, since rules look at the path only: `?bytes=n` for a body of n bytes, `?seconds=n` for a
 * stream, `?headers={}` for headers of the answer. A request to upgrade gets an echo of bytes, a gRPC request an echo of its messages.
 */
export class Service {
  /** The latest requests, at most a thousand. */
  readonly seen: Seen[] = [];
  /** Requests since the start. */
  count = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly name: string,
    private readonly server: Server | http2.Http2Server,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      // Clients that are cut off are part of the rehearsal.
      socket.on('error', () => undefined);
    });
  }

  static async http1(name: string, port: number): Promise<Service> {
    // Longer than Envoy keeps an idle connection, or the two would race.
    const server = createServer({ keepAliveTimeout: 3_600_000 });
    const service = new Service(name, server);
    server.on('request', (request, response) => {
      const seen = service.note(request.method, request.url, request.headers);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        for (const [name, value] of Object.entries(askedHeaders(seen))) {
          response.setHeader(name, value);
        }
        service.answer(seen, Buffer.concat(chunks), response);
      });
    });
    server.on('upgrade', (request, socket: Socket) => {
      service.note(request.method, request.url, request.headers);
      socket.on('error', () => undefined);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      );
      socket.pipe(socket);
    });
    await service.listen(port);
    return service;
  }

  static async http2(name: string, port: number): Promise<Service> {
    const server = http2.createServer();
    const service = new Service(name, server);
    server.on('sessionError', () => undefined);
    server.on('stream', (stream, headers) => {
      const seen = service.note(headers[':method'], headers[':path'], headers);
      const chunks: Buffer[] = [];
      const grpc = headers['content-type']?.startsWith('application/grpc') ?? false;
      stream.on('error', () => undefined);
      stream.on('trailers', (trailers: IncomingHttpHeaders) => (seen.trailers = trailers));
      if (grpc) {
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc' },
          { waitForTrailers: true },
        );
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.on('data', (chunk: Buffer) => stream.write(chunk));
        stream.on('end', () => stream.end(grpcFrame(Buffer.from(service.describe(seen, '')))));
        return;
      }
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => service.answer(seen, Buffer.concat(chunks), stream));
    });
    await service.listen(port);
    return service;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private note(method = '', path = '', headers: IncomingHttpHeaders): Seen {
    const seen = { method, path, headers };
    this.count += 1;
    this.seen.push(seen);
    if (this.seen.length > 1000) this.seen.shift();
    return seen;
  }

  private answer(
    seen: Seen,
    body: Buffer,
    to: { write(data: string): unknown; end(data?: Buffer | string): unknown },
  ): void {
    const query = new URLSearchParams(seen.path.split('?')[1]);
    const bytes = Number(query.get('bytes') ?? 0);
    const seconds = Number(query.get('seconds') ?? 0);
    if (bytes > 0) {
      to.end(Buffer.alloc(bytes, 'federation '));
    } else if (seconds > 0) {
      const started = Date.now();
      const timer = setInterval(() => {
        to.write('tick\n');
        if (Date.now() - started < seconds * 1000) return;
        clearInterval(timer);
        to.end('done\n');
      }, 250);
    } else {
      to.end(this.describe(seen, createHash('sha256').update(body).digest('hex')));
    }
  }

  private describe(seen: Seen, body: string): string {
    const echo: Echo = { service: this.name, ...seen, body };
    return JSON.stringify(echo);
  }

  private async listen(port: number): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }
}

function askedHeaders({ path }: Seen): Record<string, string> {
  const headers = new URLSearchParams(path.split('?')[1]).get('headers');
  return headers === null ? {} : (JSON.parse(headers) as Record<string, string>);
}
