import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { ROOT } from '../../scripts/support/paths';
import { temporaryFolder, writeFile } from '../support/files';

const folder = temporaryFolder();

function init(...options: string[]) {
  return spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      path.join(ROOT, 'cli', 'mesh-federation.ts'),
      'init',
      '--print',
      ...options,
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
}

/** Every example that is a comment, as it is without the mark. */
function uncommented(text: string): string {
  return text.replace(/^(\s*)# ?(?=(\s*- \{|\s*[\w]+: |\s*[\w]+:$))/gm, '$1');
}

describe('npm run init', () => {
  it('prints a file that is right, with what was said', () => {
    const { status, stdout } = init(
      '--region',
      'eu-west-1',
      '--account',
      '011122223333',
      '--address',
      '203.0.113.7/32',
    );
    expect(status).toBe(0);
    writeFile(folder, 'federation.yaml', stdout);
    const { config } = loadConfig({ folder, env: {} });
    expect(config.aws).toMatchObject({ region: 'eu-west-1', accountId: '011122223333' });
    expect(config.eks.endpoint.publicCidrs).toEqual(['203.0.113.7/32']);
    expect(stdout).toMatch(
      /^# yaml-language-server: \$schema=\.\/docs\/federation\.schema\.json\n/,
    );
    expect(uncommented(stdout)).toContain('  nodeGroups:');
  });

  it('refuses what is not right, and writes nothing', () => {
    const { status, stderr } = init('--account', '12', '--address', '203.0.113.7');
    expect(status).toBe(2);
    expect(stderr).toMatch(/aws\.accountId: is "12"; must be the 12 digits/);
    expect(stderr).toMatch(/write 203\.0\.113\.7\/32 for this one alone/);
  });
});
