import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../config';
import { readRoots } from '../../constructs/federation/plan/roots-file';
import { AUTHORITIES, OTHER_FORMS } from '../federation/jobs/authorities';
import { temporaryFolder, writeFile } from '../helpers/files';
import { certificate } from '../helpers/roots';
import { mistakesOf } from '../helpers/mistakes';

const folder = temporaryFolder();
let good: string;
let withKey: string;
let expired: string;

beforeAll(async () => {
  const root = await certificate();
  good = writeFile(folder, 'good.pem', root.pem);
  withKey = writeFile(folder, 'with-key.pem', root.pem + root.key);
  expired = writeFile(folder, 'expired.pem', (await certificate({ expiresInDays: -1 })).pem);
});

const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const swapped = (text: string) => utf16(text).swap16();

function trust(settings: NonNullable<NonNullable<ConfigInput['federation']>['trust']>) {
  return defineConfig({ profile: 'emulated', federation: { trust: settings } });
}

function problems(settings: Parameters<typeof trust>[0]): readonly string[] {
  return mistakesOf(() => trust(settings));
}

describe('the exchange of roots', () => {
  it('leaves each mesh its own authority, and nobody has to be told', () => {
    const { config, notices } = trust({});
    expect(config.federation.trust).toEqual({ authorities: 'own', roots: {}, distrusted: [] });
    expect(notices.join()).not.toMatch(/private key/);
  });

  it.each(['generated', 'shared'] as const)(
    'says loudly what %s authorities cost',
    (authorities) => {
      expect(trust({ authorities }).notices).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^federation.trust.authorities is ${authorities}: the private keys .* in Terraform's`,
          ),
        ),
      );
    },
  );

  it('takes roots that are given', () => {
    expect(trust({ roots: { consul: good } }).config.federation.trust.roots).toEqual({
      consul: good,
    });
  });

  it('refuses roots of a mesh that another one has, where the one calls the other', async () => {
    const other = writeFile(folder, 'other.pem', (await certificate({ name: 'other' })).pem);
    expect(problems({ roots: { istio: good, consul: other } })).toEqual([]);
    expect(problems({ roots: { istio: good, consul: good } })).toEqual([
      expect.stringMatching(
        /^federation\.trust\.roots\.consul: [0-9A-F:]+, beside the roots of istio: it is our own mesh's root/,
      ),
    ]);
  });

  it('refuses all that is wrong at once', () => {
    expect(
      problems({
        schedule: 'hourly',
        keepWithdrawnDays: 1,
        roots: { istio: `${folder}/none.pem`, consul: withKey },
      }),
    ).toEqual([
      `federation.trust.roots.istio: ${folder}/none.pem does not exist; must be a PEM file with the roots of the mesh`,
      `federation.trust.roots.consul: ${withKey} is no file of roots: a private key is in it: whoever could read it can sign identities`,
      expect.stringMatching(/^federation\.trust\.schedule: is "hourly"; must be five fields/),
      expect.stringMatching(/^federation\.trust\.keepWithdrawnDays: is 1; must be 3 at least/),
    ]);
    expect(problems({ roots: { istio: expired } })).toEqual([
      expect.stringMatching(
        /expired\.pem is no file of roots: .*it expired on .*no root in it is valid/,
      ),
    ]);
  });

  it('takes roots in the forms in which people have them', async () => {
    const [one, other] = await Promise.all([certificate(), certificate()]);
    const glued = `${one.pem.trim()}${other.pem.trim()}`;
    const forms = {
      'with a byte order mark': `\uFEFF${one.pem}${other.pem}`,
      'glued together': glued,
      'with CRLF': `${one.pem}${other.pem}`.replace(/\n/g, '\r\n'),
      indented: `${one.pem}${other.pem}`.replace(/^/gm, '    '),
      'with what openssl -text prints': `Certificate:\n    Data:\n        Version: 3 (0x2)\n${one.pem}${other.pem}`,
      'with bag attributes': `Bag Attributes\n    friendlyName: root\nsubject=/CN=root\n${one.pem}${other.pem}`,
      'with the old label': `${one.pem}${other.pem}`.replace(/CERTIFICATE/g, 'X509 CERTIFICATE'),
    };
    for (const [name, text] of Object.entries(forms)) {
      const file = writeFile(folder, `${name}.pem`, text);
      expect(problems({ roots: { istio: file } })).toEqual([]);
      const passedOn = readRoots(file);
      expect([name, passedOn.match(/-----BEGIN CERTIFICATE-----\n/g)?.length]).toEqual([name, 2]);
      expect([name, passedOn.match(/-----END CERTIFICATE-----\n/g)?.length]).toEqual([name, 2]);
      expect(
        passedOn.split('\n').every((line) => /^(-----.*-----|[A-Za-z0-9+/=]*)$/.test(line)),
      ).toBe(true);
    }
    // As PowerShell writes it.
    for (const bytes of [utf16, swapped]) {
      writeFileSync(`${folder}/utf16.pem`, bytes(`\uFEFF${one.pem.replace(/\n/g, '\r\n')}`));
      expect(readRoots(`${folder}/utf16.pem`)).toBe(one.pem);
    }
    const der = Buffer.from(one.pem.replace(/-----.*-----|\n/g, ''), 'base64');
    writeFileSync(`${folder}/root.cer`, der);
    expect(readRoots(`${folder}/root.cer`)).toBe(one.pem);
  });

  it('leaves an expired one out of what it passes on', () => {
    const mixed = readFileSync(expired, 'utf8') + readFileSync(good, 'utf8');
    expect(readRoots(writeFile(folder, 'mixed.pem', mixed))).toBe(readFileSync(good, 'utf8'));
  });

  it.each<[string, string | Buffer, string]>([
    // Nothing says that it is UTF-16.
    ['in UTF-16 without its mark', Buffer.from(AUTHORITIES.p384, 'utf16le'), 'binary or UTF-16'],
    [
      'copied out of JSON',
      AUTHORITIES.p384.replaceAll('\n', '\\n'),
      'cannot be read: line ends are written as "\\n" in it',
    ],
    ['without anything in it', ' \r\n', 'it is empty'],
    [
      'with a request for a certificate',
      AUTHORITIES.p384.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
      'it has a CERTIFICATE REQUEST, not only certificates',
    ],
    [
      'with lower-case marks',
      AUTHORITIES.p384.replace(/-----.*-----/g, (mark) => mark.toLowerCase()),
      'it is not PEM',
    ],
    [
      'in PKCS #7',
      OTHER_FORMS.pkcs7,
      'it has a PKCS7, not only certificates: "openssl pkcs7 -print_certs',
    ],
    [
      'with settings of OpenSSL',
      OTHER_FORMS.trusted,
      'it has a TRUSTED CERTIFICATE, not only certificates',
    ],
    ['with a certificate cut off', AUTHORITIES.p384.slice(0, -30), 'no beginning or no end'],
    ['with four dashes', AUTHORITIES.p384.replace(/^-/, ''), 'no beginning or no end'],
  ])('refuses a file %s, and says what to do', (_, content, message) => {
    const file = `${folder}/refused.pem`;
    writeFileSync(file, content);
    expect(problems({ roots: { istio: file } })).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    'rsa1024',
    'rsasha1',
    'rsamd5',
    'psssha1',
    'ecsha1',
    'p224',
    'k256',
    'ed448',
    'dsa',
  ] as const)('refuses the weak root %s', (kind) => {
    const file = writeFile(folder, `${kind}.pem`, AUTHORITIES[kind]);
    expect(problems({ roots: { istio: file } })).toEqual([
      expect.stringMatching(/is no file of roots: [0-9A-F:]+: (its (RSA )?key|it is signed by)/),
    ]);
  });

  it.each(['pss256', 'ed25519', 'p384'] as const)('takes the strong root %s', (kind) => {
    expect(readRoots(writeFile(folder, `${kind}.pem`, AUTHORITIES[kind]))).toBe(AUTHORITIES[kind]);
  });

  it('refuses a root that is distrusted as well, and a fingerprint that is none', async () => {
    const { pem, fingerprint } = await certificate();
    const file = writeFile(folder, 'distrusted.pem', pem);
    const spelling = fingerprint.replace(/:/g, '').toLowerCase();
    expect(problems({ roots: { istio: file }, distrusted: [spelling] })).toEqual([
      `federation.trust.roots.istio: ${file} is no file of roots: ${fingerprint}: it is distrusted`,
    ]);
    expect(problems({ distrusted: ['AA:BB', fingerprint] })).toEqual([
      expect.stringMatching(
        /^federation\.trust\.distrusted\[0\]: is "AA:BB"; must be a SHA-256 fingerprint/,
      ),
    ]);
  });

  it('says what a slow schedule costs', () => {
    expect(trust({ schedule: '0 3 * * *' }).notices.join()).not.toMatch(/schedule/);
    expect(trust({ schedule: '@weekly' }).notices).toContainEqual(
      expect.stringMatching(
        /^federation.trust.schedule is "@weekly": up to 7 days pass until a new root/,
      ),
    );
  });

  it('refuses roots beside a shared one', () => {
    expect(problems({ authorities: 'shared', roots: { istio: good } })).toEqual([
      'federation.trust.roots.istio: is given beside authorities: shared, whose root is trusted; leave one of them out',
    ]);
  });
});
