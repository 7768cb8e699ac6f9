import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { planStack } from '../../support/terraform/plan';
import { checkTerraform, isMissing } from '../../support/programs/prerequisites';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

/** Terraform's built-in provider, which needs no download, in the place of two clusters' Kubernetes. */
const PROVIDERS = { terraform: [{ alias: 'istio' }, { alias: 'consul' }] };

function stack(notes: Readonly<Record<string, { provider?: string; input: number }>>): string {
  const main = { provider: PROVIDERS, resource: { terraform_data: notes } };
  return writeFile(folder, 'main.tf.json', JSON.stringify(main));
}

// The state alone knows where what is taken away was.
test('A plan says of each change in which cluster it is, also of what is taken away', async () => {
  const terraform = checkTerraform();
  if (isMissing(terraform)) throw new Error(`${terraform.name} ${terraform.problem}`);
  const { program } = terraform;
  const env = process.env;
  const run = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  stack({
    changed: { provider: 'terraform.istio', input: 1 },
    gone: { provider: 'terraform.consul', input: 1 },
    alone: { input: 1 },
  });
  run('init', '-input=false');
  run('apply', '-auto-approve', '-input=false');

  stack({
    changed: { provider: 'terraform.istio', input: 2 },
    alone: { input: 2 },
    added: { provider: 'terraform.consul', input: 1 },
  });
  const { changes } = await planStack(folder, { program, env });
  expect(Object.fromEntries(changes.map(({ address, place }) => [address, place]))).toEqual({
    'terraform_data.changed': 'istio',
    'terraform_data.gone': 'consul',
    'terraform_data.added': 'consul',
    'terraform_data.alone': undefined,
  });
});
