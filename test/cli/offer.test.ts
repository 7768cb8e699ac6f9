import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readOffer } from '../../constructs/federation/plan';
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
