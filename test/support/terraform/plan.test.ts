import { chmodSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { planStack } from '../../../support/terraform/plan';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();

it('says what is known of a Terraform that was killed in the middle of a line', async () => {
  const said = JSON.stringify({
    type: 'diagnostic',
    diagnostic: { severity: 'error', summary: 'Interrupted', detail: '' },
  });
  const lines = `${said}\n${said.slice(0, 20)}`;
  const program = writeFile(folder, 'terraform', `#!/bin/sh\nprintf %s '${lines}'\nexit 1\n`);
  chmodSync(program, 0o755);
  const plan = await planStack(folder, { program, env: process.env });
  expect(plan).toMatchObject({ changes: [], refusals: [], errors: ['Interrupted'] });
});
