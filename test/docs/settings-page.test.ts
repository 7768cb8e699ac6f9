import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../config';
import { ROOT } from '../../support/paths';
import { MESHES, SAMPLE, settingsPage } from '../../support/settings/page';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();
const page = settingsPage();

/** Cells of the tables' rows, without their heads. */
const rows = page
  .split('\n')
  .filter((line) => /^\| `\w+\./.test(line))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('The page of settings', () => {
  test('is as the schema has it; `npm run docs` makes it', () => {
    expect(readFileSync(path.join(ROOT, 'docs', 'settings.md'), 'utf8')).toBe(page);
  });

  test('starts with a file that works', () => {
    writeFile(folder, 'federation.yaml', SAMPLE);
    const { config, profile } = loadConfig({ folder, env: {} });
    expect(profile).toBe('default');
    expect(config.aws.accountId).toBe('111122223333');
    expect(config.eks.endpoint.publicCidrs).toEqual(['203.0.113.7/32']);
  });

  test('shows meshes with names of their own', () => {
    writeFile(folder, 'federation.yaml', SAMPLE + MESHES);
    const { config } = loadConfig({ folder, env: {} });
    expect(
      Object.entries(config.meshes).map(([name, { kind, cluster }]) => [name, kind, cluster]),
    ).toEqual([
      ['shop', 'istio', 'shop'],
      ['depot', 'istio', 'berlin'],
      ['bank', 'consul', 'bank'],
    ]);
    expect(page).toContain(MESHES);
  });

  test('says of each setting what it means and what it may be', () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(([, , meaning, allowed]) => meaning === '' || allowed === '')).toEqual([]);
  });

  test.each([
    ['`aws.region`', '`"eu-north-1"`', 'the name of a region, such as eu-north-1'],
    [
      '`state.bucket`',
      'must be set',
      'the name of a bucket: 3 to 63 lower case letters, digits, "-" and "."',
    ],
    [
      '`network.nat`',
      'one, but none where the nodes are in public subnets',
      '`one`, `per-zone`, `none`',
    ],
    ['`eks.nodeGroups[].diskGiB`', '`30`', 'whole number, 20 to 16384'],
    [
      '`federation.borders.limits.connectionSeconds`',
      '3600',
      'whole number, 1 to 2592000; 2592000 at most, which is 30 days',
    ],
    ['`accessPolicy.meshes.istio.services.<name>.standIn`', 'the key', 'text'],
  ])('%s has the default %s, and is %s', (setting, standard, allowed) => {
    const row = rows.find(([name]) => name === setting);
    expect([row?.[1], row?.[3]]).toEqual([standard, allowed]);
  });
});
