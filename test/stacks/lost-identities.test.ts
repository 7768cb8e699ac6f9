import { expect, test } from '@jest/globals';
import { lostIdentityNotices } from '../../stacks/lost-identities';
import { temporaryFolder, writeFile } from '../helpers/files';

/*
 * The states are as OpenTofu 1.12 writes them with the kubernetes provider 2.38: after a create that timed
 * out, and after one that succeeded.
 */

const resource = (name: string, identity: object | undefined, status?: string) => ({
  mode: 'managed',
  type: 'kubernetes_deployment_v1',
  name,
  provider: 'provider["registry.terraform.io/hashicorp/kubernetes"]',
  instances: [{ status, schema_version: 1, attributes: {}, identity, identity_schema_version: 1 }],
});
const whole = { api_version: 'apps/v1', kind: 'Deployment', name: 'border', namespace: 'default' };
const lost = { api_version: null, kind: null, name: null, namespace: null };

const folder = temporaryFolder();
const local = { kind: 'local', directory: folder } as const;
const state = (stack: string, ...resources: object[]) =>
  writeFile(folder, `${stack}.tfstate`, JSON.stringify({ version: 4, resources }));

test('Who deploys again hears of resources that Terraform would stop at, and what to do', () => {
  state('one', resource('border', lost, 'tainted'), resource('good', whole));
  state('two', resource('good', whole), resource('older', undefined));
  writeFile(folder, 'three.tfstate', 'half-writ');
  expect(lostIdentityNotices(['one', 'two', 'three', 'four'], local)).toEqual([
    expect.stringMatching(
      /^one: the create of kubernetes_deployment_v1\.border timed out, .*TF_CLI_ARGS_apply=-refresh=false/,
    ),
  ]);
});

test('State elsewhere is not read', () => {
  const s3 = { kind: 's3', bucket: 'some-bucket', prefix: 'mesh-federation' } as const;
  expect(lostIdentityNotices(['one'], s3)).toEqual([]);
});
