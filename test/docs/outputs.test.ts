import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';
import { meshFederation } from '../helpers/cli';
import { onDay } from '../helpers/clock';
import { temporaryFolder, writeFile } from '../helpers/files';
import { shown } from '../helpers/pages';
import { certificate } from '../helpers/roots';

/*
 * What pages show of a command is what the command prints. Those that take long are held by the tests that
 * run them anyway (test/e2e); those that need a cluster or AWS are shown as they were when they were run.
 */

// The pages show dates that are ahead.
onDay('2026-11-29');

const folder = temporaryFolder();
const sample = writeFile(
  folder,
  'federation.yaml',
  'aws: { region: us-east-1 }\neks: { endpoint: { publicCidrs: [203.0.113.7/32] } }\n',
);

test.each([
  ['docs/access-policy.md', 'Who may call what', 'policy'],
  ['docs/commands.md', 'Usage: mesh-federation', '--help'],
  ['docs/commands.md', 'docker.io/istio/pilot', 'images'],
  ['docs/cost.md', 'USD, by prices', 'cost'],
  ['docs/deployer-policy.md', '{', 'iam'],
  ['docs/observability.md', '---', 'observability --mesh consul --namespace monitoring'],
  ['docs/upgrades.md', 'Versions on', 'versions --offline'],
])('%s shows what the command prints: %s', async (page, begins, words) => {
  const env = { FEDERATION_CONFIG: sample, NO_COLOR: '1' };
  const { status, stdout } = await meshFederation(words.split(' '), env);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(shown(page, begins)),
  });
});

test('docs/two-organisations.md shows what an offer is followed by', async () => {
  for (const file of ['federation.yaml', 'bank.offer.yaml']) {
    const from = path.join(ROOT, 'examples', 'two-organisations', 'shop', file);
    copyFileSync(from, path.join(folder, `shop-${file}`));
  }
  const settings = readFileSync(path.join(folder, 'shop-federation.yaml'), 'utf8');
  const FEDERATION_CONFIG = writeFile(
    folder,
    'shop.yaml',
    settings.replace('bank.offer.yaml }', 'shop-bank.offer.yaml }'),
  );
  const { pem } = await certificate({ name: 'shop' });
  const output = path.join(folder, 'shop.offer.yaml');
  const { status, stdout, stderr } = await meshFederation(
    ['offer', '--mesh', 'shop', '--roots', writeFile(folder, 'roots.pem', pem), '--output', output],
    { FEDERATION_CONFIG, NO_COLOR: '1' },
  );
  expect(status).toBe(0);
  expect((stdout + stderr).replaceAll(`${folder}/`, '')).toMatch(
    shown('docs/two-organisations.md', 'Send shop.offer.yaml'),
  );
});
