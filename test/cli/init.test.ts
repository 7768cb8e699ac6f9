import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

const init = (...options: readonly string[]) => meshFederation(['init', '--print', ...options]);

/** Every example that is a comment, as it is without the mark. */
function uncommented(text: string): string {
  return text.replace(/^(\s*)# ?(?=(\s*- \{|\s*[\w]+: |\s*[\w]+:$))/gm, '$1');
}

describe('npm run init', () => {
  it('prints a file that is right, with what was said', async () => {
    const { status, stdout } = await init(
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

  it('refuses what is not right, and writes nothing', async () => {
    const { status, stderr } = await init('--account', '12', '--address', '203.0.113.7');
    expect(status).toBe(2);
    // By the options, not by places in a file that nobody has seen.
    expect(stderr).toMatch(/^--account: is "12"; must be the 12 digits of an account$/m);
    expect(stderr).toMatch(/^--address: .*write 203\.0\.113\.7\/32 for this one alone$/m);
    expect(stderr).toMatch(/^Nothing was written\.$/m);
    expect(stderr).not.toMatch(/:\d+:\d+:/);
  });
});
