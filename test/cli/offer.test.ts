import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  type Offer,
  offerFingerprint,
  offerOf,
  offerText,
  readOffer,
} from '../../constructs/federation/plan';
import { consulMember } from '../../support/policy/installed-meshes';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';
import { certificate } from '../helpers/roots';

const folder = temporaryFolder();

function offer(...args: readonly string[]) {
  const settings = writeFile(folder, 'federation.yaml', '{}');
  return meshFederation(['offer', ...args], {
    FEDERATION_CONFIG: settings,
    FEDERATION_PROFILE: 'default',
  });
}

/** What both have agreed on. */
const AGREED = {
  meshes: {
    shop: { kind: 'istio', services: { checkout: {} } },
    bank: { kind: 'consul', services: { payments: {} } },
  },
  rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
} satisfies AccessPolicy;

/** The settings of somebody with a partner. */
const HALF = `
meshes:
  shop: { kind: istio, trustDomain: shop.example.com, gateway: { address: mesh.shop.example.com } }
  bank: { kind: consul, partner: bank.offer.yaml }
clusters: { shop: { kind: kubeconfig, path: none, context: shop } }
accessPolicy:
  meshes: { shop: { services: { checkout: {} } }, bank: { services: { payments: {} } } }
  rules: [{ from: shop/checkout, to: bank/payments }]
`;

describe('With a partner in the settings, npm run offer', () => {
  const settings = writeFile(folder, 'half/federation.yaml', HALF);
  const write = (...args: readonly string[]) =>
    meshFederation(['offer', ...args], { FEDERATION_CONFIG: settings });
  let roots: string;
  beforeAll(async () => {
    roots = writeFile(folder, 'shop.pem', (await certificate()).pem);
  });

  it('needs no more than is in them, and says who has to do what', async () => {
    const { status, stdout, stderr } = await write('--roots', roots);
    expect(status).toBe(0);
    const offer = readOffer(stdout);
    expect(offer).toMatchObject({ mesh: 'shop', gateway: 'mesh.shop.example.com' });
    expect(Object.keys(offer.policy)).toEqual(['bank']);
    expect(stderr).toContain('Send it to bank.');
    expect(stderr).toContain(join(folder, 'half', 'bank.offer.yaml'));
    expect(stderr).toContain('Until then all but the stack federation can be deployed');
  });

  it('names the stack of a further federation, from whose file nothing else is deployed', async () => {
    const further = writeFile(
      folder,
      'further/federation.yaml',
      `federation: { name: depot }\nweather: { enabled: false }\n${HALF}`,
    );
    const { stderr } = await meshFederation(['offer', '--roots', roots], {
      FEDERATION_CONFIG: further,
    });
    expect(stderr).toContain(
      'Until then there is nothing to deploy: the stack federation-depot waits for it.',
    );
  });

  it('knows what the partner has seen', async () => {
    const { stdout } = await write('--roots', roots);
    const own = readOffer(stdout);
    const { pem } = await certificate({ name: 'bank' });
    const theirs = (seen: readonly Offer[], meshes = AGREED.meshes) =>
      writeFile(
        folder,
        'half/bank.offer.yaml',
        offerText(
          offerOf({
            policy: { ...AGREED, meshes },
            mesh: 'bank',
            member: consulMember(),
            gateway: 'mesh.bank.example.com',
            roots: pem,
            received: Object.fromEntries(seen.map((one) => [one.mesh, one])),
          }),
          'yaml',
        ),
      );
    const said = async () => (await write('--roots', roots)).stderr;
    theirs([]);
    expect(await said()).toContain('which had none of yours when it wrote its own');
    theirs([{ ...own, gateway: 'former.example.com' }]);
    expect(await said()).toContain('which had another of yours when it wrote its own');
    theirs([own]);
    expect(await said()).toBe(
      'bank has this offer, and both policies are the same: deploy federation.\n',
    );
    theirs([own], {
      ...AGREED.meshes,
      bank: { kind: 'consul', services: { payments: { port: 81 } } },
    });
    expect(await said()).toContain('it has all of it but your policy, which is not the same');
  });

  it('says all mistakes in the options at once, and as theirs', async () => {
    const { status, stdout, stderr } = await write(
      ...['--roots', roots, '--gateway', 'localhost', '--sources', '203.0.113.7/24'],
      ...['--endpoint', 'http://mesh.example.com', '--partner', 'bnk', 'shop'],
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      '--partner: the policy has no mesh "bnk"; there are: bank',
      expect.stringMatching(/^--partner: has shop, whose own offer it is/),
      expect.stringMatching(/^--gateway: localhost leads each pod to itself/),
      expect.stringMatching(
        /^--endpoint: is "http:\/\/mesh\.example\.com"; must be such as https:/,
      ),
      expect.stringMatching(/^--sources: 203\.0\.113\.7\/24 has bits set/),
    ]);
  });

  it('says them before it asks a cluster, also where the mesh or a file is one of them', async () => {
    const { status, stderr } = await write(
      ...['--mesh', 'shp', '--roots', join(folder, 'no-such.pem'), '--gateway', 'localhost'],
      ...['--sources', '203.0.113.7/24', '--endpoint-authority', join(folder, 'no-such.pem')],
    );
    expect(status).toBe(2);
    expect(stderr.split('\n').filter((line) => line.startsWith('--'))).toEqual([
      '--endpoint-authority: says nothing without --endpoint; add it',
      '--mesh: there is no mesh "shp"; there are: shop',
      expect.stringMatching(/^--roots: .*no-such\.pem does not exist/),
      expect.stringMatching(/^--endpoint-authority: .*no-such\.pem does not exist/),
      expect.stringMatching(/^--gateway: localhost leads each pod to itself/),
      expect.stringMatching(/^--sources: 203\.0\.113\.7\/24 has bits set/),
    ]);
    // Without --roots its cluster would be asked.
    const unasked = await write('--gateway', 'localhost');
    expect(unasked.stderr).toMatch(/^--gateway: localhost leads each pod to itself.*\n$/);
  });

  it('says in plain words that a file is not there', async () => {
    const { stderr } = await write(
      ...['--roots', roots, '--endpoint', 'https://mesh.example.com'],
      ...['--endpoint-authority', join(folder, 'no-such.pem')],
    );
    expect(stderr).toMatch(/^--endpoint-authority: .*no-such\.pem does not exist\.\n/);
  });

  it('has all of it compared, also from where later roots come', async () => {
    const compared = async (...args: readonly string[]) => {
      const { stdout, stderr } = await write('--roots', roots, ...args);
      const fingerprint = offerFingerprint(readOffer(stdout));
      expect(stderr).toContain(
        `Compare by another way than the one it goes: offer ${fingerprint},`,
      );
      return fingerprint;
    };
    expect(await compared('--endpoint', 'https://mesh.example.com')).not.toBe(await compared());
  });

  it('writes none for the mesh of the partner', async () => {
    const { status, stderr } = await write('--mesh', 'bank', '--roots', roots);
    expect(status).not.toBe(0);
    expect(stderr).toContain("--mesh: bank is a partner's, who writes that offer; yours are: shop");
  });
});

describe('npm run offer', () => {
  it('writes what the other half reads', async () => {
    const { pem, fingerprint } = await certificate();
    const roots = writeFile(folder, 'roots.pem', pem);
    const file = join(folder, 'istio.offer.json');
    const gateway = 'mesh.example.com';
    const written = await offer(
      ...['--mesh', 'istio', '--gateway', gateway, '--roots', roots, '--output', file],
    );
    expect(written).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const read = readOffer(readFileSync(file, 'utf8'));
    expect(read).toMatchObject({ mesh: 'istio', gateway, roots: [{ fingerprint }] });
    expect(Object.keys(read.policy)).toEqual(['consul']);
    expect(Object.keys(read.policy['consul']?.lines ?? {})).toContain(
      'istio/backend -> consul/info: requests',
    );
  });

  it('writes nothing where something is wrong', async () => {
    const file = join(folder, 'none.json');
    const roots = join(folder, 'no-such.pem');
    const { status, stderr } = await offer(
      ...['--mesh', 'istio', '--gateway', 'localhost', '--roots', roots, '--output', file],
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('--roots:');
    expect(existsSync(file)).toBe(false);
  });
});
