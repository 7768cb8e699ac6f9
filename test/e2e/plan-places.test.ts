import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { planReadyStack, planStack } from '../../support/terraform/plan';
import { CountedTerraform } from '../../support/bench/counted-terraform';
import { checkTerraform, needed } from '../../support/programs/prerequisites';
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
  const { program } = needed(checkTerraform());
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

test('A stack is got ready where Terraform asks for that, and what would not change is not looked at again', async () => {
  const { program } = needed(checkTerraform());
  const counted = new CountedTerraform(program, path.join(folder, 'counted'));
  const at = path.join(folder, 'stacks', 'one');
  const call = { program: counted.program, env: process.env };
  const write = (state: string, input: number) =>
    writeFile(
      at,
      'main.tf.json',
      JSON.stringify({
        terraform: { backend: { local: { path: state } } },
        resource: { terraform_data: { one: { input } } },
      }),
    );
  const runs = () => {
    const { runs: byCommand, cpuSeconds } = counted.take();
    expect(cpuSeconds).toBeGreaterThan(0);
    return byCommand;
  };

  write('state', 1);
  expect((await planReadyStack(at, call)).changes).toMatchObject([{ actions: ['create'] }]);
  expect(runs()).toEqual({ init: 1, plan: 1, show: 1 });

  spawnSync(program, ['apply', '-auto-approve'], { cwd: at });
  expect(await planReadyStack(at, call)).toEqual({
    stack: 'one',
    changes: [],
    refusals: [],
    errors: [],
  });
  expect(runs()).toEqual({ plan: 1 });

  write('state', 2);
  expect((await planReadyStack(at, call)).changes).toMatchObject([{ actions: ['update'] }]);
  expect(runs()).toEqual({ plan: 1, show: 1 });

  // The state is elsewhere now, and says what to do.
  write('elsewhere', 2);
  const { changes, errors } = await planReadyStack(at, call);
  expect([changes, errors]).toEqual([[], [expect.stringContaining('Backend configuration')]]);
});
