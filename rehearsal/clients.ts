import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http';
import * as http2 from 'node:http2';
import { connect as tcpConnect, type Socket } from 'node:net';
import { connect as tlsConnect, type SecureVersion } from 'node:tls';
import type { Leaf } from './certificates';

const TIMEOUT_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  /** Sent as it is, with all its tricks. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
  /** Of HTTP/2 only. */
  readonly trailers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

/** HTTP/1.1 to a port on 127.0.0.1. */
export function call(port: number, settings: Call = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers, body, agent, timeoutMs = TIMEOUT_MS } = settings;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, agent: agent ?? false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A GET, as the most frequent {@link call}. */
export function get(port: number, path: string, headers?: Call['headers']): Promise<Answer> {
  return call(port, { path, headers });
}

export interface Http2Answer extends Answer {
  readonly trailers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** HTTP/2 without TLS (prior knowledge), as an application speaks to its sidecar. */
export async function callHttp2(
  port: number,
  { method = 'GET', path = '/', headers = {}, body, trailers: sending }: Call = {},
): Promise<Http2Answer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise<Http2Answer>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { waitForTrailers: sending !== undefined },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ ...sending }));
      const chunks: Buffer[] = [];
      let head: IncomingHttpHeaders & { ':status'?: number } = {};
      let trailers: IncomingHttpHeaders = {};
      stream.setTimeout(TIMEOUT_MS, () => stream.close(http2.constants.NGHTTP2_CANCEL));
      stream.on('response', (received) => (head = received));
      stream.on('trailers', (received: IncomingHttpHeaders) => (trailers = received));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: head[':status'] ?? 0,
          headers: head,
          trailers,
          bytes,
          body: bytes.toString('utf8'),
        });
      });
      stream.end(body);
    });
  } finally {
    session.close();
  }
}

/** Wraps a message as gRPC does on the wire: not compressed, with its length. */
export function grpcFrame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The messages in a gRPC body. */
export function grpcMessages(body: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length;) {
    const length = body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}

/**
 * Upgrades to a WebSocket's byte stream, on which the service echoes. Envoy passes the frames on
 * without looking at them, so plain bytes do.
 */
export function upgrade(port: number, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'cmVoZWFyc2FsIG9ubHkhIQ==',
      },
    });
    sent.on('upgrade', (_answer, socket: Socket) => resolve(socket));
    sent.on('response', (answer) => reject(new Error(`answered ${answer.statusCode}`)));
    sent.on('error', reject);
    sent.end();
  });
}

export interface Attempt {
  readonly serverName?: string;
  /** Client certificate. */
  readonly leaf?: Leaf;
  /** Highest TLS version offered. */
  readonly version?: SecureVersion;
  readonly request?: string;
  readonly timeoutMs?: number;
}

/** How a raw connection ended. */
export interface Ending {
  /** Status of the HTTP answer, if one came. */
  readonly status?: number;
  readonly answer: string;
  /** What the other side (or the own TLS library) said: `certificate required`, `reset`, `closed`. */
  readonly end: string;
}

/**
 * A client that is no Envoy: it connects by TLS, without verifying the server, sends a request and
 * tells how that ended.
 */
export function attempt(port: number, settings: Attempt = {}): Promise<Ending> {
  const { serverName, leaf, version, timeoutMs = TIMEOUT_MS } = settings;
  const request =
    settings.request ?? 'GET / HTTP/1.1\r\nhost: attacker\r\nconnection: close\r\n\r\n';
  const socket = tlsConnect({
    host: '127.0.0.1',
    port,
    servername: serverName,
    cert: leaf?.chain,
    key: leaf?.key,
    rejectUnauthorized: false,
    ...(version !== undefined && {
      minVersion: version,
      maxVersion: version,
      // OpenSSL 3 offers TLS 1.1 only at its lowest security level.
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
  });
  return exchange(socket, 'secureConnect', request, timeoutMs);
}

/** The same without TLS. */
export function attemptPlain(port: number, request: string): Promise<Ending> {
  return exchange(tcpConnect(port, '127.0.0.1'), 'connect', request, TIMEOUT_MS);
}

function exchange(
  socket: Socket,
  connected: 'connect' | 'secureConnect',
  request: string,
  timeoutMs: number,
): Promise<Ending> {
  return new Promise((resolve) => {
    let answer = '';
    const finish = (end: string): void => {
      socket.destroy();
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
      resolve({ answer, end, status: status === undefined ? undefined : Number(status) });
    };
    socket.setTimeout(timeoutMs, () => finish('silence'));
    socket.on(connected, () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('utf8');
      const [head, body] = answer.split('\r\n\r\n');
      const length = /^content-length: (\d+)/im.exec(head ?? '')?.[1];
      if (length !== undefined && (body ?? '').length >= Number(length)) finish('answered');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => finish(nameOf(error)));
    socket.on('end', () => finish('closed'));
    socket.on('close', () => finish('closed'));
  });
}

/** A TLS alert by its name in RFC 8446, anything else by Node's code. */
function nameOf(error: NodeJS.ErrnoException): string {
  const alert = /ALERT_(\w+)$/.exec(error.code ?? '')?.[1];
  if (alert !== undefined) return `alert ${alert.toLowerCase().replaceAll('_', ' ')}`;
  return error.code === 'ECONNRESET' ? 'reset' : (error.code ?? error.message);
}
