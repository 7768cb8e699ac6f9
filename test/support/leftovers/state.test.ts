import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { type Known, knownStates } from '../../../support/leftovers/state';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();

/** What is known of states in a folder, by the names of its files. */
function known(files: Readonly<Record<string, string>>): Promise<Known> {
  const directory = mkdtempSync(path.join(folder, 'state-'));
  for (const [name, text] of Object.entries(files)) writeFile(directory, name, text);
  return inFolder(directory);
}

function inFolder(directory: string): Promise<Known> {
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    state: { kind: 'local', directory },
  });
  return knownStates(config, () => {
    throw new Error('there is no bucket');
  });
}

const state = (...resources: readonly object[]) => JSON.stringify({ version: 4, resources });
const managed = (...attributes: readonly object[]) => ({
  mode: 'managed',
  instances: attributes.map((of) => ({ attributes: of })),
});

describe('What the states know', () => {
  it('is what they manage, each instance of it by id and ARN, and not what they only looked up', async () => {
    const { managedBy, stacks, locked } = await known({
      'istio-cluster.tfstate': state(
        managed({ id: 'vpc-1', arn: 'arn:vpc-1' }, { id: 'vpc-2', arn: '' }),
        managed({ id: 'subnet-1' }),
        { ...managed({ id: 'vpc-theirs' }), mode: 'data' },
      ),
      'consul-cluster.tfstate': state(),
      'istio-cluster.tfstate.backup': state(managed({ id: 'vpc-old' })),
      // Names of nothing.
      'notes.tfstate.tflock.txt': '',
      'x.tfstate.lock.info': '',
    });
    expect(Object.fromEntries(managedBy)).toEqual({
      'vpc-1': 'istio-cluster',
      'arn:vpc-1': 'istio-cluster',
      'vpc-2': 'istio-cluster',
      'subnet-1': 'istio-cluster',
    });
    expect([...stacks].sort()).toEqual(['consul-cluster', 'istio-cluster']);
    expect(locked).toEqual([]);
  });

  it('is nothing where there is no folder yet, or Terraform has only begun', async () => {
    const none = await inFolder(path.join(folder, 'none'));
    expect([none.stacks.size, none.managedBy.size]).toEqual([0, 0]);
    const begun = await known({ 'istio-cluster.tfstate': '' });
    expect([[...begun.stacks], begun.managedBy.size]).toEqual([['istio-cluster'], 0]);
  });

  it('is told with what is locked, of whichever stack', async () => {
    const { locked, stacks } = await known({
      'istio-cluster.tfstate': state(),
      '.istio-cluster.tfstate.lock.info': '{}',
      '.federation.tfstate.lock.info': '{}',
    });
    expect(locked.map((file) => path.basename(file)).sort()).toEqual([
      '.federation.tfstate.lock.info',
      '.istio-cluster.tfstate.lock.info',
    ]);
    expect([...stacks]).toEqual(['istio-cluster']);
  });

  it.each([
    ['is cut off', '{"version": 4, "resou', /istio-cluster\.tfstate is no state .*it is no JSON/],
    [
      'is encrypted',
      '{"serial": 3, "lineage": "a", "meta": {}, "encrypted_data": "AA==", "encryption_version": "v0"}',
      /istio-cluster\.tfstate has no list of resources: it is encrypted/,
    ],
    ['is no map', '[]', /has no list of resources/],
    [
      'is of another form',
      '{"version": 3, "modules": [], "resources": {}}',
      /no list of resources/,
    ],
  ])('is not guessed where a state %s', async (_, text, message) => {
    const found = known({ 'consul-cluster.tfstate': state(), 'istio-cluster.tfstate': text });
    await expect(found).rejects.toThrow(message);
    await expect(found).rejects.toThrow(/nothing is deleted/);
  });
});
