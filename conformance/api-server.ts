import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { YamlMap } from '../constructs/kubernetes/yaml-file';
import { freePorts } from '../rehearsal/ports';
import { type Processes } from '../rehearsal/processes';
import type { ControlPlaneBinaries } from './binaries';

/** What the API server said. */
export interface Answer {
  readonly status: number;
  readonly body: YamlMap;
  /** Of deprecated versions and the like. */
  readonly warnings: readonly string[];
}

interface Request {
  readonly method?: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** Who asks, for a server that takes an administrator's word for it. */
export interface User {
  readonly name: string;
  /** @default none but that of everybody who is known */
  readonly groups?: readonly string[];
}

/** What controllers do, of which no server here has any, is done in their name. */
export const CONTROLLERS: User = { name: 'controllers', groups: ['system:masters'] };

/** A real Kubernetes API server on this machine, with a store of its own and without nodes. */
export class ApiServer {
  private constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly certificate: string,
  ) {}

  /**
   * Starts an etcd and an API server, and waits until it is ready.
   *
   * @param folder For certificates, keys and data.
   * @throws Error with the last lines of the log, when it does not get ready.
   */
  public static async start(
    name: string,
    { etcd, apiServer }: ControlPlaneBinaries,
    processes: Processes,
    folder: string,
  ): Promise<ApiServer> {
    const file = (base: string) => join(folder, name, base);
    mkdirSync(join(folder, name));
    const [client = 0, peer = 0, port = 0] = await freePorts(3);
    const [clientUrl, peerUrl] = [client, peer].map((number) => `http://127.0.0.1:${number}`);

    processes.start(`etcd-${name}`, etcd, [
      ...['--name', name, '--data-dir', file('etcd'), '--unsafe-no-fsync'],
      ...[`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`],
      ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
      `--initial-cluster=${name}=${peerUrl}`,
    ]);

    const token = randomUUID();
    writeFileSync(file('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [key, publicPart] = [file('accounts.key'), file('accounts.pub')];
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(publicPart, publicKey.export({ type: 'spki', format: 'pem' }));
    processes.start(`apiserver-${name}`, apiServer, [
      `--etcd-servers=${clientUrl}`,
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${folder}/${name}`],
      ...[`--token-auth-file=${file('tokens.csv')}`, '--authorization-mode=RBAC'],
      '--service-account-issuer=https://kubernetes.default.svc',
      ...[`--service-account-key-file=${publicPart}`, `--service-account-signing-key-file=${key}`],
      ...['--service-cluster-ip-range=10.96.0.0/16', '--endpoint-reconciler-type=none'],
      // Whether a pod may be privileged is for the namespaces' policies to say, as in EKS and kind.
      '--allow-privileged=true',
    ]);

    // It makes a certificate for itself, with its CA in the same file.
    const server = new ApiServer(port, token, file('apiserver.crt'));
    for (let tries = 0; !(await server.isReady()); tries++) {
      const ended = [`etcd-${name}`, `apiserver-${name}`].find((one) => !processes.isRunning(one));
      if (ended !== undefined || tries > 600) {
        const process = ended ?? `apiserver-${name}`;
        const log = readFileSync(processes.errors(process), 'utf8').trimEnd().split('\n');
        throw new Error(`${process} did not get ready:\n${log.slice(-15).join('\n')}`);
      }
      await sleep(200);
    }
    return server;
  }

  /** @throws Error with the server's message, when it does not answer with 2xx. */
  public async get(path: string, accept = 'application/json'): Promise<YamlMap> {
    return accepted(`GET ${path}`, await this.ask(path, { headers: { accept } })).body;
  }

  /** Applies an object server-side, as `kubectl apply --server-side --validate=strict` does. */
  public apply(path: string, object: unknown): Promise<Answer> {
    const query = 'fieldManager=conformance&force=true&fieldValidation=Strict';
    return this.ask(`${path}?${query}`, {
      method: 'PATCH',
      body: object,
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  }

  /** For an administrator. */
  public get kubeconfig(): string {
    const server = `https://127.0.0.1:${this.port}`;
    const authority = readFileSync(this.certificate).toString('base64');
    return JSON.stringify({
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': authority } }],
      users: [{ name: 'u', user: { token: this.token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    });
  }

  /** Asks as somebody else, by impersonation. */
  public as(
    { name, groups = [] }: User,
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      'impersonate-user': name,
      'impersonate-group': [...groups, 'system:authenticated'],
    };
    return this.ask(path, { method, body, headers });
  }

  private async isReady(): Promise<boolean> {
    if (!existsSync(this.certificate)) return false;
    try {
      return (await this.ask('/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  private ask(path: string, { method = 'GET', body, headers }: Request = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    // Of a DELETE, Node.js says no length by itself.
    const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          method,
          ca: readFileSync(this.certificate),
          headers: { authorization: `Bearer ${this.token}`, ...length, ...headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const said = Buffer.concat(chunks).toString();
            resolve({
              status: response.statusCode ?? 0,
              body: said.startsWith('{') ? (JSON.parse(said) as YamlMap) : { message: said },
              warnings: warningsOf(response.headersDistinct['warning'] ?? []),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }
}

/**
 * The answer to what had to be taken.
 *
 * @throws Error with what was asked and the server's reason, where it was refused.
 */
export function accepted(what: string, answer: Answer): Answer {
  if (answer.status > 299) throw new Error(`${what}: ${message(answer)}`);
  return answer;
}

/** The server's reason for a refusal. */
export function message({ status, body }: Answer): string {
  return typeof body.message === 'string' ? body.message : `status ${status}`;
}

/** `299 - "text"` */
function warningsOf(headers: readonly string[]): string[] {
  return headers.map((header) =>
    (/"(.*)"/s.exec(header)?.[1] ?? header).replaceAll(/\\(.)/gs, '$1'),
  );
}
