import { beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, type ConfigInput, defineConfig } from '../../config';
import { temporaryFolder, writeFile } from '../support/files';
import { certificate } from '../support/roots';

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

function trust(settings: NonNullable<NonNullable<ConfigInput['federation']>['trust']>) {
  return defineConfig({ profile: 'emulated', federation: { trust: settings } });
}

function problems(settings: Parameters<typeof trust>[0]): readonly string[] {
  try {
    trust(settings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the exchange of roots', () => {
  it('leaves each mesh its own authority, and nobody has to be told', () => {
    const { config, notices } = trust({});
    expect(config.federation.trust).toEqual({ authorities: 'own', roots: {} });
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

  it('refuses roots beside a shared one', () => {
    expect(problems({ authorities: 'shared', roots: { istio: good } })).toEqual([
      'federation.trust.roots.istio: is given beside authorities: shared, whose root is trusted; leave one of them out',
    ]);
  });
});
