import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { BordersHome } from '../../constructs/federation/deploy/move';
import type { AccessPolicy } from '../../constructs/federation/plan';
import { checkTerraform, needed } from '../../support/programs/prerequisites';
import { temporaryFolder } from '../helpers/files';
import { planOf, WEATHER } from '../helpers/plans';

// By the real Terraform, which needs no provider for it.

const folder = temporaryFolder();
const { program } = needed(checkTerraform());

function terraform(at: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, [...args, '-no-color', '-input=false'], {
    cwd: at,
    encoding: 'utf8',
    env: { ...process.env, CHECKPOINT_DISABLE: '1' },
  });
  return { status, said: `${stdout}${stderr}`.replace(/[\s│]+/g, ' ') };
}

/** A deploy with the borders in this place. */
function deploy(borderNamespace: string, bordersMovedFrom?: string) {
  const istio = { ...WEATHER.meshes['istio'], borderNamespace, bordersMovedFrom };
  const policy = { ...WEATHER, meshes: { ...WEATHER.meshes, istio } } as AccessPolicy;
  const app = new App({ outdir: folder });
  const stack = new TerraformStack(app, 'test');
  new LocalBackend(stack, { path: path.join(folder, 'test.tfstate') });
  new BordersHome(stack, 'home', planOf(policy), 'istio');
  app.synth();
  const at = path.join(folder, 'stacks', 'test');
  mkdirSync(at, { recursive: true });
  terraform(at, 'init');
  return terraform(at, 'apply', '-auto-approve');
}

test('Borders move when it is said from where, and not otherwise', () => {
  expect(deploy('default').status).toBe(0);
  const refused = deploy('edge');
  expect(refused.status).toBe(1);
  expect(refused.said).toContain(
    'The home of the borders of istio was made with namespace default, which is now edge.',
  );
  expect(deploy('edge', 'default').status).toBe(0);
  // The old ones go.
  expect(deploy('edge').status).toBe(0);
  expect(deploy('default').status).toBe(1);
});
