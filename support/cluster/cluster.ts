import https from 'node:https';
import { createInterface } from 'node:readline';
import { text as textOf } from 'node:stream/consumers';
import {
  isYamlMap,
  textIn,
  type YamlMap,
  yamlMap,
  yamlMaps,
} from '../../constructs/kubernetes/yaml-file';
import { jsonIn } from '../files/json';
import {
  type ApiReader,
  groupPath,
  type Kind,
  type KindSchema,
  kindSchema,
  objectPath,
  servedKinds,
} from '../objects/kinds';
import { getAnswer, getText, limit } from './answers';
import { type Access, authenticate, CREDENTIALS_TIMEOUT } from './credentials';
import { ApiError, UnansweredError } from './errors';
import { type Forwarded, type Forwarder, getOver } from './port-forward';

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

function apiError(status: number, text: string): ApiError {
  const body = yamlMap(jsonIn(text));
  return new ApiError(status, (textIn(body, 'message') ?? start(text)) || `status ${status}`);
}

/** Of what somebody else than an API server has answered. */
function start(text: string): string {
  return text.slice(0, 200).trim();
}

/** `Service shop/backend` */
export function nameOf({ kind, namespace, name }: Ref): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
