import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { issue } from '../../../constructs/federation/jobs/issue';
import { NOBODY } from '../../../constructs/federation/jobs/nobody';
import { publish } from '../../../constructs/federation/jobs/publish';
import { renew } from '../../../constructs/federation/jobs/renew';
import { rootsInSummary } from '../../../constructs/federation/jobs/summary';
import { sync } from '../../../constructs/federation/jobs/sync';
import { LINKERD } from '../../../constructs/federation/deploy/meshes/linkerd';
import { ImitatedApiServer, type HttpsServer, serve } from '../../helpers/api-server';
import { temporaryFolder, writeFile } from '../../helpers/files';
import { type Certificate, certificate } from '../../helpers/roots';
import { CONSUL_TRUST_DOMAIN, linkerdMember } from '../../../support/policy/installed-meshes';
import { AUTHORITIES } from './authorities';
import {
  cronJobPod,
  envOf,
  given,
  inCluster,
  metadataOf,
  plan,
  rulesOf,
} from '../deploy/trust-fixture';

/*
 * The programs as they run in the clusters, with the settings and the rights that the construct gives
 * them, against stand-ins for the two API servers and for Consul's (see test/helpers/api-server.ts).
 */

const folder = temporaryFolder();
const { stack } = given();
const HERE = 'mesh-federation';
const NAMESPACES = ['shop', 'back-office', 'borders'];

let istio: ImitatedApiServer & { readonly server: HttpsServer };
let consul: ImitatedApiServer & { readonly server: HttpsServer };
let consulServer: HttpsServer;
let consulAnswer: { status: number; body: string };
let own: Certificate;
let first: Certificate;
let second: Certificate;
let logged: Record<string, unknown>[];

beforeAll(async () => {
  [istio, consul] = await Promise.all([ImitatedApiServer.start(), ImitatedApiServer.start()]);
  consulServer = await serve(() => consulAnswer);
  own = await certificate({ name: 'istio' });
  [first, second] = await Promise.all([root('first'), root('second')]);
});

afterAll(() => Promise.all([istio.server, consul.server, consulServer].map((it) => it.stop())));

beforeEach(() => {
  logged = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => {
    logged.push(JSON.parse(line) as Record<string, unknown>);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A root as Consul makes them. */
function root(name: string, expiresInDays?: number): Promise<Certificate> {
  return certificate({ name, uri: `spiffe://${CONSUL_TRUST_DOMAIN}`, expiresInDays });
}

/** What the API server hands a pod of this cluster, and the variables that the kubelet sets. */
function inPod(cluster: typeof istio, mesh: string, account: string): Record<string, string> {
  cluster.admit(`${account}-token`, account, rulesOf(stack, mesh, account));
  const serviceAccount = join(folder, mesh, account);
  writeFile(serviceAccount, 'token', `${account}-token`);
  writeFile(serviceAccount, 'ca.crt', cluster.server.authority);
  return {
    SERVICE_ACCOUNT_FOLDER: serviceAccount,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(cluster.server.port),
  };
}

const HOUR = 3600;

function token({ ageHours = 0, livesHours = 168 } = {}): string {
  const made = Math.floor(Date.now() / 1000) - ageHours * HOUR;
  const claims = { iat: made, exp: made + livesHours * HOUR };
  return `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

// -------------------------------------------------------------------------------------- the sync job

interface Given {
  /** What the Consul cluster shows. */
  readonly shown?: string;
  /** What the namespaces of the Istio cluster trust already. */
  readonly trusted?: string;
  readonly withdrawn?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly ownRoots?: string;
}

/** The job that keeps Consul's roots up to date in the Istio cluster. */
function syncEnv(state: Given = {}): Record<string, string> {
  const pod = cronJobPod(stack, 'istio', 'sync-consul');
  const bearer = state.token ?? token();
  for (const cluster of [istio, consul]) {
    cluster.exchanges.length = 0;
    cluster.answers.clear();
    cluster.beforeWrite = () => undefined;
  }
  for (const namespace of NAMESPACES) {
    istio.put('configmaps', namespace, 'federation-roots-consul', {
      'roots.pem': state.trusted ?? first.pem,
      ...(state.withdrawn && { 'withdrawn.json': JSON.stringify(state.withdrawn) }),
    });
  }
  istio.put('secrets', HERE, 'sync-consul', { token: 'old' });
  istio.put('configmaps', HERE, 'sync-consul', {});
  consul.put('configmaps', HERE, 'roots-consul', { 'roots.pem': state.shown ?? first.pem });
  consul.admit(bearer, 'roots-reader-istio', rulesOf(stack, 'consul', 'roots-reader-istio'));
  return {
    ...envOf(pod),
    ...inPod(istio, 'istio', pod.service_account_name),
    FOREIGN_API_SERVER: consul.server.url,
    FOREIGN_API_SERVER_CA: consul.server.authority,
    FOREIGN_TOKEN: writeFile(folder, 'reader/token', `${bearer}\n`),
    OWN_ROOTS: writeFile(folder, 'own/roots.pem', state.ownRoots ?? own.pem),
    DISTRUSTED_BY_HAND: join(folder, 'no-such-folder'),
  };
}

/** Without the time of the last success, and the roots that are trusted. */
function statusOf(cluster: ImitatedApiServer, name: string): Record<string, string> {
  const entries = Object.entries(cluster.data('configmaps', HERE, name) ?? {});
  return Object.fromEntries(entries.filter(([key]) => key !== 'success' && key !== 'roots.txt'));
}

function trusted(namespace = 'shop'): string {
  return istio.data('configmaps', namespace, 'federation-roots-consul')?.['roots.pem'] ?? '';
}

function bundleWrites(): string[] {
  return istio.writes.filter((write) => write.includes('/federation-roots-consul'));
}

/** PEM of several, in the order in which they are kept. */
function bundle(...roots: readonly Certificate[]): string {
  return [...roots]
    .sort((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
    .map(({ pem }) => pem)
    .join('');
}

describe('a bundle that says nothing new', () => {
  it('changes nothing and writes only that it looked', async () => {
    expect(await sync(syncEnv())).toBe(0);
    expect(logged).toEqual([
      expect.objectContaining({ mesh: 'istio', foreignMesh: 'consul', outcome: 'unchanged' }),
    ]);
    expect(istio.writes).toEqual([`update /api/v1/namespaces/${HERE}/configmaps/sync-consul`]);
    expect(consul.writes).toEqual([]);
  });
});

describe('a mesh in the same cluster', () => {
  /** Without another API server, nor a token for it. */
  function syncHere(): Record<string, string> {
    const there = 'mesh-federation-consul';
    const env = Object.entries({ ...syncEnv(), FOREIGN_NAMESPACE: there }).filter(
      ([key]) => !/^(FOREIGN_(API_SERVER.*|TOKEN)|TOKEN_SECRET)$/.test(key),
    );
    istio.put('configmaps', there, 'roots-consul', { 'roots.pem': bundle(first, second) });
    return Object.fromEntries(env);
  }

  it('shows its roots to the account of the job itself', async () => {
    const env = syncHere();
    istio.admit('sync-consul-token', 'sync-consul', [
      ...rulesOf(stack, 'istio', 'sync-consul'),
      {
        namespace: 'mesh-federation-consul',
        resources: ['configmaps'],
        resourceNames: ['roots-consul'],
        verbs: ['get'],
      },
    ]);
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(bundle(first, second));
    expect(consul.exchanges).toEqual([]);
  });

  it('shows them to nobody who may not read them', async () => {
    expect(await sync(syncHere())).toBe(1);
    expect(trusted()).toBe(bundle(first));
    expect(statusOf(istio, 'sync-consul')['problem']).toContain('403');
  });
});

describe('a rotated root', () => {
  it('is added in every namespace, beside the old one', async () => {
    expect(await sync(syncEnv({ shown: bundle(first, second) }))).toBe(0);
    for (const namespace of NAMESPACES) {
      expect(trusted(namespace)).toBe(bundle(first, second));
    }
    expect(logged[0]).toMatchObject({
      outcome: 'updated',
      bundles: {
        shop: { result: 'updated', added: [second.fingerprint], kept: [first.fingerprint] },
      },
    });
  });

  it('does not take the old one away at once', async () => {
    expect(await sync(syncEnv({ shown: second.pem }))).toBe(0);
    expect(trusted()).toBe(bundle(first, second));
    const { 'withdrawn.json': withdrawn = '' } =
      istio.data('configmaps', 'shop', 'federation-roots-consul') ?? {};
    expect(Object.keys(JSON.parse(withdrawn) as object)).toEqual([first.fingerprint]);
  });

  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * HOUR * 1000).toISOString();

  it('that has the key of the old one and another identifier keeps it, and no longer than itself', async () => {
    const former = await certificate({ name: 'former', keyIdentifier: '01' });
    const renewedWith = (keyIdentifier?: string) =>
      certificate({ name: 'renewed', keys: former.keys, ...(keyIdentifier && { keyIdentifier }) });
    const [renewed, same, none] = await Promise.all([
      renewedWith('02'),
      renewedWith('01'),
      renewedWith(),
    ]);
    const withdrawn = { [former.fingerprint]: daysAgo(300) };
    const trust = { trusted: bundle(former, renewed, second), withdrawn };
    await sync(syncEnv({ ...trust, shown: bundle(renewed, second) }));
    expect(trusted()).toBe(bundle(former, renewed, second));
    await sync({
      ...syncEnv({ ...trust, shown: renewed.pem }),
      FOREIGN_API_SERVER: 'https://127.0.0.1:9',
    });
    expect(trusted()).toBe(bundle(former, renewed, second));
    await sync(syncEnv({ ...trust, shown: second.pem }));
    expect(trusted()).toBe(bundle(renewed, second));
    // Envoy takes what the former has signed with these.
    for (const other of [same, none]) {
      await sync(syncEnv({ shown: other.pem, trusted: bundle(former, other), withdrawn }));
      expect(trusted()).toBe(other.pem);
    }
  });

  it('outlives the old one after the overlap', async () => {
    const state = { shown: second.pem, trusted: bundle(first, second) };
    await sync(syncEnv({ ...state, withdrawn: { [first.fingerprint]: daysAgo(29) } }));
    expect(trusted()).toBe(bundle(first, second));
    expect(await sync(syncEnv({ ...state, withdrawn: { [first.fingerprint]: daysAgo(31) } }))).toBe(
      0,
    );
    expect(trusted()).toBe(second.pem);
    expect(logged[1]).toMatchObject({
      bundles: {
        shop: {
          dropped: [
            {
              fingerprint: first.fingerprint,
              reason: expect.stringMatching(/has not published it since/),
            },
          ],
        },
      },
    });
  });

  it('is missed from now on where a clock that was wrong has set a date to come', async () => {
    const toCome = new Date(Date.now() + 3650 * 24 * HOUR * 1000).toISOString();
    const env = syncEnv({
      shown: second.pem,
      trusted: bundle(first, second),
      withdrawn: { [first.fingerprint]: toCome },
    });
    expect(await sync(env)).toBe(0);
    const since = JSON.parse(
      istio.data('configmaps', 'shop', 'federation-roots-consul')?.['withdrawn.json'] ?? '{}',
    ) as Record<string, string>;
    expect(Date.parse(since[first.fingerprint] ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('stays when its mesh shows it again', async () => {
    await sync(
      syncEnv({
        shown: bundle(first, second),
        trusted: bundle(first, second),
        withdrawn: { [first.fingerprint]: daysAgo(29) },
      }),
    );
    expect(trusted()).toBe(bundle(first, second));
    expect(istio.data('configmaps', 'shop', 'federation-roots-consul')?.['withdrawn.json']).toBe(
      '{}',
    );
  });

  it('takes an expired root out', async () => {
    const old = await root('old', -1);
    expect(await sync(syncEnv({ shown: bundle(old, first), trusted: bundle(old, first) }))).toBe(0);
    expect(trusted()).toBe(first.pem);
    expect(logged[0]).toMatchObject({
      expired: [
        { fingerprint: old.fingerprint, reason: expect.stringMatching(/^it expired on 2/) },
      ],
    });
  });
});

describe('what is refused, while the last good bundle stays', () => {
  const cases: readonly (readonly [string, () => string | Promise<string>, RegExp])[] = [
    ['garbage', () => 'garbage', /^it is not PEM: "garbage"$/],
    ['nothing', () => ' ', /^it is empty$/],
    [
      'a certificate that cannot be read',
      () => '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /^its certificate number 1 cannot be read$/,
    ],
    [
      'another kind of PEM',
      () => second.pem + '-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n',
      /^it has a X509 CRL, not only certificates$/,
    ],
    [
      'a certificate that is cut off',
      () => second.pem + first.pem.slice(0, 200),
      /^one of its certificates has no beginning or no end: is the text complete\?$/,
    ],
    [
      'a weak key',
      () => AUTHORITIES.rsa1024,
      /^its RSA key has 1024 bits, and must have 2048 to 8192$/,
    ],
    ['a weak signature', () => AUTHORITIES.rsasha1, /^it is signed by RSA with SHA-1, and must be/],
    [
      'an authority two steps below our own root, without the one between',
      async () => {
        const between = await certificate({ name: 'between', issuer: own });
        return (await certificate({ name: 'issuing', issuer: between })).pem;
      },
      /^it is signed by "CN=between", which is not in the bundle, so nobody can tell whether our own/,
    ],
    [
      'that authority together with the one between',
      async () => {
        const between = await certificate({ name: 'between', issuer: own });
        return (await certificate({ name: 'issuing', issuer: between })).pem + between.pem;
      },
      /^it is signed by our own mesh's root/,
    ],
    ['a private key', () => second.pem + second.key, /^a private key is in it/],
    [
      'an expired root',
      async () => (await root('old', -1)).pem,
      /no root in it is valid any more$/,
    ],
    [
      "a workload's certificate",
      async () => (await certificate({ authority: false })).pem,
      /^it is not the certificate of an authority$/,
    ],
    ["our own mesh's root", () => bundle(second, own), /^it is our own mesh's root/],
    [
      "an authority that our own mesh's root signed",
      async () => (await certificate({ name: 'intermediate', issuer: own })).pem,
      /^it is signed by our own mesh's root/,
    ],
    [
      "a third mesh's root",
      async () => (await certificate({ uri: 'spiffe://third.consul' })).pem,
      /^it is for spiffe:\/\/third\.consul, and must be for spiffe:\/\/1111/,
    ],
    ['more than fits', () => second.pem.repeat(200), /^it is larger than 65536 bytes$/],
    [
      'more roots than a mesh has',
      async () =>
        (await Promise.all(Array.from({ length: 17 }, (_, i) => root(`${i}`))))
          .map(({ pem }) => pem)
          .join(''),
      /^it has more than 16 certificates$/,
    ],
  ];

  it.each(cases)('%s', async (_, shown, reason) => {
    expect(await sync(syncEnv({ shown: await shown() }))).toBe(1);
    expect(bundleWrites()).toEqual([]);
    expect(trusted()).toBe(first.pem);
    const [{ outcome, refused } = {}] = logged;
    expect(outcome).toBe('refused');
    expect((refused as { reason: string }[]).at(-1)?.reason).toMatch(reason);
  });

  it('never tells a private key in the log', async () => {
    await sync(syncEnv({ shown: second.pem + second.key }));
    expect(JSON.stringify(logged)).not.toContain(second.key.split('\n')[1]);
  });
});

describe('what somebody wrote into the trusted bundle', () => {
  it.each(['good', 'refused'])(
    'goes at once if it is our own root; the other cluster is %s',
    async (answer) => {
      const shown = answer === 'good' ? first.pem : 'garbage';
      await sync(syncEnv({ shown, trusted: bundle(first, own) }));
      expect(trusted()).toBe(first.pem);
    },
  );

  it('stays for the overlap if it is a root that could be good', async () => {
    expect(await sync(syncEnv({ trusted: bundle(first, second) }))).toBe(0);
    expect(trusted()).toBe(bundle(first, second));
  });

  it('is put right if it is a private key, or garbage', async () => {
    await sync(syncEnv({ trusted: first.pem + second.key }));
    expect(trusted()).toBe(first.pem);
    expect(await sync(syncEnv({ trusted: 'garbage' }))).toBe(0);
    expect(trusted()).toBe(first.pem);
  });
});

describe('a mesh that keeps publishing new roots', () => {
  it('does not fill the bundle without end', async () => {
    const many = await Promise.all(Array.from({ length: 33 }, (_, i) => root(`${i}`)));
    const before = bundle(...many.slice(0, 17));
    expect(await sync(syncEnv({ shown: bundle(...many.slice(17)), trusted: before }))).toBe(1);
    expect(trusted()).toBe(before);
    expect(logged[0]).toMatchObject({
      problems: expect.arrayContaining([expect.stringMatching(/^16 new roots beside 17 would be/)]),
    });
  });

  it('keeps no root that is distrusted', async () => {
    const many = await Promise.all(Array.from({ length: 34 }, (_, i) => root(`${i}`)));
    const leaked = many[0]?.fingerprint ?? '';
    const env = syncEnv({
      shown: bundle(...many.slice(18)),
      trusted: bundle(...many.slice(0, 18)),
    });
    expect(await sync({ ...env, DISTRUSTED: leaked })).toBe(1);
    expect(trusted()).toBe(bundle(...many.slice(1, 18)));
  });
});

describe('when the other cluster does not answer as it should, the bundle stays', () => {
  const failed = async (env: Record<string, string>, problem: RegExp) => {
    expect(await sync(env)).toBe(1);
    expect(logged[0]).toMatchObject({
      outcome: 'failed',
      problems: [expect.stringMatching(problem)],
    });
    expect(trusted()).toBe(first.pem);
    expect(bundleWrites()).toEqual([]);
  };

  it('not at all', async () => {
    // Nobody listens on the port of discard.
    await failed(
      { ...syncEnv(), FOREIGN_API_SERVER: 'https://127.0.0.1:9' },
      /127\.0\.0\.1:9: .*ECONNREFUSED/,
    );
  });

  it('with a certificate of somebody else', async () => {
    const stranger = await certificate({ name: 'stranger' });
    await failed(
      { ...syncEnv(), FOREIGN_API_SERVER_CA: stranger.pem },
      /unable to verify|self-signed|issuer/,
    );
  });

  it('with a refusal', async () => {
    const env = syncEnv();
    consul.admit(token(), 'roots-reader-istio', []);
    await failed(
      { ...env, FOREIGN_TOKEN: writeFile(folder, 'wrong/token', 'wrong') },
      /401 Unauthorized; the token is good no more: "kubectl -n mesh-federation delete secret sync-consul"/,
    );
  });

  it('without roots, for a reason that it names', async () => {
    const env = syncEnv();
    consul.put('configmaps', HERE, 'roots-consul', { problem: 'istiod is not there' });
    await failed(env, /has published no roots: istiod is not there/);
  });

  it('with an endless answer', async () => {
    const env = syncEnv();
    consul.answers.set(
      `/api/v1/namespaces/${HERE}/configmaps/roots-consul`,
      JSON.stringify({ data: { 'roots.pem': 'x'.repeat(2_000_000) } }),
    );
    await failed(env, /the answer is larger than 1048576 bytes/);
  });

  it('with something else than JSON', async () => {
    const env = syncEnv();
    consul.answers.set(`/api/v1/namespaces/${HERE}/configmaps/roots-consul`, '<html>');
    await failed(env, /JSON/);
  });
});

describe('in its own cluster', () => {
  it('it does not overwrite the change of somebody else, and tries again', async () => {
    const env = syncEnv({ shown: bundle(first, second) });
    const third = await root('third');
    let once = true;
    istio.beforeWrite = (path) => {
      if (once && path.includes('/shop/')) {
        once = false;
        istio.put('configmaps', 'shop', 'federation-roots-consul', {
          'roots.pem': bundle(first, third),
          note: 'kept',
        });
      }
    };
    expect(await sync(env)).toBe(0);
    expect(istio.exchanges.filter(({ status }) => status === 409)).toHaveLength(1);
    expect(trusted()).toBe(bundle(first, second, third));
    expect(istio.data('configmaps', 'shop', 'federation-roots-consul')).toMatchObject({
      note: 'kept',
    });
  });

  it('it gives up on a ConfigMap that changes all the time, and goes on with the others', async () => {
    const env = syncEnv({ shown: bundle(first, second) });
    istio.beforeWrite = (path) => {
      if (path.includes('/shop/')) {
        istio.put('configmaps', 'shop', 'federation-roots-consul', { 'roots.pem': first.pem });
      }
    };
    expect(await sync(env)).toBe(1);
    expect(trusted('shop')).toBe(first.pem);
    expect(trusted('borders')).toBe(bundle(first, second));
    expect(logged[0]).toMatchObject({ problems: [expect.stringMatching(/409 .*modified/)] });
  });

  it.each(['empty', 'missing'])(
    'it adds nothing without the roots of its own mesh, which it could not tell apart: %s',
    async (how) => {
      const env = syncEnv({ shown: bundle(first, second), ownRoots: '' });
      const file = how === 'missing' ? join(folder, 'nowhere') : env['OWN_ROOTS'];
      expect(await sync({ ...env, OWN_ROOTS: file })).toBe(1);
      expect(bundleWrites()).toEqual([]);
      expect(consul.exchanges).toEqual([]);
      expect(statusOf(istio, 'sync-consul')['problem']).toMatch(
        /^our own mesh's roots are not published, .*: look at this cluster's CronJob roots-istio$/,
      );
    },
  );
});

describe('how the run went', () => {
  const status = () => statusOf(istio, 'sync-consul');
  const success = () => istio.data('configmaps', HERE, 'sync-consul')?.['success'];
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  it('is written down while something is wrong', async () => {
    const began = Date.now();
    const env = syncEnv({ shown: 'garbage' });
    await sync(env);
    expect(status()).toEqual({ problem: 'its bundle is refused: it is not PEM: "garbage"' });
    expect(success()).toBeUndefined();
    consul.put('configmaps', HERE, 'roots-consul', { 'roots.pem': first.pem });
    expect(await sync(env)).toBe(0);
    expect(status()).toEqual({});
    expect(Date.parse(success() ?? '')).toBeGreaterThanOrEqual(began);
  });

  it('names the roots that are trusted and when they end, also while something is wrong', async () => {
    const listed = () => istio.data('configmaps', HERE, 'sync-consul')?.['roots.txt'];
    await sync(syncEnv({ shown: 'garbage' }));
    expect(listed()).toMatch(new RegExp(`^${first.fingerprint} until 20\\S+Z CN=first\n$`));
    await sync(syncEnv({ shown: bundle(first, second) }));
    expect(rootsInSummary(listed() ?? '').map(({ fingerprint }) => fingerprint)).toEqual(
      [first.fingerprint, second.fingerprint].sort(),
    );
    const none = syncEnv();
    await sync({ ...none, DISTRUSTED: first.fingerprint });
    expect(listed()).toBe('');
  });

  it('is told to Terraform by the first run, which does not fail', async () => {
    const env = { ...syncEnv(), FOREIGN_API_SERVER: 'https://127.0.0.1:9', REPORT_ONLY: 'true' };
    expect(await sync(env)).toBe(0);
    expect(status()['problem']).toMatch(/127\.0\.0\.1:9: .*ECONNREFUSED/);
  });

  it('on a deploy says nothing of the schedule, which may never have run', async () => {
    const began = Date.now();
    const env = { ...syncEnv(), REPORT_ONLY: 'true' };
    await sync(env);
    const { first: since = '' } = status();
    expect(Date.parse(since)).toBeGreaterThanOrEqual(began);
    await sync(env);
    expect(status()['first']).toBe(since);
    expect(success()).toBeUndefined();
  });

  it('fails also the first run where it cannot be told', async () => {
    expect(await sync({ ...syncEnv(), STATUS: 'other', REPORT_ONLY: 'true' })).toBe(1);
  });

  it("hands on what the other cluster's job says, and still takes its roots", async () => {
    const env = syncEnv();
    consul.put('configmaps', HERE, 'roots-consul', {
      'roots.pem': bundle(first, second),
      problem: 'No cluster leader',
    });
    expect(await sync(env)).toBe(1);
    expect(status()['problem']).toBe(
      'the other cluster publishes roots that may be old, for its own job says: No cluster leader',
    );
    expect(trusted()).toBe(bundle(first, second));
  });

  it("tells that the other cluster's job runs no more", async () => {
    const env = syncEnv();
    const show = (time: string) =>
      consul.put('configmaps', HERE, 'roots-consul', { 'roots.pem': first.pem, success: time });
    show(minutesAgo(20));
    expect(await sync(env)).toBe(0);
    show(minutesAgo(30));
    expect(await sync(env)).toBe(1);
    expect(status()['problem']).toMatch(
      /^the other cluster's job has not looked at its roots since 20.*: look at its CronJob roots-consul$/,
    );
    show('yesterday');
    expect(await sync(env)).toBe(1);
  });

  it('repeats no more of a foreign text than fits on a line, and nothing invisible', async () => {
    const env = syncEnv();
    const nasty = `one\u001b[2Jtwo\r\nthree\u202efour${'x'.repeat(200_000)}`;
    consul.put('configmaps', HERE, 'roots-consul', { problem: nasty });
    await sync(env);
    const told = `${status()['problem'] ?? ''}${JSON.stringify(logged)}`;
    expect(told).toContain('one?[2Jtwo three?four');
    expect(told.length).toBeLessThan(1500);
    const uri = `spiffe://\u001b[31m${'y'.repeat(5000)}`;
    consul.put('configmaps', HERE, 'roots-consul', {
      'roots.pem': (await certificate({ uri })).pem,
    });
    await sync(env);
    expect(status()['problem']).toMatch(/because of [0-9A-F:]+: it is for "?spiffe:\/\//);
    expect(status()['problem']?.length).toBeLessThan(600);
    // eslint-disable-next-line no-control-regex
    expect(status()['problem']).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('two roots of one name', () => {
  it('are warned of, and the one that its mesh shows goes first', async () => {
    const [one, other] = await Promise.all([root('same'), root('same')]);
    for (const [now, old] of [
      [one, other],
      [other, one],
    ] as const) {
      expect(await sync(syncEnv({ shown: now.pem, trusted: old.pem }))).toBe(0);
      expect(trusted()).toBe(now.pem + old.pem);
      expect(statusOf(istio, 'sync-consul')['warning']).toMatch(
        new RegExp(
          `^2 roots have the name CN=same: .*only checked with the first, ${now.fingerprint}`,
        ),
      );
    }
  });

  it('of one key are warned of where they have two identifiers, of which Envoy takes one', async () => {
    const old = await certificate({ name: 'same', expiresInDays: 40, keyIdentifier: '01' });
    const renewed = (keyIdentifier?: string) =>
      certificate({ name: 'same', keys: old.keys, ...(keyIdentifier && { keyIdentifier }) });
    const [other, same, none] = await Promise.all([renewed('02'), renewed('01'), renewed()]);
    await sync(syncEnv({ shown: other.pem, trusted: old.pem }));
    expect(statusOf(istio, 'sync-consul')['warning']).toMatch(
      new RegExp(
        `^the root ${old.fingerprint} was renewed as ${other.fingerprint} with its key, but with another ` +
          'subject key identifier: .* expires, on 2[0-9-]+T.*; have it signed anew',
      ),
    );
    for (const { pem } of [same, none]) {
      await sync(syncEnv({ shown: pem, trusted: old.pem }));
      expect(statusOf(istio, 'sync-consul')).toEqual({});
    }
  });

  it('are no reason for a warning where they have one key', async () => {
    const text = bundle(first, second);
    await sync(syncEnv({ shown: text, trusted: text }));
    expect(statusOf(istio, 'sync-consul')).toEqual({});
  });
});

describe('a root that is distrusted', () => {
  const listed = ({ fingerprint }: Certificate) => ({ DISTRUSTED: fingerprint });

  it('goes at once and everywhere, though its mesh still shows it', async () => {
    const both = bundle(first, second);
    const env = { ...syncEnv({ shown: both, trusted: both }), ...listed(first) };
    expect(await sync(env)).toBe(0);
    for (const namespace of NAMESPACES) expect(trusted(namespace)).toBe(second.pem);
    expect(logged[0]).toMatchObject({
      distrusted: [{ fingerprint: first.fingerprint, reason: 'it is distrusted' }],
    });
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(second.pem);
  });

  it('goes while the other cluster is away, and without a token', async () => {
    const env = { ...syncEnv({ trusted: bundle(first, second) }), ...listed(first) };
    expect(await sync({ ...env, FOREIGN_API_SERVER: 'https://127.0.0.1:9' })).toBe(1);
    expect(trusted()).toBe(second.pem);
    const other = { ...syncEnv({ trusted: bundle(first, second) }), ...listed(first) };
    expect(await sync({ ...other, FOREIGN_TOKEN: join(folder, 'none') })).toBe(1);
    expect(trusted()).toBe(second.pem);
  });

  it('leaves a bundle that Envoy loads and that vouches for nobody, where it was the only one', async () => {
    const env = { ...syncEnv(), ...listed(first) };
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(NOBODY);
    expect(statusOf(istio, 'sync-consul')['warning']).toMatch(/^no root of it is trusted any more/);
    consul.put('configmaps', HERE, 'roots-consul', { 'roots.pem': bundle(first, second) });
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(second.pem);
  });

  it('takes with it what has its key or its signature', async () => {
    const below = await certificate({ name: 'below', issuer: first });
    const env = { ...syncEnv({ shown: bundle(below, first, second) }), ...listed(first) };
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(second.pem);
  });

  it('takes with it what has its key, also when nobody shows it any more', async () => {
    const renewed = await certificate({
      name: 'renewed',
      uri: `spiffe://${CONSUL_TRUST_DOMAIN}`,
      keys: first.keys,
    });
    const env = {
      ...syncEnv({ shown: second.pem, trusted: bundle(first, second) }),
      ...listed(first),
    };
    expect(await sync(env)).toBe(0);
    consul.put('configmaps', HERE, 'roots-consul', { 'roots.pem': bundle(renewed, second) });
    expect(await sync(env)).toBe(0);
    for (const namespace of NAMESPACES) expect(trusted(namespace)).toBe(second.pem);
    expect(logged[1]).toMatchObject({
      distrusted: [
        { fingerprint: renewed.fingerprint, reason: expect.stringContaining(first.fingerprint) },
      ],
    });
    // It was on the list by mistake.
    expect(await sync({ ...env, DISTRUSTED: '' })).toBe(0);
    expect(trusted()).toBe(bundle(renewed, second));
    expect(statusOf(istio, 'sync-consul')).toEqual({ 'distrusted.pem': first.pem });
  });

  it('takes with it what is trusted and has its key, though only the mesh still shows it', async () => {
    const renewed = await certificate({
      name: 'renewed',
      uri: `spiffe://${CONSUL_TRUST_DOMAIN}`,
      keys: first.keys,
    });
    const env = {
      ...syncEnv({ shown: bundle(first, second), trusted: renewed.pem }),
      ...listed(first),
    };
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(second.pem);
  });

  it('can be listed by hand, in any spelling, in a ConfigMap that no deploy touches', async () => {
    const spelling = `sha256 Fingerprint=${first.fingerprint.toLowerCase()} # leaked`;
    writeFile(folder, 'by-hand/why', spelling);
    const env = {
      ...syncEnv({ trusted: bundle(first, second) }),
      DISTRUSTED_BY_HAND: join(folder, 'by-hand'),
    };
    expect(await sync(env)).toBe(0);
    expect(trusted()).toBe(second.pem);
  });

  it('that is misspelt is not passed over in silence', async () => {
    expect(await sync({ ...syncEnv(), DISTRUSTED: 'AA:BB' })).toBe(1);
    expect(statusOf(istio, 'sync-consul')['problem']).toMatch(
      /^"AA:BB" is no SHA-256 fingerprint and distrusts nothing/,
    );
  });
});

describe('while the other cluster is away', () => {
  it('a root that is overdue goes all the same', async () => {
    const longAgo = new Date(Date.now() - 31 * 24 * HOUR * 1000).toISOString();
    const env = syncEnv({
      trusted: bundle(first, second),
      withdrawn: { [first.fingerprint]: longAgo },
    });
    await sync({ ...env, FOREIGN_API_SERVER: 'https://127.0.0.1:9' });
    expect(trusted()).toBe(second.pem);
  });
});

describe('a server behind a path, and under another name', () => {
  it('is asked there', async () => {
    const env = syncEnv();
    const path = `/k8s/clusters/c-1/api/v1/namespaces/${HERE}/configmaps/roots-consul`;
    consul.admit(token(), 'roots-reader-istio', [
      { namespace: '', resources: [], resourceNames: [], verbs: [] },
    ]);
    await sync({ ...env, FOREIGN_API_SERVER: `${consul.server.url}/k8s/clusters/c-1/` });
    expect(consul.exchanges.map((exchange) => exchange.path)).toEqual([path]);
  });

  it('is taken for the one that it is if its certificate has that name, and else not', async () => {
    const env = syncEnv();
    expect(await sync({ ...env, FOREIGN_API_SERVER_NAME: 'other.example.com' })).toBe(1);
    expect(statusOf(istio, 'sync-consul')['problem']).toMatch(/other\.example\.com/);
    expect(consul.exchanges).toEqual([]);
  });
});

// ---------------------------------------------------------------------------------- the token's jobs

describe('the token', () => {
  /** The next one, as the other cluster shows it to the reader. */
  function renewEnv(current: string, next = current): Record<string, string> {
    syncEnv({ token: current });
    consul.put('secrets', HERE, 'roots-reader-istio', {
      token: Buffer.from(next).toString('base64'),
    });
    const pod = cronJobPod(stack, 'istio', 'renew-consul');
    return {
      ...envOf(pod),
      ...inPod(istio, 'istio', pod.service_account_name),
      FOREIGN_API_SERVER: consul.server.url,
      FOREIGN_API_SERVER_CA: consul.server.authority,
      FOREIGN_TOKEN: writeFile(folder, 'reader/token', `${current}\n`),
    };
  }
  const kept = () => {
    const { token: value = '' } = istio.data('secrets', HERE, 'sync-consul') ?? {};
    return Buffer.from(value, 'base64').toString();
  };
  const problem = () => statusOf(istio, 'sync-consul')['renewal'];

  it('stays while there is no newer one', async () => {
    const current = token({ ageHours: 30 });
    expect(await renew(renewEnv(current))).toBe(0);
    expect(kept()).not.toBe(current);
    expect(istio.data('configmaps', HERE, 'sync-consul')).toEqual({
      renewed: expect.stringMatching(/^20/),
      'token-ends': expect.stringMatching(/^20/),
    });
  });

  it('is replaced by the one that the other cluster has issued', async () => {
    const next = token();
    expect(await renew(renewEnv(token({ ageHours: 35 }), next))).toBe(0);
    expect(kept()).toBe(next);
    expect(logged[0]).toMatchObject({ outcome: 'renewed' });
  });

  it('is asked for by nobody who holds one', async () => {
    await renew(renewEnv(token({ ageHours: 35 }), token()));
    expect(consul.exchanges.map(({ verb }) => verb)).toEqual(['get']);
  });

  it('that gets old because the other cluster issues no other is told of in time', async () => {
    expect(await renew(renewEnv(token({ ageHours: 120 })))).toBe(1);
    expect(problem()).toMatch(/ends on 20.*issued no other one: look at its CronJob issue-istio$/);
    expect(await renew(renewEnv(token({ ageHours: 120 }), token()))).toBe(0);
    expect(problem()).toBeUndefined();
  });

  it('that expired is thrown away, so that the next deploy makes another', async () => {
    expect(await renew(renewEnv(token({ ageHours: 200 })))).toBe(1);
    expect(istio.data('secrets', HERE, 'sync-consul')).toBeUndefined();
    expect(problem()).toMatch(/the next "cdktf deploy" makes a new one/);
    expect(consul.exchanges).toEqual([]);
  });

  it('that expired is not shown to the other cluster by the job that syncs', async () => {
    expect(await sync(syncEnv({ token: token({ ageHours: 200 }) }))).toBe(1);
    expect(consul.exchanges).toEqual([]);
    expect(logged[0]).toMatchObject({
      problems: [expect.stringMatching(/token .* expired on 20/)],
    });
  });

  it('that is missing is named', async () => {
    expect(await sync({ ...syncEnv(), FOREIGN_TOKEN: join(folder, 'none') })).toBe(1);
    expect(logged[0]).toMatchObject({
      problems: ['there is no token for the other cluster; the next "cdktf deploy" makes one'],
    });
  });

  it('is in no log', async () => {
    const [current, next] = [token({ ageHours: 35 }), token()];
    await sync(syncEnv({ token: current }));
    await renew(renewEnv(current, next));
    for (const secret of [current, next]) expect(JSON.stringify(logged)).not.toContain(secret);
  });

  it("is renewed within a cluster's shortest life of one, whatever the roots' schedule is", () => {
    const { stack: slow } = given({}, { schedule: '@weekly' });
    const schedules = (name: string, mesh: string) =>
      inCluster(slow, mesh, 'kubernetes_cron_job_v1')
        .filter((block) => metadataOf(block).name === name)
        .map(({ spec }) => (spec as { schedule: string }).schedule);
    expect(schedules('sync-consul', 'istio')).toEqual(['@weekly']);
    // An hour: issued after twelve minutes at the latest, and fetched ten minutes later.
    expect(schedules('renew-consul', 'istio')).toEqual(['*/10 * * * *']);
    expect(schedules('issue-istio', 'consul')).toEqual(['*/10 * * * *']);
  });

  describe('in the cluster that it is for', () => {
    function issueEnv(current: string): Record<string, string> {
      syncEnv();
      consul.put('secrets', HERE, 'roots-reader-istio', {
        token: Buffer.from(current).toString('base64'),
      });
      const pod = cronJobPod(stack, 'consul', 'issue-istio');
      return { ...envOf(pod), ...inPod(consul, 'consul', pod.service_account_name) };
    }
    const shown = () => {
      const { token: value = '' } = consul.data('secrets', HERE, 'roots-reader-istio') ?? {};
      return Buffer.from(value, 'base64').toString();
    };

    it('is issued anew after a fifth of its life', async () => {
      expect(await issue(issueEnv(token({ ageHours: 35 })))).toBe(0);
      expect(shown()).toMatch(/^renewed-\d+$/);
    });

    it('is left while it is young', async () => {
      expect(await issue(issueEnv(token({ ageHours: 30 })))).toBe(0);
      expect(consul.writes).toEqual([]);
    });

    it('is issued where there is none that can be read', async () => {
      expect(await issue(issueEnv('garbage'))).toBe(0);
      expect(shown()).toMatch(/^renewed-\d+$/);
    });
  });
});

// ----------------------------------------------------------------------------------- the publish job

function published(cluster: ImitatedApiServer, mesh: string) {
  return cluster.data('configmaps', HERE, `roots-${mesh}`);
}

function publishEnv(mesh: 'istio' | 'consul'): Record<string, string> {
  const cluster = mesh === 'istio' ? istio : consul;
  const pod = cronJobPod(stack, mesh, `roots-${mesh}`);
  cluster.exchanges.length = 0;
  cluster.answers.clear();
  cluster.put('configmaps', HERE, `roots-${mesh}`, {});
  istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', { 'root-cert.pem': own.pem });
  consul.put('secrets', 'consul', 'consul-ca-cert', {
    'tls.crt': Buffer.from(consulServer.authority).toString('base64'),
  });
  consulAnswer = {
    status: 200,
    body: JSON.stringify({
      TrustDomain: CONSUL_TRUST_DOMAIN,
      Roots: [
        // As Consul itself sends them: with intermediates, which are no trust anchors.
        { RootCert: first.pem, IntermediateCerts: [second.pem], Active: false },
        { RootCert: second.pem.trim(), IntermediateCerts: null, Active: true },
      ],
    }),
  };
  return {
    ...envOf(pod),
    ...inPod(cluster, mesh, pod.service_account_name),
    ...(mesh === 'consul' && { CONSUL_SERVER: consulServer.url }),
  };
}

describe("Istio's roots", () => {
  it('are published, with a line for people', async () => {
    expect(await publish(publishEnv('istio'))).toBe(0);
    expect(published(istio, 'istio')).toEqual({
      'roots.pem': own.pem,
      'roots.txt': expect.stringMatching(
        new RegExp(`^${own.fingerprint} until 20\\d\\d-.*Z CN=istio\n$`),
      ),
      success: expect.stringMatching(/^20\d\d-/),
      audiences: '',
    });
  });

  it('stay the same text while they are the same, and the time says that somebody looked', async () => {
    const env = publishEnv('istio');
    await publish(env);
    const before = published(istio, 'istio');
    await new Promise((resolve) => setTimeout(resolve, 2));
    await publish(env);
    const { success = '', ...roots } = published(istio, 'istio') ?? {};
    expect(before).toMatchObject(roots);
    expect(Date.parse(success)).toBeGreaterThan(Date.parse(before?.['success'] ?? ''));
    expect(logged[1]).toMatchObject({ outcome: 'unchanged' });
  });

  it('are published as certificates, whatever text istiod was given', async () => {
    const env = publishEnv('istio');
    const other = await certificate({ name: 'other' });
    const text = `\uFEFFsubject=istio\r\n${own.pem.trim()}${other.pem.replace(/\n/g, '\r\n')}`;
    istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', { 'root-cert.pem': text });
    expect(await publish(env)).toBe(0);
    expect(published(istio, 'istio')?.['roots.pem']).toBe(bundle(own, other));
  });

  it('stay where istiod shows something that is no bundle, and the reason is beside them', async () => {
    const env = publishEnv('istio');
    await publish(env);
    istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', { 'root-cert.pem': 'garbage' });
    expect(await publish(env)).toBe(1);
    expect(published(istio, 'istio')).toMatchObject({
      'roots.pem': own.pem,
      problem: expect.stringMatching(/not fit to be published: it is not PEM/),
    });
    istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', { 'root-cert.pem': own.pem });
    expect(await publish(env)).toBe(0);
    expect(published(istio, 'istio')).not.toHaveProperty('problem');
  });

  it('that a later run has published stay, whenever it has overtaken this one', async () => {
    const next = await certificate({ name: 'next' });
    for (const read of ['istio-ca-root-cert', 'roots-istio']) {
      const env = publishEnv('istio');
      istio.afterRead = (path) => {
        if (!path.endsWith(`/${read}`)) return;
        istio.afterRead = () => undefined;
        istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', {
          'root-cert.pem': next.pem,
        });
        istio.put('configmaps', HERE, 'roots-istio', { 'roots.pem': next.pem });
      };
      expect(await publish(env)).toBe(0);
      expect(published(istio, 'istio')?.['roots.pem']).toBe(next.pem);
    }
  });

  it('that are missing are reported to Terraform by the first run', async () => {
    const env = publishEnv('istio');
    istio.put('configmaps', 'istio-system', 'istio-ca-root-cert', {});
    expect(await publish(env)).toBe(1);
    expect(await publish({ ...env, WAIT_SECONDS: '1', REPORT_ONLY: 'true' })).toBe(0);
    expect(published(istio, 'istio')).toEqual({
      problem: 'the ConfigMap istio-system/istio-ca-root-cert has no key root-cert.pem',
      audiences: '',
    });
  });

  it("are beside what tokens for the API server are for, by the job's own", async () => {
    for (const [aud, audiences] of [
      ['https://kubernetes.default.svc', 'https://kubernetes.default.svc'],
      [
        ['https://kubernetes.default.svc.cluster.local', 'k3s'],
        'https://kubernetes.default.svc.cluster.local\nk3s',
      ],
    ] as const) {
      const env = publishEnv('istio');
      const own = `header.${Buffer.from(JSON.stringify({ aud })).toString('base64url')}.signature`;
      istio.admit(own, 'roots-istio', rulesOf(stack, 'istio', 'roots-istio'));
      writeFile(env['SERVICE_ACCOUNT_FOLDER'] ?? '', 'token', own);
      expect(await publish(env)).toBe(0);
      expect(published(istio, 'istio')).toMatchObject({ audiences });
    }
  });
});

describe("Linkerd's roots", () => {
  const { namespace, rules, env: settings } = LINKERD.roots(linkerdMember());
  const WELL = {
    success: '2026-11-28T04:23:10.000Z',
    'anchor-ends': '2036-01-01T00:00:00.000Z',
    'issuer-ends': '2027-06-01T00:00:00.000Z',
  };
  const REPEATED = {
    'authority-success': WELL.success,
    'authority-anchor-ends': WELL['anchor-ends'],
    'authority-issuer-ends': WELL['issuer-ends'],
  };
  const says = (data: Record<string, string>) =>
    istio.put('configmaps', namespace, 'linkerd-authority', data);

  /** Where Istio's job is, by what that of a Linkerd mesh is told and may do. */
  function env(permitted = rules): Record<string, string> {
    const plain = { ...publishEnv('istio'), ...settings };
    istio.admit('roots-istio-token', 'roots-istio', [
      ...rulesOf(stack, 'istio', 'roots-istio'),
      ...permitted.map(({ resource, names, verbs }) => ({
        namespace,
        resources: [resource],
        resourceNames: names,
        verbs,
      })),
    ]);
    istio.put('configmaps', namespace, 'linkerd-identity-trust-roots', {
      'ca-bundle.crt': own.pem,
    });
    return plain;
  }

  it('are beside what the job that keeps trust anchor and issuer says of them, for metrics', async () => {
    const job = env();
    says({ ...WELL, warning: 'soon', else: 'not ours' });
    expect(await publish(job)).toBe(0);
    expect(published(istio, 'istio')).toEqual({
      'roots.pem': own.pem,
      'roots.txt': expect.any(String),
      success: expect.any(String),
      audiences: '',
      ...REPEATED,
      'authority-warning': 'soon',
    });
    says(WELL);
    istio.put('configmaps', namespace, 'linkerd-identity-trust-roots', { 'ca-bundle.crt': '' });
    expect(await publish(job)).toBe(1);
    expect(published(istio, 'istio')).toMatchObject({ 'roots.pem': own.pem, ...REPEATED });
    expect(published(istio, 'istio')).not.toHaveProperty('authority-warning');
  });

  it('are published where nothing is to be had of that job', async () => {
    const job = env();
    expect(await publish(job)).toBe(0);
    expect(logged).toEqual([expect.objectContaining({ outcome: 'updated' })]);
    const refused = env(rules.filter(({ names }) => !names.includes('linkerd-authority')));
    says(WELL);
    expect(await publish(refused)).toBe(0);
    expect(published(istio, 'istio')).toMatchObject({ 'roots.pem': own.pem });
    expect(published(istio, 'istio')).not.toHaveProperty('authority-success');
    expect(logged[1]).toMatchObject({ outcome: 'authority unknown' });
  });
});

describe('the roots of SPIRE, where borders have their identity from it', () => {
  const meshes = Object.fromEntries(
    Object.entries(plan.meshes).map(([name, mesh]) => [
      name,
      name === 'istio' ? { ...mesh, spire: { trustDomain: 'spire.example.org' } } : mesh,
    ]),
  );
  const spired = given({}, { plan: { ...plan, meshes } });
  let spireRoot: Certificate;

  beforeAll(async () => {
    spireRoot = await certificate({ name: 'spire', uri: 'spiffe://spire.example.org' });
  });

  function env(bundle: Readonly<Record<string, string>>): Record<string, string> {
    const plain = publishEnv('istio');
    const pod = cronJobPod(spired.stack, 'istio', 'roots-istio');
    const account = 'roots-istio';
    istio.admit(`${account}-token`, account, rulesOf(spired.stack, 'istio', account));
    istio.put('configmaps', 'spire', 'spire-bundle', bundle);
    return { ...plain, ...envOf(pod) };
  }

  /** As its bundle endpoint and its publisher have it. */
  const spiffeBundle = ({ pem }: Certificate) =>
    JSON.stringify({
      keys: [
        { use: 'x509-svid', kty: 'EC', x5c: [pem.replace(/-----[^-]+-----|\s/g, '')] },
        { use: 'jwt-svid', kid: 'one', kty: 'EC' },
      ],
      spiffe_sequence: 1,
    });

  it.each([
    ['PEM', (root: Certificate) => root.pem],
    ['a SPIFFE bundle', spiffeBundle],
  ])(
    'are published for others, by %s, and those of the mesh for its own cluster',
    async (_, as) => {
      expect(await publish(env({ 'bundle.crt': as(spireRoot) }))).toBe(0);
      expect(published(istio, 'istio')).toMatchObject({
        'roots.pem': spireRoot.pem,
        'mesh-roots.pem': own.pem,
        'roots.txt': expect.stringMatching(new RegExp(`^${spireRoot.fingerprint} until`)),
      });
    },
  );

  it.each([
    ['of another trust domain', () => first.pem, /SPIRE's roots are not fit .*spire\.example\.org/],
    [
      'that are none',
      () => 'garbage',
      /the ConfigMap of SPIRE serves neither PEM nor a SPIFFE bundle/,
    ],
  ])('are not published %s', async (_, bundle, problem) => {
    expect(await publish(env({ 'bundle.crt': bundle() }))).toBe(1);
    const { problem: said, ...roots } = published(istio, 'istio') ?? {};
    expect(said).toMatch(problem);
    expect(Object.keys(roots)).not.toContain('roots.pem');
  });

  it('are missed with the name of the key', async () => {
    expect(await publish(env({ other: spireRoot.pem }))).toBe(1);
    expect(published(istio, 'istio')?.['problem']).toBe(
      'the ConfigMap spire/spire-bundle has no key bundle.crt',
    );
  });

  it('let no root of the mesh itself be taken for a foreign one', async () => {
    const state = { ownRoots: spireRoot.pem, shown: bundle(second, own) };
    const inside = { OWN_MESH_ROOTS: writeFile(folder, 'own/mesh-roots.pem', own.pem) };
    expect(await sync({ ...syncEnv(state), ...inside })).toBe(1);
    expect((logged[0]?.['refused'] as { reason: string }[])[0]?.reason).toMatch(
      /^it is our own mesh's root/,
    );
  });
});

describe("Consul's roots", () => {
  it('of one name begin with the one that signs', async () => {
    const env = publishEnv('consul');
    const [one, other] = await Promise.all([root('same'), root('same')]);
    for (const [active, old] of [
      [one, other],
      [other, one],
    ] as const) {
      consulAnswer.body = JSON.stringify({
        TrustDomain: CONSUL_TRUST_DOMAIN,
        Roots: [
          { RootCert: old.pem, Active: false },
          { RootCert: active.pem, Active: true },
        ],
      });
      await publish(env);
      expect(published(consul, 'consul')?.['roots.pem']).toBe(active.pem + old.pem);
    }
  });

  it('are published without intermediates, from a server whose certificate was verified', async () => {
    expect(await publish(publishEnv('consul'))).toBe(0);
    expect(published(consul, 'consul')?.['roots.pem']).toBe(bundle(first, second));
  });

  it('are not taken from a server that another authority vouches for', async () => {
    const env = publishEnv('consul');
    consul.put('secrets', 'consul', 'consul-ca-cert', {
      'tls.crt': Buffer.from(own.pem).toString('base64'),
    });
    expect(await publish(env)).toBe(1);
    expect(published(consul, 'consul')).not.toHaveProperty('roots.pem');
  });

  it('are not taken from a Consul of another trust domain', async () => {
    const env = publishEnv('consul');
    consulAnswer.body = consulAnswer.body.replace(CONSUL_TRUST_DOMAIN, 'other.consul');
    // At once: no waiting makes it another one.
    expect(await publish({ ...env, WAIT_SECONDS: '3600' })).toBe(1);
    expect(published(consul, 'consul')?.['problem']).toMatch(
      /^Consul's trust domain is other\.consul, and must be 11111111-/,
    );
  });

  it('are missing while Consul has no leader, and it says so', async () => {
    const env = publishEnv('consul');
    consulAnswer = { status: 500, body: 'No cluster leader' };
    expect(await publish(env)).toBe(1);
    expect(published(consul, 'consul')?.['problem']).toMatch(/500 No cluster leader/);
  });
});

// ------------------------------------------------------------------------------------- as a program

it('runs as the program that the pod starts', () => {
  const { command } = cronJobPod(stack, 'istio', 'sync-consul').container[0];
  const [node, main, job] = command;
  expect([node, main]).toEqual(['node', '/program/main.ts']);
  const jobs = join(__dirname, '../../../constructs/federation/jobs');
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(jobs, 'main.ts'), job ?? ''], {
    encoding: 'utf8',
    // Without any of its settings it must fail, and say so in its one line of JSON.
    env: { PATH: process.env['PATH'] },
  });
  expect(run.status).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ job: 'sync', outcome: 'failed' });
});
