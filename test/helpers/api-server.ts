import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificate, loopbackCertificate } from './roots';

/** What a server says to a request. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A server on loopback, with a real certificate. */
export interface HttpsServer {
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that signed its certificate. */
  readonly authority: string;
  stop(): Promise<void>;
}

/** Answers requests on loopback, until it is stopped. */
export async function serve(
  answer: (request: IncomingMessage, body: string) => Answer,
): Promise<HttpsServer> {
  const authority = await certificate({ name: 'servers' });
  const { pem, key } = await loopbackCertificate(authority);
  const server = https.createServer({ cert: pem, key }, (request, response) => {
    void bodyOf(request).then((text) => {
      const { status, body } = answer(request, text);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    authority: authority.pem,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One rule of an RBAC Role, as Kubernetes has it. */
export interface Rule {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

interface StoredObject {
  metadata: { name: string; namespace: string; resourceVersion: string };
  data: Record<string, string>;
}

/** What a server was asked, and what it answered. */
export interface Exchange {
  readonly account: string;
  readonly verb: string;
  readonly path: string;
  readonly status: number;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  PUT: 'update',
  POST: 'create',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * A stand-in for a Kubernetes API server, on loopback with a real certificate. It knows ConfigMaps,
 * Secrets and token requests, refuses a write with an old resourceVersion, and takes a bearer token for
 * an account whose rules it was given. The jobs' requests to the real one are the same; what it answers
 * besides is not imitated.
 */
export class ImitatedApiServer {
  readonly exchanges: Exchange[] = [];
  /** Called before a write; a test changes the object behind the writer's back in it. */
  beforeWrite: (path: string) => void = () => undefined;
  /** Called when an object was read; a test lets another run overtake the reader in it. */
  afterRead: (path: string) => void = () => undefined;
  /** What is answered in place of an object, by path. */
  readonly answers = new Map<string, string>();
  private readonly objects = new Map<string, StoredObject>();
  private readonly accounts = new Map<string, { name: string; rules: readonly Rule[] }>();
  private version = 1;
  private tokens = 0;

  private constructor() {}

  static async start(): Promise<ImitatedApiServer & { readonly server: HttpsServer }> {
    const standIn = new ImitatedApiServer();
    const server = await serve((request, body) => standIn.answer(request, body));
    return Object.assign(standIn, { server });
  }

  /** Lets whoever has the token act as this account. */
  admit(token: string, name: string, rules: readonly Rule[]): void {
    this.accounts.set(token, { name, rules });
  }

  put(
    kind: 'configmaps' | 'secrets',
    namespace: string,
    name: string,
    data: Record<string, string>,
  ) {
    this.objects.set(pathOf(kind, namespace, name), {
      metadata: { name, namespace, resourceVersion: String(this.version++) },
      data,
    });
  }

  data(kind: 'configmaps' | 'secrets', namespace: string, name: string) {
    return this.objects.get(pathOf(kind, namespace, name))?.data;
  }

  /** The writes that succeeded. */
  get writes(): string[] {
    return this.exchanges
      .filter(({ verb, status }) => verb !== 'get' && status < 300)
      .map(({ verb, path }) => `${verb} ${path}`);
  }

  private answer(request: IncomingMessage, text: string): Answer {
    const verb = VERBS[request.method ?? ''] ?? '?';
    const path = request.url ?? '';
    const account = this.accounts.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    const [status, body] =
      account === undefined
        ? refusal(401, 'Unauthorized')
        : allowed(account.rules, verb, path)
          ? this.serve(verb, path, text)
          : refusal(403, `${account.name} cannot ${verb} ${path}`);
    this.exchanges.push({ account: account?.name ?? '', verb, path, status });
    return { status, body };
  }

  private serve(verb: string, path: string, text: string): [number, string] {
    const replaced = this.answers.get(path);
    if (replaced !== undefined) return [200, replaced];
    if (path.endsWith('/token')) {
      const token = `renewed-${++this.tokens}`;
      const account = path.split('/').at(-2) ?? '';
      const [known] = [...this.accounts.values()].filter(({ name }) => name === account);
      this.accounts.set(token, { name: account, rules: known?.rules ?? [] });
      return [201, JSON.stringify({ status: { token } })];
    }
    if (verb !== 'get') this.beforeWrite(path);
    const object = this.objects.get(path);
    if (object === undefined) return refusal(404, `${path} not found`);
    switch (verb) {
      case 'get': {
        const read = JSON.stringify(object);
        this.afterRead(path);
        return [200, read];
      }
      case 'update': {
        const sent = JSON.parse(text) as StoredObject;
        if (sent.metadata.resourceVersion !== object.metadata.resourceVersion) {
          return refusal(409, 'the object has been modified');
        }
        object.data = sent.data;
        break;
      }
      case 'patch':
        Object.assign(object.data, (JSON.parse(text) as StoredObject).data);
        break;
      case 'delete':
        this.objects.delete(path);
        break;
    }
    object.metadata.resourceVersion = String(this.version++);
    return [200, JSON.stringify(object)];
  }
}

function pathOf(kind: string, namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/${kind}/${name}`;
}

function allowed(rules: readonly Rule[], verb: string, path: string): boolean {
  const [, , , , namespace = '', kind = '', name = '', ...sub] = path.split('/');
  const resource = [kind, ...sub].join('/');
  return rules.some(
    (rule) =>
      rule.namespace === namespace &&
      rule.resources.includes(resource) &&
      rule.resourceNames.includes(name) &&
      rule.verbs.includes(verb),
  );
}

function refusal(code: number, message: string): [number, string] {
  return [code, JSON.stringify({ kind: 'Status', status: 'Failure', code, message })];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
