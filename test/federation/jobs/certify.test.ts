import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { renewCertificate, secondsToNext } from '../../../constructs/federation/jobs/certify';
import { decoded, encoded } from '../../../constructs/federation/jobs/grpc';
import { programFiles } from '../../../constructs/federation/deploy/trust/programs';

const IDENTITY = 'orders-outbound.borders.serviceaccount.identity.linkerd.example.com';

/** What the stand-in of the identity controller answers, after its source; the real one is no part of this. */
interface Controller {
  readonly status: string;
  readonly message?: string;
  /** Fields of the answer, made of the request. */
  answer(request: x509.Pkcs10CertificateRequest): Promise<readonly (readonly [number, Buffer])[]>;
}

describe('the certificate of a border in Linkerd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certify-'));
  const file = join(folder, 'certificate.pem');
  const asked: { identity: string; token: string; names: string[]; valid: boolean }[] = [];
  let controller: Controller;
  let server: http2.Http2Server;
  let env: NodeJS.ProcessEnv;
  let issuer: x509.X509Certificate;
  let issuerKeys: webcrypto.CryptoKeyPair;

  /** Linkerd's issuer signs what the request says. */
  const leafFor = (request: x509.Pkcs10CertificateRequest, name = IDENTITY) =>
    x509.X509CertificateGenerator.create({
      subject: '',
      issuer: issuer.subject,
      publicKey: request.publicKey,
      signingKey: issuerKeys.privateKey,
      notBefore: new Date(Date.now() - 20_000),
      notAfter: new Date(Date.now() + 24 * 3600_000),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    });

  const good: Controller = {
    status: '0',
    answer: async (request) => [
      [1, Buffer.from((await leafFor(request)).rawData)],
      [2, Buffer.from(issuer.rawData)],
      // valid_until, a message of its own.
      [3, Buffer.from('0880a5c9cb06', 'hex')],
    ],
  };

  beforeAll(async () => {
    x509.cryptoProvider.set(webcrypto);
    issuerKeys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    issuer = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=identity.linkerd.example.com',
      keys: issuerKeys,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    server = http2.createServer();
    server.on('stream', (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        void (async () => {
          const frame = Buffer.concat(parts);
          const fields = new Map(decoded(frame.subarray(5)));
          const request = new x509.Pkcs10CertificateRequest(fields.get(3) ?? Buffer.alloc(0));
          const names = request.extensions.find(
            (one): one is x509.SubjectAlternativeNameExtension =>
              one instanceof x509.SubjectAlternativeNameExtension,
          )?.names.items;
          asked.push({
            identity: String(fields.get(1)),
            token: String(fields.get(2)),
            names: names?.map(({ type, value }) => `${type} ${value}`) ?? [],
            valid: await request.verify(),
          });
          const trailers = {
            'grpc-status': controller.status,
            ...(controller.message && { 'grpc-message': controller.message }),
          };
          const type = { 'content-type': String(headers['content-type']) };
          if (controller.status !== '0') {
            stream.respond({ ':status': 200, ...type, ...trailers }, { endStream: true });
            return;
          }
          const message = encoded(await controller.answer(request));
          const head = Buffer.alloc(5);
          head.writeUInt32BE(message.length, 1);
          stream.respond({ ':status': 200, ...type }, { waitForTrailers: true });
          stream.on('wantTrailers', () => stream.sendTrailers(trailers));
          stream.end(Buffer.concat([head, message]));
        })();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'token'), 'a-token\n');
    env = {
      IDENTITY,
      IDENTITY_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TOKEN_FILE: join(folder, 'token'),
      CERTIFICATE_FILE: file,
    };
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    controller = good;
    asked.length = 0;
  });

  it('is asked for by a signed request with its one name, and its token', async () => {
    await renewCertificate(env);
    expect(asked).toEqual([
      { identity: IDENTITY, token: 'a-token', names: [`dns ${IDENTITY}`], valid: true },
    ]);
  });

  it('lies with its intermediates and its key in one file that nobody else reads', async () => {
    const ends = await renewCertificate(env);
    const text = readFileSync(file, 'utf8');
    const [leaf = '', second = '', ...others] =
      text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    expect(others).toEqual([]);
    expect(new X509Certificate(leaf).subjectAltName).toBe(`DNS:${IDENTITY}`);
    expect(new X509Certificate(leaf).checkIssued(new X509Certificate(second))).toBe(true);
    const key = /-----BEGIN PRIVATE KEY-----[\s\S]+/.exec(text)?.[0] ?? '';
    expect(createPublicKey(key).equals(new X509Certificate(leaf).publicKey)).toBe(true);
    expect(ends.getTime() - Date.now()).toBeGreaterThan(23 * 3600_000);
  });

  it('is another key each time', async () => {
    await renewCertificate(env);
    const before = readFileSync(file, 'utf8');
    await renewCertificate(env);
    expect(readFileSync(file, 'utf8')).not.toBe(before);
  });

  it.each<[string, Controller, string]>([
    [
      'refused',
      { ...good, status: '9', message: 'requested%20identity%20did%20not%20match' },
      'gRPC status 9 requested identity did not match',
    ],
    ['without a certificate', { ...good, answer: () => Promise.resolve([]) }, 'no certificate'],
    [
      'for somebody else',
      {
        ...good,
        answer: async (request) => [[1, Buffer.from((await leafFor(request, 'x.y')).rawData)]],
      },
      'is for DNS:x.y, not for',
    ],
    [
      'for another key',
      {
        ...good,
        answer: async () => {
          const keys = await webcrypto.subtle.generateKey(
            { name: 'ECDSA', namedCurve: 'P-256' },
            true,
            ['sign', 'verify'],
          );
          const other = await x509.Pkcs10CertificateRequestGenerator.create({
            keys,
            signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
          });
          return [[1, Buffer.from((await leafFor(other)).rawData)]];
        },
      },
      'is for another key',
    ],
  ])('%s leaves the one before in place, and says why', async (_, answering, reason) => {
    await renewCertificate(env);
    const before = readFileSync(file, 'utf8');
    controller = answering;
    await expect(renewCertificate(env)).rejects.toThrow(reason);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each([
    ['a day', 24, 0.7 * 24 * 3600],
    ['a quarter of a year, at least once a day', 90 * 24, 24 * 3600],
    ['a past that is over, with a pause', -1, 60],
  ])('is renewed in time when it lives for %s', (_, hours, seconds) => {
    const now = new Date();
    expect(secondsToNext(new Date(now.getTime() + hours * 3600_000), now)).toBeCloseTo(seconds);
  });

  it('is got by the very program that a border mounts, on plain Node.js', async () => {
    const program = mkdtempSync(join(tmpdir(), 'certify-program-'));
    for (const [name, text] of Object.entries(programFiles('certify-main.ts'))) {
      writeFileSync(join(program, name), text.replaceAll('$${', '${').replaceAll('%%{', '%{'));
    }
    // Nobody listens there: it says so, and goes on trying until it is told to end.
    const child = spawn(process.execPath, [join(program, 'certify-main.ts')], {
      env: { ...env, IDENTITY_SERVER: 'http://127.0.0.1:1', PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGTERM');
    expect(said.toString()).toContain('ECONNREFUSED');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
