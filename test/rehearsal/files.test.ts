import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BundleFile, CertificateFiles } from '../../rehearsal/files';
import { temporaryFolder } from '../helpers/files';

const folder = temporaryFolder();

it('replaces a bundle as the kubelet replaces a mounted ConfigMap', () => {
  const bundle = new BundleFile(join(folder, 'bundle'));
  bundle.write('old');
  expect(readFileSync(bundle.path, 'utf8')).toBe('old');
  bundle.write('new');
  expect(readFileSync(bundle.path, 'utf8')).toBe('new');
  // The file itself stays the same link: what moves is ..data.
  expect(readlinkSync(bundle.path)).toBe('..data/roots.pem');
  expect(readdirSync(bundle.directory).sort()).toEqual(['..2', '..data', 'roots.pem']);
});

it('replaces certificate files by rename', () => {
  const files = new CertificateFiles(join(folder, 'certificate'));
  files.write({ chain: 'chain', key: 'key' });
  files.replace('cert-chain.pem', 'half');
  expect(files.read().toString()).toBe('half');
  expect(readFileSync(files.key, 'utf8')).toBe('key');
  expect(readdirSync(files.directory).sort()).toEqual([
    'cert-chain.pem',
    // Both in one, for borders in Consul.
    'certificate.pem',
    'key.pem',
  ]);
  expect(readFileSync(files.whole, 'utf8')).toBe('halfkey');
});
