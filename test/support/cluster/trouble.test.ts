import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import https from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { type CrossCall, crossCalls, type Hop, hops } from '../../../constructs/federation/plan';
import { defineConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { Cluster } from '../../../support/cluster/cluster';
import type { Access } from '../../../support/cluster/credentials';
import { ApiError } from '../../../support/cluster/errors';
import { examine, unreachable } from '../../../support/doctor/examine';
import { isBlind } from '../../../support/doctor/finding';
import { type Certificate, certificate, loopbackCertificate } from '../../helpers/roots';

const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });
const plan = accessPlan(config);
const [call] = crossCalls(plan) as [CrossCall];
const [hop] = hops(plan, call, { addresses: () => '192.0.2.1' }) as [Hop];
const KUBECTL = 'kubectl --context a';

function deployedIn(cluster: Cluster) {
  const clusters = { istio: cluster, consul: cluster };
  return { plan, clusters, wanted: [], staleSeconds: 1, givenRoots: [] };
}

function reached(server: string, options: https.RequestOptions = {}, timeout?: number): Cluster {
  const access: Access = {
    getCurrentCluster: () => ({ server }),
    applyToHTTPSOptions: (asked) => Promise.resolve(void Object.assign(asked, options)),
  };
  return clusterBy(access, timeout);
}

function clusterBy(access: Access, timeout?: number): Cluster {
  return new Cluster(access, KUBECTL, () => Promise.reject(new Error('no pods')), timeout);
}

/** What the doctor says of the first hop in such a cluster. */
async function said(cluster: Cluster) {
  const { calls } = await examine(deployedIn(cluster), [call.id]);
  const findings = calls[0]?.hops[0]?.findings ?? [];
  expect(findings).toHaveLength(1);
  expect(findings.every((one) => isBlind(one) && one.level === 'unknown')).toBe(true);
  const [{ code, what, mend } = { code: '', what: '', mend: '' }] = findings;
  expect(mend).toContain(`${KUBECTL} get --raw /readyz should print ok`);
  return [code, what, mend];
}

const servers: Server[] = [];
const sockets: Socket[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

afterAll(() => {
  sockets.forEach((socket) => socket.destroy());
  servers.forEach((server) => server.close());
});

test.each([
  [401, 'no-rights', 'does not take these credentials'],
  [403, 'no-rights', 'refuses to answer'],
  [429, 'cluster-unreachable', 'answers with 429'],
  [500, 'cluster-unreachable', 'answers with 500'],
  [503, 'cluster-unreachable', 'answers with 503'],
])('an API server that answers with %i is told as %s', (status, code, words) => {
  const error = new ApiError(status, 'too many requests');
  const finding = unreachable(deployedIn(reached('')), hop, error);
  expect(finding).toMatchObject({ code, level: 'unknown', mesh: 'istio' });
  expect(finding.what).toContain(`${words}: too many requests.`);
});

describe('what keeps an answer away is told by itself:', () => {
  const says = (text: string) => expect.stringContaining(text) as unknown;
  let authority: Certificate;
  let other: Certificate;

  beforeAll(async () => {
    [authority, other] = await Promise.all([certificate(), certificate({ name: 'other' })]);
  });

  /** An API server with such a certificate. */
  async function withTls(...made: Parameters<typeof loopbackCertificate>): Promise<string> {
    const { pem: cert, key } = await loopbackCertificate(...made);
    const server = https.createServer({ cert, key }, (_, response) => response.end('{}'));
    return `https://127.0.0.1:${await listen(server)}`;
  }

  it('a program for credentials that is not there', async () => {
    const cluster = clusterBy({
      getCurrentCluster: () => ({ server: 'https://127.0.0.1:9' }),
      applyToHTTPSOptions: async () => {
        const child = spawn('no-such-plugin');
        await once(child, 'exit');
      },
    });
    expect(await said(cluster)).toEqual([
      'no-credentials',
      "There are no credentials for the API server of istio's cluster: no-such-plugin, which the kubeconfig " +
        'calls for credentials, is not installed or not on the PATH.',
      says('install it; then '),
    ]);
  });

  it('a program for credentials that never ends, which is ended', async () => {
    const started: ChildProcess[] = [];
    const access: Access = {
      getCurrentCluster: () => ({ server: 'https://127.0.0.1:9' }),
      applyToHTTPSOptions: async () => {
        // What it has started itself has its streams, too.
        const child = spawn('sh', ['-c', 'sleep 10 & wait']);
        started.push(child);
        await once(child, 'close');
      },
    };
    const noPods = () => Promise.reject(new Error('no pods'));
    expect(await said(new Cluster(access, KUBECTL, noPods, undefined, 200))).toEqual([
      'no-credentials',
      "There are no credentials for the API server of istio's cluster: sh has not ended in 0.2 s; it may " +
        'wait for somebody to log in.',
      says('log in again, or mend what gives them'),
    ]);
    const [child] = started;
    if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child?.signalCode).toBe('SIGTERM');
    expect([child?.stdin, child?.stdout, child?.stderr].map((one) => one?.destroyed)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each([
    ['fails with words', 'session has expired\n', 'session has expired'],
    ['fails without any', '', 'the program that gives them has failed'],
  ])('a program for credentials that %s', async (_, words, reason) => {
    const cluster = clusterBy({
      getCurrentCluster: () => ({ server: 'https://127.0.0.1:9' }),
      applyToHTTPSOptions: () => Promise.reject(new Error(words)),
    });
    const [code, what, mend] = await said(cluster);
    expect(code).toBe('no-credentials');
    expect(mend).toContain('log in again, or mend what gives them');
    expect(what).toBe(`There are no credentials for the API server of istio's cluster: ${reason}.`);
  });

  it('a CA that is another', async () => {
    const server = await withTls(authority);
    expect(await said(reached(server, { ca: other.pem }))).toEqual([
      'cluster-untrusted',
      says(
        "The API server of istio's cluster is not trusted: unable to verify the first certificate",
      ),
      says('take its CA into the kubeconfig anew'),
    ]);
  });

  it('a certificate that has expired', async () => {
    const server = await withTls(authority, { expiresInDays: -1 });
    expect(await said(reached(server, { ca: authority.pem }))).toEqual([
      'cluster-untrusted',
      says('is not trusted: certificate has expired.'),
      says('set the clock of this machine right'),
    ]);
  });

  it('a certificate for another name', async () => {
    const server = await withTls(authority, { address: '192.0.2.1' });
    expect(await said(reached(server, { ca: authority.pem }))).toEqual([
      'cluster-untrusted',
      says("does not match certificate's altnames"),
      says('call it by a name that its certificate has'),
    ]);
  });

  it('a key in the kubeconfig that is cut off', async () => {
    const server = await withTls(authority);
    const { pem: cert, key } = authority;
    expect(await said(reached(server, { ca: cert, cert, key: key.slice(0, 100) }))).toEqual([
      'cluster-untrusted',
      says("The API server of istio's cluster is not trusted: "),
      says('must be whole PEM'),
    ]);
  });

  it('somebody without TLS at its port', async () => {
    const port = await listen(createServer((_, response) => response.end('{}')));
    expect(await said(reached(`https://127.0.0.1:${port}`))).toEqual([
      'cluster-untrusted',
      says('is not trusted: wrong version number.'),
      says('is that its port'),
    ]);
  });

  it.each(['before it answers', 'in the middle of an answer'])('silence %s', async (when) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      if (when !== 'before it answers')
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{');
    });
    const cluster = reached(`http://127.0.0.1:${await listen(server)}`, {}, 300);
    expect(await said(cluster)).toEqual([
      'cluster-unreachable',
      "The API server of istio's cluster does not answer: no answer in 0.3 s.",
      says('does a firewall or a missing VPN drop it'),
    ]);
  });

  it('a name that nobody knows', async () => {
    const lookup: https.RequestOptions['lookup'] = (name, _, callback) =>
      callback(
        Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }),
        '',
      );
    expect(await said(reached('https://api.example.com', { lookup }))).toEqual([
      'cluster-unreachable',
      "The name of the API server of istio's cluster cannot be resolved: getaddrinfo ENOTFOUND api.example.com.",
      says('does the DNS of this machine know it'),
    ]);
  });

  it('nobody at its port', async () => {
    const [code, what] = await said(reached('http://127.0.0.1:9'));
    expect(code).toBe('cluster-unreachable');
    expect(what).toContain('cannot be reached: connect ECONNREFUSED 127.0.0.1:9');
  });

  it('no address', async () => {
    const [code, what] = await said(reached('api.example.com:443:1'));
    expect(code).toBe('cluster-unreachable');
    expect(what).toContain('"api.example.com:443:1" is no address of an API server');
  });

  it('somebody else at its port', async () => {
    const port = await listen(createServer((_, response) => response.end('<h1>Log in</h1>')));
    const [code, what] = await said(reached(`http://127.0.0.1:${port}`));
    expect(code).toBe('cluster-unreachable');
    expect(what).toContain('answers with 200: no API server speaks so: <h1>Log in</h1>.');
  });
});

test('a fault of the program is none of a cluster', async () => {
  class Faulty extends Cluster {
    public override served(): never {
      throw new TypeError('x is not a function');
    }
  }
  const nowhere = { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() };
  const cluster = new Faulty(nowhere, KUBECTL, () => Promise.reject(new Error('no pods')));
  await expect(examine(deployedIn(cluster), [call.id])).rejects.toThrow(
    new TypeError('x is not a function'),
  );
});

test('credentials that could not be had are asked for again', async () => {
  const port = await listen(createServer((_, response) => response.end('{"kind":"Status"}')));
  let isLoggedIn = false;
  const cluster = clusterBy({
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
    applyToHTTPSOptions: () =>
      isLoggedIn ? Promise.resolve() : Promise.reject(new Error('log in first')),
  });
  await expect(cluster.get('/version')).rejects.toThrow('log in first');
  isLoggedIn = true;
  expect(await cluster.get('/version')).toEqual({ kind: 'Status' });
});

test('credentials that are there leave no timer, for which a program would wait', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await expect(reached('nowhere').get('/version')).rejects.toThrow('no address of an API server');
  expect(timers()).toBe(before);
});
