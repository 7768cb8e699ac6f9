import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { Duplex, PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import {
  type ApiReader,
  groupPath,
  type Kind,
  type KindSchema,
  kindSchema,
  objectPath,
  servedKinds,
} from '../objects/kinds';

/** The API server answered, and not with what was asked for. */
export class ApiError extends Error {
  public constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Name of an object. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A container, whose log is read. */
export interface LoggedContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Milliseconds for an answer of an API server. */
const TIMEOUT = 15_000;
/** The same for the whole log of a container. */
const LOG_TIMEOUT = 60_000;
/** The same for a pod. */
const FORWARD_TIMEOUT = 5000;

/** Where an API server is, and how it knows who asks: a `KubeConfig`, or what takes its place. */
export interface Access {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: https.RequestOptions): Promise<void>;
}

/** Opens a connection to a port of a pod. */
export type Forwarder = (namespace: string, pod: string, port: number) => Promise<Forwarded>;

/** A cluster, to look at: nothing here can change anything in it. */
export class Cluster implements ApiReader {
  private readonly answers = new Map<string, Promise<YamlMap | undefined>>();
  private readonly schemas = new Map<string, Promise<KindSchema>>();
  private kinds: Promise<Kind[]> | undefined;
  private credentials:
    { readonly since: number; readonly options: Promise<https.RequestOptions> } | undefined;

  /**
   * @param kubectl How a person reaches it: `kubectl --context team-a`.
   */
  public constructor(
    private readonly access: Access,
    public readonly kubectl: string,
    private readonly open: Forwarder,
  ) {}

  /** An object; nothing where there is none, nor the kind. Each is read once. */
  public async read({ apiVersion, kind, namespace, name }: Ref): Promise<YamlMap | undefined> {
    const kinds = await this.served();
    if (!kinds.some((one) => one.apiVersion === apiVersion && one.kind === kind)) return undefined;
    return this.ask(objectPath(kinds, { apiVersion, kind, metadata: { name, namespace } }));
  }

  /** All objects of a kind in a namespace, or in all. */
  public async list(apiVersion: string, kind: string, namespace?: string): Promise<YamlMap[]> {
    const known = (await this.served()).find(
      (one) => one.apiVersion === apiVersion && one.kind === kind,
    );
    if (known === undefined) return [];
    const folder = namespace === undefined ? '' : `/namespaces/${namespace}`;
    return yamlMaps(
      (await this.ask(`${groupPath(apiVersion)}${folder}/${known.resource}`))?.['items'],
    );
  }

  /** A connection to a port of a pod; the pod's own loopback is enough for it. */
  public connect(namespace: string, pod: string, port: number): Promise<Forwarded> {
    return this.open(namespace, pod, port);
  }

  /** What a page of a port of a pod says. @throws Error when it does not answer. */
  public async page(namespace: string, pod: string, port: number, path: string): Promise<string> {
    return getOver(await this.connect(namespace, pod, port), path);
  }

  /**
   * Reads the log of a container, line by line: it may be longer than what fits into memory.
   *
   * @param seconds Of it, until now.
   * @throws ApiError
   */
  public async log(
    { namespace, pod, container }: LoggedContainer,
    seconds: number,
    each: (line: string) => void,
  ): Promise<void> {
    const query = new URLSearchParams({ container, sinceSeconds: String(seconds) });
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query.toString()}`;
    const { url, options } = await this.target(path);
    const answer = await getAnswer(url, LOG_TIMEOUT, options);
    const { statusCode: status = 0 } = answer;
    if (status !== 200) throw apiError(status, await textOf(answer));
    for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) each(line);
  }

  /** @throws ApiError */
  public async get(path: string, accept?: string): Promise<YamlMap> {
    const answer = await this.request(path, accept);
    if (answer === undefined) throw new ApiError(404, `GET ${path}: not found`);
    return answer;
  }

  /** What was read is read again, and what could not be read is asked for again. */
  public forget(): void {
    this.answers.clear();
    this.kinds = undefined;
  }

  public served(): Promise<Kind[]> {
    this.kinds ??= servedKinds(this);
    return this.kinds;
  }

  /** The schema of a kind, which is read once. */
  public schema(kind: Kind): Promise<KindSchema> {
    const key = `${kind.apiVersion} ${kind.kind}`;
    const schema = this.schemas.get(key) ?? kindSchema(this, kind);
    this.schemas.set(key, schema);
    schema.catch(() => this.schemas.delete(key));
    return schema;
  }

  /** Credentials, asked for once a minute, and connections that are kept. */
  private options(): Promise<https.RequestOptions> {
    if (this.credentials === undefined || Date.now() - this.credentials.since > 60_000) {
      const made: https.RequestOptions = { headers: {} };
      const options = this.access.applyToHTTPSOptions(made).then(() => ({
        ...made,
        ...(made.agent instanceof https.Agent && {
          agent: new https.Agent({ ...made.agent.options, keepAlive: true, maxSockets: 8 }),
        }),
      }));
      this.credentials = { since: Date.now(), options };
    }
    return this.credentials.options;
  }

  private ask(path: string): Promise<YamlMap | undefined> {
    const answer = this.answers.get(path) ?? this.request(path);
    this.answers.set(path, answer);
    return answer;
  }

  private async request(path: string, accept = 'application/json'): Promise<YamlMap | undefined> {
    const { url, options } = await this.target(path);
    const { status, text } = await getText(url, TIMEOUT, {
      ...options,
      headers: { ...options.headers, accept },
    });
    if (status === 404) return undefined;
    if (status < 200 || status > 299) throw apiError(status, text);
    return bodyOf(text);
  }

  private async target(path: string) {
    const { headers, ...options } = await this.options();
    const server = this.access.getCurrentCluster()?.server ?? '';
    const url = new URL(`${server.replace(/\/+$/, '')}${path}`);
    return { url, options: { ...options, headers: { ...headers } } };
  }
}

function bodyOf(text: string): YamlMap {
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : { message: text.slice(0, 200) };
  return yamlMap(body);
}

function apiError(status: number, text: string): ApiError {
  return new ApiError(status, textIn(bodyOf(text), 'message') ?? `status ${status}`);
}

async function getText(
  url: URL,
  timeout: number,
  options: https.RequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await getAnswer(url, timeout, options);
  return { status: answer.statusCode ?? 0, text: await textOf(answer) };
}

function getAnswer(
  url: URL,
  timeout: number,
  options: https.RequestOptions,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'http:' ? http : https;
    const signal = AbortSignal.timeout(timeout);
    const sent = client.get(url, { ...options, signal }, resolve);
    sent.on('error', (error) =>
      reject(
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? new Error(`no answer in ${timeout / 1000} s`)
          : error,
      ),
    );
  });
}

/** A connection to a port of a pod. */
export interface Forwarded {
  readonly stream: Duplex;
  /** Says why, when the pod's side refuses. */
  readonly refused: Promise<Error>;
  readonly close: () => void;
}

/** Through the API server's port-forward, which ends at the pod's loopback. */
export function forwarder(config: KubeConfig): Forwarder {
  return (namespace, pod, port) => openForward(config, namespace, pod, port);
}

async function openForward(
  config: KubeConfig,
  namespace: string,
  pod: string,
  port: number,
): Promise<Forwarded> {
  // An ES module, and slow to load.
  const { PortForward } = await import('@kubernetes/client-node');
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const socket = await new PortForward(config, true).portForward(
    namespace,
    pod,
    [port],
    output,
    errors,
    input,
  );
  return {
    stream: Duplex.from({ readable: output, writable: input }),
    refused: new Promise((resolve) => {
      errors.once('data', (part: Buffer) => resolve(new Error(part.toString().trim())));
    }),
    close: () => {
      if (typeof socket !== 'function') socket.close();
    },
  };
}

/** @throws Error when there is no answer, or another one than 200. */
async function getOver({ stream, refused, close }: Forwarded, path: string): Promise<string> {
  try {
    const { status, text } = await Promise.race([
      getText(new URL(path, 'http://localhost'), FORWARD_TIMEOUT, {
        createConnection: () => stream,
      }),
      refused.then((error) => {
        throw error;
      }),
    ]);
    if (status !== 200) throw new Error(`${path} answers with ${status}`);
    return text;
  } finally {
    close();
  }
}

/** `Service shop/backend` */
export function nameOf({ kind, namespace, name }: Ref): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
