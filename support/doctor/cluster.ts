import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Duplex, PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import {
  isYamlMap,
  textIn,
  type YamlMap,
  yamlMap,
  yamlMaps,
} from '../../constructs/kubernetes/yaml-file';
import { messageOf } from '../../constructs/problems';
import {
  type ApiReader,
  groupPath,
  type Kind,
  type KindSchema,
  kindSchema,
  objectPath,
  servedKinds,
} from '../objects/kinds';
import { jsonIn } from '../files/json';
import {
  ApiError,
  hindrance,
  PodError,
  UnansweredError,
  withoutCredentials,
} from './cluster-errors';

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

/** Milliseconds for the whole log of a container. */
const LOG_TIMEOUT = 60_000;
/** The same for whoever gives the credentials: a person may have to log in meanwhile. */
const CREDENTIALS_TIMEOUT = 120_000;
/** The same for a connection to a pod, and for its answer. */
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
   * @param timeout Milliseconds for an answer.
   * @param patience Milliseconds for whoever gives the credentials.
   */
  public constructor(
    private readonly access: Access,
    public readonly kubectl: string,
    private readonly open: Forwarder,
    private readonly timeout = 15_000,
    private readonly patience = CREDENTIALS_TIMEOUT,
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

  /** What a page of a port of a pod says. @throws ClusterError when it does not answer. */
  public async page(namespace: string, pod: string, port: number, path: string): Promise<string> {
    return getOver(await this.connect(namespace, pod, port), path);
  }

  /**
   * Reads the log of a container, line by line: it may be longer than what fits into memory.
   *
   * @param seconds Of it, until now.
   * @throws ClusterError
   */
  public async log(
    { namespace, pod, container }: LoggedContainer,
    seconds: number,
    each: (line: string) => void,
  ): Promise<void> {
    const query = new URLSearchParams({ container, sinceSeconds: String(seconds) });
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query.toString()}`;
    const { url, options } = await this.target(path);
    const answer = await getAnswer(url, options, limit(LOG_TIMEOUT));
    const { statusCode: status = 0 } = answer;
    if (status !== 200) throw apiError(status, await textOf(answer));
    for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) each(line);
  }

  /** @throws ClusterError */
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
      const options = authenticate(this.access, made, this.patience).then(() => ({
        ...made,
        ...(made.agent instanceof https.Agent && {
          agent: new https.Agent({ ...made.agent.options, keepAlive: true, maxSockets: 8 }),
        }),
      }));
      const asked = { since: Date.now(), options };
      this.credentials = asked;
      // Whoever has logged in meanwhile is to be asked again.
      options.catch(() => {
        if (this.credentials === asked) this.credentials = undefined;
      });
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
    const { status, text } = await getText(url, this.timeout, {
      ...options,
      headers: { ...options.headers, accept },
    });
    if (status === 404) return undefined;
    if (status < 200 || status > 299) throw apiError(status, text);
    const body = jsonIn(text);
    if (!isYamlMap(body)) throw new ApiError(status, `no API server speaks so: ${start(text)}`);
    return body;
  }

  private async target(path: string) {
    const { headers, ...options } = await this.options();
    const server = this.access.getCurrentCluster()?.server ?? '';
    const address = `${server.replace(/\/+$/, '')}${path}`;
    if (!/^https?:/.test(address) || !URL.canParse(address)) {
      throw new UnansweredError('connection', `"${server}" is no address of an API server`);
    }
    return { url: new URL(address), options: { ...options, headers: { ...headers } } };
  }
}

/** @throws UnansweredError */
async function authenticate(
  access: Access,
  options: https.RequestOptions,
  timeout = CREDENTIALS_TIMEOUT,
): Promise<void> {
  const { asked, programs } = withPrograms(() => access.applyToHTTPSOptions(options));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      programs.forEach(letGo);
      const names = programs.map(({ spawnfile }) => path.basename(spawnfile)).join(', ');
      reject(
        new Error(
          `${names || 'what gives them'} has not ended in ${timeout / 1000} s; it may wait for somebody to log in`,
        ),
      );
    }, timeout);
  });
  try {
    await Promise.race([asked, late]);
  } catch (error) {
    throw withoutCredentials(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks for credentials, and notes the programs that are started for them: the client of Kubernetes neither limits
 * them nor names them, and starts them before it waits for anything.
 */
function withPrograms(ask: () => Promise<void>) {
  const programs: ChildProcess[] = [];
  const note = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('process' in message)) return;
    if (message.process instanceof ChildProcess) programs.push(message.process);
  };
  subscribe('child_process', note);
  try {
    return { asked: ask(), programs };
  } finally {
    unsubscribe('child_process', note);
  }
}

/** Nor is it waited for when this program ends, nor for what it has started itself. */
function letGo(program: ChildProcess): void {
  program.kill();
  [program.stdin, program.stdout, program.stderr].forEach((stream) => stream?.destroy());
  program.unref();
}

function apiError(status: number, text: string): ApiError {
  const body = yamlMap(jsonIn(text));
  return new ApiError(status, (textIn(body, 'message') ?? start(text)) || `status ${status}`);
}

/** Of what somebody else than an API server has answered. */
function start(text: string): string {
  return text.slice(0, 200).trim();
}

/** Time for an answer. */
interface Limit {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

function limit(milliseconds: number): Limit {
  return { milliseconds, signal: AbortSignal.timeout(milliseconds) };
}

async function getText(
  url: URL,
  timeout: number,
  options: https.RequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const limited = limit(timeout);
  const answer = await getAnswer(url, options, limited);
  try {
    return { status: answer.statusCode ?? 0, text: await textOf(answer) };
  } catch (error) {
    throw unanswered(error, limited);
  }
}

function getAnswer(
  url: URL,
  options: https.RequestOptions,
  limited: Limit,
): Promise<http.IncomingMessage> {
  const { signal } = limited;
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    const client = url.protocol === 'http:' ? http : https;
    client.get(url, { ...options, signal }, resolve).on('error', reject);
  }).catch((error: unknown) => {
    throw unanswered(error, limited);
  });
}

/** A fault of the program stays what it is. */
function unanswered(error: unknown, { milliseconds, signal }: Limit): unknown {
  return signal.aborted
    ? new UnansweredError('silence', `no answer in ${milliseconds / 1000} s`)
    : (hindrance(error) ?? error);
}

/** A connection to a port of a pod. */
export interface Forwarded {
  readonly stream: Duplex;
  /** Says why, when the pod's side refuses. */
  readonly refused: Promise<Error>;
  readonly close: () => void;
}

/** Through the API server's port-forward, which ends at the pod's loopback. */
export function forwarder(config: KubeConfig, timeout = FORWARD_TIMEOUT): Forwarder {
  return (namespace, pod, port) => openForward(config, timeout, namespace, pod, port);
}

async function openForward(
  config: KubeConfig,
  timeout: number,
  namespace: string,
  pod: string,
  port: number,
): Promise<Forwarded> {
  // An ES module, and slow to load.
  const { KubeConfig: NewConfig, PortForward } = await import('@kubernetes/client-node');
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  // The package hands these options on to `ws`, and has no limit of its own.
  const limited = Object.assign(new NewConfig(), config, {
    applyToHTTPSOptions: async (options: https.RequestOptions) => {
      await authenticate(config, options);
      Object.assign(options, { handshakeTimeout: timeout });
    },
  });
  let socket;
  try {
    socket = await new PortForward(limited, true).portForward(
      namespace,
      pod,
      [port],
      output,
      errors,
      input,
    );
  } catch (error) {
    throw notForwarded(error, timeout);
  }
  return {
    stream: Duplex.from({ readable: output, writable: input }),
    refused: new Promise((resolve) => {
      errors.once('data', (part: Buffer) => resolve(new PodError(part.toString().trim())));
    }),
    close: () => {
      if (typeof socket !== 'function') socket.close();
    },
  };
}

/** What `ws` says of a connection that did not come about: an event, with an error of few words. */
function notForwarded(thrown: unknown, timeout: number): unknown {
  const error: unknown =
    typeof thrown === 'object' && thrown !== null && 'error' in thrown ? thrown.error : thrown;
  const said = messageOf(error);
  const status = /^Unexpected server response: (\d+)$/.exec(said)?.[1];
  if (status !== undefined) return new ApiError(Number(status), `status ${status}`);
  return said === 'Opening handshake has timed out'
    ? new UnansweredError('silence', `no answer to port-forward in ${timeout / 1000} s`)
    : (hindrance(error) ?? error);
}

/** @throws ClusterError when there is no answer, or another one than 200. */
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
    if (status !== 200) throw new PodError(`${path} answers with ${status}`);
    return text;
  } finally {
    close();
  }
}

/** `Service shop/backend` */
export function nameOf({ kind, namespace, name }: Ref): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
