import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { meshFederation } from '../helpers/cli';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeOnTerminal, Terminal } from '../helpers/terminal';

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

  it('looks at what was said before it asks anything else', async () => {
    // Without an address it would ask a server for one, and wait.
    const { status, stderr } = await init('--region', 'eu-nort-1');
    expect(stderr).toBe(
      '--region: is "eu-nort-1"; must be the name of a region; did you mean eu-north-1?\nNothing was written.\n',
    );
    expect(status).toBe(2);
  });

  it.each(['a: b', '"', '# a', '[x'])(
    'takes an answer as text, whatever YAML makes of it: %s',
    async (region) => {
      const { status, stderr } = await init('--region', region, '--address', '203.0.113.7/32');
      expect(stderr).toMatch(/^--region: is .*; must be the name of a region/);
      expect(status).toBe(2);
    },
  );
});

describeOnTerminal('npm run init on a terminal', () => {
  const asked = () => new Terminal(process.execPath, ['scripts/cli.mjs', 'init', '--print']);

  it('asks the same again until the answer is right', async () => {
    const terminal = asked();
    await terminal.shows(/region of the clusters/);
    terminal.type('eu-nort-1');
    await terminal.shows(/did you mean eu-north-1\?\n.*region of the clusters/);
    terminal.interrupt();
    await terminal.shows(/Nothing was written/);
    expect(await terminal.exit()).toBe(130);
  });
});
