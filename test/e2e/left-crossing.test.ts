import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { checkTerraform, isMissing } from '../../support/programs/prerequisites';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { type Block, stackOf, synthesise } from '../helpers/synth';

const folder = temporaryFolder();

/**
 * What the stack of a cluster reads of the crossing's state in a bucket, with the state in a file in place of the
 * bucket, which would need AWS. Condition and message are as they are deployed.
 */
function reads(state: string): string {
  const app = Testing.app();
  const settings: ConfigInput = {
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    state: { kind: 's3', bucket: 'states', region: 'eu-west-1' },
  };
  addStacks(app, defineConfig(settings).config);
  const { data = {} } = synthesise(stackOf(app, 'consul-cluster')) as {
    data?: Record<string, Record<string, Block>>;
  };
  const [read] = Object.values(data['terraform_remote_state'] ?? {});
  const { lifecycle } = read ?? {};
  return JSON.stringify({
    data: {
      terraform_remote_state: { left: { backend: 'local', config: { path: state }, lifecycle } },
    },
  });
}

test("The plan of a cluster stops while the crossing's state has a way, and goes on when it is destroyed", () => {
  const terraform = checkTerraform();
  if (isMissing(terraform)) throw new Error(`${terraform.name} ${terraform.problem}`);
  const { program } = terraform;
  const plan = (outputs: Readonly<Record<string, unknown>>) => {
    writeFile(
      folder,
      'crossing.tfstate',
      JSON.stringify({ version: 4, serial: 1, lineage: 'a', outputs, resources: [] }),
    );
    const args = ['plan', '-no-color', '-input=false', '-lock=false'];
    const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
    return { status, stderr: stderr.replaceAll(/\s+/g, ' ') };
  };
  writeFile(folder, 'main.tf.json', reads('crossing.tfstate'));
  spawnSync(program, ['init', '-input=false'], { cwd: folder });

  const stopped = plan({ ways: { value: 'peering', type: 'string' } });
  expect(stopped.status).toBe(1);
  expect(stopped.stderr).toContain('the private way of a former deploy is still there (peering,');
  expect(plan({}).status).toBe(0);
});
