import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable, wordsOf } from './text.ts';

/** An API server and the right to talk to it. */
export interface Server {
  /** `https://host:port`, with a path where the server is below one. */
  readonly url: string;
  /**
   * Name that its certificate must have.
   * @default the host's
   */
  readonly serverName?: string;
  /** PEM of the authority that signed its certificate; Node's own ones where absent. */
  readonly authority?: string;
  readonly token?: string;
}

export interface ConfigMap {
  readonly metadata: { readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** The server answered, and not with success. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the server answered with this status. */
export function isAnswer(error: unknown, status: number): error is StatusError {
  return error instanceof StatusError && error.status === status;
}

/** There was no answer. */
class ConnectionError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** No server is that slow, and the next run comes soon. */
const TIMEOUT_SECONDS = 15;
const MAX_ANSWER_BYTES = 1024 * 1024;

interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Without "?". */
  readonly query?: string;
  readonly body?: unknown;
}

/** Where a connection did not come about, so that nothing was done. */
const UNCONNECTED = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Seconds before each further attempt to connect: a pod that has just started may have no network yet, where
 * network policies are enforced.
 */
const PAUSES_SECONDS = [1, 2];

/** @throws StatusError, or Error where the server cannot be reached; the message names the server. */
export async function request(server: Server, asked: Request): Promise<string> {
  for (const seconds of PAUSES_SECONDS) {
    try {
      return await ask(server, asked);
    } catch (error) {
      if (!(error instanceof ConnectionError && UNCONNECTED.has(error.code))) throw error;
      await sleep(seconds * 1000);
    }
  }
  return ask(server, asked);
}

async function ask(server: Server, { method, path, query = '', body }: Request): Promise<string> {
  const url = new URL(server.url);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  url.search = query;
  const client = url.protocol === 'http:' ? http : https;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const fail = (reason: string, code = '') =>
      reject(new ConnectionError(`${url.origin}: ${reason}`, code));
    const sent = client.request(
      url,
      {
        method,
        ca: server.authority,
        servername: server.serverName,
        // A run makes a handful of requests; nothing stays open to wait for at its end.
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
        headers: {
          accept: 'application/json',
          ...(server.token === undefined ? {} : { authorization: `Bearer ${server.token}` }),
          ...(text === undefined
            ? {}
            : {
                'content-type':
                  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
                'content-length': Buffer.byteLength(text),
              }),
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > MAX_ANSWER_BYTES) {
            fail(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
            response.destroy();
            return;
          }
          parts.push(part);
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? `no answer within ${TIMEOUT_SECONDS} s`
          : wordsOf(error),
        error.code,
      ),
    );
    sent.end(text);
  });
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  throw new StatusError(
    answer.status,
    `${method} ${url.origin}${url.pathname}: ${answer.status} ${reason(answer.text)}`,
  );
}

/** The API server's own words for a refusal. */
function reason(text: string): string {
  const parsed = parsedJson(text);
  const message =
    typeof parsed === 'object' && parsed !== null && 'message' in parsed ? parsed.message : text;
  return printable(String(message));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a pod finds the right to talk to its own cluster's API server. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server of the cluster that this runs in. */
export function ownServer(env: NodeJS.ProcessEnv): Server {
  const folder = env['SERVICE_ACCOUNT_FOLDER'] ?? SERVICE_ACCOUNT_FOLDER;
  const host = env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc';
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    authority: readFileSync(path.join(folder, 'ca.crt'), 'utf8'),
    token: readFileSync(path.join(folder, 'token'), 'utf8').trim(),
  };
}

/** Name of an object in a namespace. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export async function getConfigMap(server: Server, name: ObjectName): Promise<ConfigMap> {
  return JSON.parse(
    await request(server, { method: 'GET', path: pathOf('configmaps', name) }),
  ) as ConfigMap;
}

/** @returns The value of a key, decoded; nothing where the Secret does not have it. */
export async function findSecretValue(
  server: Server,
  name: ObjectName,
  key: string,
): Promise<string | undefined> {
  const secret = JSON.parse(
    await request(server, { method: 'GET', path: pathOf('secrets', name) }),
  ) as { readonly data?: Readonly<Record<string, string>> };
  const value = secret.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

/** @returns The value of a key, decoded. @throws Error where the Secret does not have it. */
export async function getSecretValue(
  server: Server,
  name: ObjectName,
  key: string,
): Promise<string> {
  const value = await findSecretValue(server, name, key);
  if (value === undefined) {
    throw new Error(`the Secret ${name.namespace}/${name.name} has no key ${key}`);
  }
  return value;
}

/** Attempts against somebody who writes at the same time. */
const ATTEMPTS = 5;

/** New data of a ConfigMap, or `undefined` to leave it. */
type Change = Record<string, string> | undefined;

/**
 * Changes the data of a ConfigMap that exists, never over somebody else's change: if one came between
 * reading and writing, it is read again.
 *
 * @param change It is asked again on each attempt. What it looks at in there is newer than what it is given, so
 *   that a run which another has overtaken writes nothing older.
 */
export async function updateConfigMap(
  server: Server,
  name: ObjectName,
  change: (data: Readonly<Record<string, string>>) => Change | Promise<Change>,
): Promise<'updated' | 'unchanged'> {
  for (let attempt = 1; ; attempt++) {
    const found = await getConfigMap(server, name);
    try {
      const data = await change(found.data ?? {});
      if (data === undefined) return 'unchanged';
      // With the resourceVersion that was read: the API server refuses it when there is a newer one.
      await request(server, {
        method: 'PUT',
        path: pathOf('configmaps', name),
        body: { ...found, data },
      });
      return 'updated';
    } catch (error) {
      if (!isAnswer(error, 409) || attempt === ATTEMPTS) throw error;
    }
  }
}

type Plural = 'configmaps' | 'secrets' | 'serviceaccounts';

export function pathOf(plural: Plural, { namespace, name }: ObjectName): string {
  return `${collectionOf(plural, namespace)}/${name}`;
}

/** Where an object is made. */
export function collectionOf(plural: Plural, namespace: string): string {
  return `/api/v1/namespaces/${namespace}/${plural}`;
}
