import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { authority } from '../../../constructs/federation/jobs/authority';
import {
  type Authority,
  fits,
  newAuthority,
} from '../../../constructs/federation/jobs/certificate';
import { programFiles } from '../../../constructs/federation/deploy/trust/programs';
import { type HttpsServer, serve } from '../../helpers/api-server';

const DAY = 24 * 3600_000;

interface Stored {
  readonly type?: string;
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  data: Record<string, string>;
}

/** ConfigMaps and Secrets of one namespace, by path; what an API server does for the job, and no more. */
class Objects {
  readonly all = new Map<string, Stored>();
  readonly made: string[] = [];
  /** Called when an object was read; a test lets another run overtake the reader in it. */
  afterRead: (path: string) => void = () => undefined;
  private version = 0;

  answer(method: string, path: string, text: string): [number, unknown] {
    const body = text === '' ? undefined : (JSON.parse(text) as Stored);
    if (method === 'POST' && body !== undefined) {
      const at = `${path}/${body.metadata.name}`;
      if (this.all.has(at)) return [409, { message: 'already exists' }];
      this.put(at, body);
      this.made.push(body.metadata.name);
      return [201, body];
    }
    const found = this.all.get(path);
    if (found === undefined) return [404, { message: `${path} not found` }];
    if (body === undefined) {
      const read = structuredClone(found);
      this.afterRead(path);
      return [200, read];
    }
    const { resourceVersion = found.metadata.resourceVersion } = body.metadata ?? {};
    if (resourceVersion !== found.metadata.resourceVersion) {
      return [409, { message: 'the object has been modified' }];
    }
    const data = method === 'PATCH' ? { ...found.data, ...body.data } : body.data;
    return [200, this.put(path, { ...found, data })];
  }

  put(path: string, { metadata, ...rest }: Stored): Stored {
    const stored = { ...rest, metadata: { ...metadata, resourceVersion: `${++this.version}` } };
    this.all.set(path, stored);
    return stored;
  }
}

describe('the authority of a Linkerd mesh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const path = (kind: string, name: string) => `/api/v1/namespaces/linkerd/${kind}/${name}`;
  let server: HttpsServer;
  let objects: Objects;
  let env: NodeJS.ProcessEnv;

  const put = (kind: string, name: string, data: Record<string, string>) =>
    objects.put(path(kind, name), { metadata: { name }, data });
  const putSecret = (name: string, { certificate, privateKey }: Authority) =>
    put('secrets', name, {
      'tls.crt': Buffer.from(certificate).toString('base64'),
      'tls.key': Buffer.from(privateKey).toString('base64'),
    });
  const secret = (name: string): Authority => {
    const data = objects.all.get(path('secrets', name))?.data ?? {};
    const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
    return { certificate: text('tls.crt'), privateKey: text('tls.key') };
  };
  const certificate = (name: string) => new X509Certificate(secret(name).certificate);
  const roots = () =>
    objects.all.get(path('configmaps', 'linkerd-identity-trust-roots'))?.data['ca-bundle.crt'] ??
    '';
  const status = () => objects.all.get(path('configmaps', 'linkerd-authority'))?.data ?? {};
  const days = (from: number, to: number, signedBy?: Authority) =>
    newAuthority({
      name: 'made by hand',
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
      signedBy,
    });

  beforeAll(async () => {
    server = await serve((request, body) => {
      const [code, answer] = objects.answer(request.method ?? '', request.url ?? '', body);
      return { status: code, body: JSON.stringify(answer) };
    });
    writeFileSync(join(folder, 'ca.crt'), server.authority);
    writeFileSync(join(folder, 'token'), 'a-token');
    const { hostname, port } = new URL(server.url);
    env = {
      SERVICE_ACCOUNT_FOLDER: folder,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      NAMESPACE: 'linkerd',
      CONFIG_MAP: 'linkerd-authority',
      TRUST_DOMAIN: 'depot.example.com',
    };
  });
  beforeEach(() => {
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    objects = new Objects();
    put('configmaps', 'linkerd-authority', {});
  });
  afterAll(() => server.stop());

  it('makes an anchor for ten years and an issuer for one, which other programs accept', async () => {
    expect(await authority(env)).toBe(0);
    const [root, issuer] = [
      certificate('linkerd-trust-anchor'),
      certificate('linkerd-identity-issuer'),
    ];
    expect(root.subject).toBe('CN=root.linkerd.depot.example.com');
    expect(root.checkIssued(root) && root.verify(root.publicKey) && root.ca).toBe(true);
    expect(issuer.subject).toBe('CN=identity.linkerd.depot.example.com');
    expect(issuer.checkIssued(root) && issuer.verify(root.publicKey) && issuer.ca).toBe(true);
    const life = ({ validFrom, validTo }: X509Certificate) =>
      Math.round((Date.parse(validTo) - Date.parse(validFrom)) / DAY);
    expect([life(root), life(issuer)]).toEqual([3650, 365]);
    expect(roots()).toBe(root.toString());
    expect(fits(secret('linkerd-identity-issuer'))).toBe(true);
    expect(objects.all.get(path('secrets', 'linkerd-identity-issuer'))?.type).toBe(
      'kubernetes.io/tls',
    );
    expect(status()).toMatchObject({ 'issuer-ends': new Date(issuer.validTo).toISOString() });
    // The root's key is where Linkerd's controllers do not look.
    expect(objects.all.get(path('secrets', 'linkerd-identity-issuer'))?.data).not.toHaveProperty(
      'ca.key',
    );
  });

  it('changes nothing in a second run', async () => {
    await authority(env);
    const before = JSON.stringify(
      [...objects.all].filter(([at]) => !at.endsWith('linkerd-authority')),
    );
    expect(await authority(env)).toBe(0);
    expect(
      JSON.stringify([...objects.all].filter(([at]) => !at.endsWith('linkerd-authority'))),
    ).toBe(before);
  });

  it.each([
    ['after half of its life', -200, 165, true],
    ['not before', -100, 265, false],
    ['when it has ended', -400, -35, true],
  ])('makes the next issuer %s', async (_, from, to, isNew) => {
    await authority(env);
    const old = days(from, to, secret('linkerd-trust-anchor'));
    putSecret('linkerd-identity-issuer', old);
    expect(await authority(env)).toBe(0);
    expect(secret('linkerd-identity-issuer').certificate !== old.certificate).toBe(isNew);
    expect(fits(secret('linkerd-identity-issuer'))).toBe(true);
  });

  it.each([
    ['anchor', ['linkerd-trust-anchor']],
    ['anchor and roots', ['linkerd-trust-anchor', 'linkerd-identity-trust-roots']],
  ])('goes on where a run was interrupted after %s', async (_, kept) => {
    await authority(env);
    const anchor = secret('linkerd-trust-anchor').certificate;
    for (const at of [...objects.all.keys()]) {
      if (![...kept, 'linkerd-authority'].some((name) => at.endsWith(`/${name}`)))
        objects.all.delete(at);
    }
    expect(await authority(env)).toBe(0);
    expect(secret('linkerd-trust-anchor').certificate).toBe(anchor);
    expect(
      certificate('linkerd-identity-issuer').verify(certificate('linkerd-trust-anchor').publicKey),
    ).toBe(true);
  });

  it.each([
    [
      'roots',
      () =>
        put('configmaps', 'linkerd-identity-trust-roots', {
          'ca-bundle.crt': days(-1, 9).certificate,
        }),
      'ConfigMap linkerd-identity-trust-roots',
    ],
    [
      'issuer',
      () => putSecret('linkerd-identity-issuer', days(-1, 9)),
      'Secret linkerd-identity-issuer',
    ],
  ])("leaves somebody else's %s alone, and says so", async (_, given, what) => {
    given();
    const before = objects.all.size;
    expect(await authority(env)).toBe(1);
    expect(status()['problem']).toContain(
      `linkerd has the ${what} and no Secret linkerd-trust-anchor`,
    );
    expect([objects.all.size, objects.made]).toEqual([before, []]);
    // Terraform tells it.
    expect(await authority({ ...env, REPORT_ONLY: 'true' })).toBe(0);
  });

  it('rotates: the next root is trusted before it signs, and signs when its owner says so', async () => {
    await authority(env);
    const [first, issuer] = [
      certificate('linkerd-trust-anchor'),
      certificate('linkerd-identity-issuer'),
    ];
    putSecret('linkerd-trust-anchor', days(-1, 3000));
    expect(await authority(env)).toBe(0);
    const next = certificate('linkerd-trust-anchor');
    expect(roots()).toBe(`${first.toString()}${next.toString()}`);
    expect(certificate('linkerd-identity-issuer').fingerprint256).toBe(issuer.fingerprint256);
    expect(status()['warning']).toMatch(/when all pods have been restarted, delete Secret/);
    objects.all.delete(path('secrets', 'linkerd-identity-issuer'));
    expect(await authority(env)).toBe(0);
    expect(certificate('linkerd-identity-issuer').verify(next.publicKey)).toBe(true);
    expect(status()['warning']).toBeUndefined();
  });

  it.each(['linkerd-trust-anchor', 'linkerd-identity-issuer', 'linkerd-authority'])(
    'leaves the issuer of a new anchor that a later run has made, which overtakes this one after %s',
    async (read) => {
      await authority(env);
      putSecret('linkerd-identity-issuer', days(-200, 165, secret('linkerd-trust-anchor')));
      const anchor = days(-1, 3000);
      const issuer = days(-1, 300, anchor);
      objects.afterRead = (at) => {
        if (!at.endsWith(`/${read}`)) return;
        objects.afterRead = () => undefined;
        putSecret('linkerd-trust-anchor', anchor);
        putSecret('linkerd-identity-issuer', issuer);
        put('configmaps', 'linkerd-authority', { success: 'later' });
      };
      expect(await authority(env)).toBe(0);
      expect(secret('linkerd-identity-issuer').certificate).toBe(issuer.certificate);
      const { validTo } = new X509Certificate(issuer.certificate);
      expect(status()).toMatchObject({ 'issuer-ends': new Date(validTo).toISOString() });
    },
  );

  it('signs for no longer than the anchor is good, and says in time that it ends', async () => {
    const anchor = days(-3600, 50);
    putSecret('linkerd-trust-anchor', anchor);
    expect(await authority(env)).toBe(0);
    const end = new X509Certificate(anchor.certificate).validTo;
    expect(Date.parse(certificate('linkerd-identity-issuer').validTo)).toBeLessThanOrEqual(
      Date.parse(end),
    );
    expect(status()['warning']).toMatch(/the trust anchor ends on .*: rotate it/);
  });

  it('makes no other issuer where the next one would end with the anchor too', async () => {
    await authority(env);
    const notAfter = new Date(Date.now() + 10 * DAY);
    const until = (from: number, signedBy?: Authority) =>
      newAuthority({
        name: 'made by hand',
        notBefore: new Date(Date.now() + from * DAY),
        notAfter,
        signedBy,
      });
    const anchor = until(-3600);
    const issuer = until(-40, anchor);
    putSecret('linkerd-trust-anchor', anchor);
    putSecret('linkerd-identity-issuer', issuer);
    expect(await authority(env)).toBe(0);
    expect(secret('linkerd-identity-issuer').certificate).toBe(issuer.certificate);
  });

  it.each([
    ['has ended', -3650, -1, 'ended on'],
    ['does not begin before tomorrow', 1, 3650, 'begins on'],
  ])('makes nothing by an anchor that %s, and says what to do', async (_, from, to, what) => {
    await authority(env);
    const unfit = days(from, to);
    const [issuer, shown] = [days(-200, 165, unfit), roots()];
    for (const given of [issuer, undefined]) {
      putSecret('linkerd-trust-anchor', unfit);
      if (given === undefined) objects.all.delete(path('secrets', 'linkerd-identity-issuer'));
      else putSecret('linkerd-identity-issuer', given);
      expect(await authority(env)).toBe(1);
      expect(status()['problem']).toMatch(
        new RegExp(`trust anchor in Secret linkerd/linkerd-trust-anchor ${what} .*; put another`),
      );
      expect(secret('linkerd-identity-issuer').certificate).toBe(given?.certificate ?? '');
      // Nobody is told to trust it.
      expect(roots()).toBe(shown);
    }
  });

  it('says of an issuer of the former anchor that it has ended, and what to do', async () => {
    await authority(env);
    putSecret('linkerd-identity-issuer', days(-400, -35, secret('linkerd-trust-anchor')));
    putSecret('linkerd-trust-anchor', days(-1, 3000));
    expect(await authority(env)).toBe(1);
    expect(status()['problem']).toMatch(
      /the issuer ended on .*: the issuer is of another root .* delete Secret linkerd\/linkerd-identity-issuer/,
    );
  });

  it.each([
    [
      'a key of another certificate',
      () =>
        putSecret('linkerd-trust-anchor', { ...days(-1, 9), privateKey: days(-1, 9).privateKey }),
      'is not that of the certificate',
    ],
    [
      'no key',
      () => put('secrets', 'linkerd-trust-anchor', { 'tls.crt': '' }),
      'has no key tls.key',
    ],
  ])('says of %s what is wrong', async (_, given, message) => {
    given();
    expect(await authority(env)).toBe(1);
    expect(status()['problem']).toContain(message);
  });

  it('is a program whose files are all in its ConfigMap', () => {
    const files = programFiles('authority-main.ts');
    const imported = Object.values(files).flatMap((text) =>
      [...text.matchAll(/ from '\.\/([^']+)'/g)].map(([, name = '']) => name),
    );
    expect(imported.filter((name) => !(name in files))).toEqual([]);
    expect(Object.keys(files)).not.toContain('sync.ts');
  });
});
