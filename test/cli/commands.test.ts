import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { COMMANDS } from '../../cli/mesh-federation';
import { scripts } from '../../package.json';
import { ROOT } from '../../support/paths';
import { meshFederation } from '../helpers/cli';

/** The words behind the program's name in each script of package.json that starts it. */
const SHORT_FORMS = Object.entries(scripts).flatMap(([name, script]) => {
  const words = /^node -r \S+ scripts\/cli\.mjs ?(.*)$/.exec(script)?.[1];
  return words ? [{ name, words: words.split(' ') }] : [];
});

describe('mesh-federation', () => {
  it('lists its commands, each of which has a short form', async () => {
    const { status, stdout } = await meshFederation(['--help']);
    expect(status).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\w/gm)].map(([, name]) => name);
    expect(listed.length).toBeGreaterThan(4);
    // Completion is of a program on the PATH, which the package brings.
    const short = new Set([...SHORT_FORMS.map(({ words }) => words[0]), 'completion']);
    expect(short).toEqual(new Set(listed));
  });

  it('ends with 2 where it is asked for what there is not, and says what was meant', async () => {
    const { status, stderr } = await meshFederation(['polcy']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown command 'polcy'\n\(Did you mean policy\?\)/);
    const option = await meshFederation(['policy', '--jsn']);
    expect(option.status).toBe(2);
    expect(option.stderr).toContain('Did you mean --json?');
  });

  it('says what is wrong with a file of prices, and not where its own code was', async () => {
    const { status, stderr } = await meshFederation(['cost', '--prices', '/nowhere/prices.yaml']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^--prices: \/nowhere\/prices\.yaml does not exist; name a file that does\. It must be a file in the form that ".*cost -- --json" shows/,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

/** Commands that print no data: they change something, or show a page. */
const WITHOUT_JSON = [
  'completion',
  'demo',
  'demo down',
  'deploy',
  'destroy',
  'init',
  'kind',
  'kind up',
  'kind down',
  'synth',
  'weather',
];

/** Commands that only say which others there are. */
const GROUPS = ['kind'];

/** Commands that read the settings before they do anything else. */
const OF_SETTINGS = [
  'check',
  'cost',
  'diagram',
  'doctor',
  'iam',
  'images',
  'leftovers',
  'observability --mesh istio',
  'offer --mesh istio',
  'plan',
  'policy',
  'rehearse --policy',
  'synth',
  'versions --offline',
];

/** All commands with those below them, by their words. */
async function everyCommand(): Promise<(readonly [words: string, command: Command])[]> {
  const loaded = await Promise.all(
    Object.entries(COMMANDS).map(
      async ([name, { load }]) => [name, (await load()).command] as const,
    ),
  );
  return loaded.flatMap(([name, command]) => [
    [name, command] as const,
    ...command.commands.map((below) => [`${name} ${below.name()}`, below] as const),
  ]);
}

describe('Each command of mesh-federation', () => {
  it('is in the lists of this test', async () => {
    const words = (await everyCommand()).map(([name]) => name);
    expect(words.filter((name) => WITHOUT_JSON.includes(name)).sort()).toEqual(
      [...WITHOUT_JSON].sort(),
    );
    expect(OF_SETTINGS.filter((name) => !words.includes(name.split(' ')[0] ?? ''))).toEqual([]);
  });

  it('has a help with what it is for and examples, and ends with 0', async () => {
    for (const [words] of await everyCommand()) {
      const { status, stdout, stderr } = await meshFederation([...words.split(' '), '--help']);
      expect([words, status, stderr]).toEqual([words, 0, '']);
      expect(stdout).toMatch(
        new RegExp(`^Usage: mesh-federation ${words} .*\\n\\n[A-Z][^]+\\.\\n`),
      );
      if (GROUPS.includes(words)) continue;
      const examples = stdout.split('\nExamples:\n')[1]?.trimEnd().split('\n') ?? [];
      expect([words, examples.length > 0]).toEqual([words, true]);
      const script = words.replace(' ', ':');
      const called = words === 'completion' ? 'mesh-federation completion' : `npm run ${script}`;
      if (words !== 'completion') expect(scripts).toHaveProperty([script]);
      for (const example of examples) {
        // In a file or a pipe npm's own words must not be.
        const run = / [|>]+ /.test(example) ? called.replace('npm run', 'npm run -s') : called;
        expect(example).toMatch(new RegExp(`^  ${run}( (-- )?\\S.*)?  +\\S`));
      }
    }
  });

  it('has --json where it prints data', async () => {
    for (const [words, command] of await everyCommand()) {
      const json = command.options.some(({ long }) => long === '--json');
      expect([words, json]).toEqual([words, !WITHOUT_JSON.includes(words)]);
    }
  });

  it('is named to whoever says nothing, on standard output', async () => {
    const { status, stdout, stderr } = await meshFederation([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: mesh-federation [^]*\n {2}doctor /);
  });

  it('refuses a file whose ending does not say what to write', async () => {
    for (const [words, right] of [
      ['--output federation.png', '.svg, .md, .mmd or .mermaid'],
      ['--output federation.svg --json', '.json, by which it is known what to write with --json'],
    ] as const) {
      const { status, stderr } = await meshFederation(['diagram', ...words.split(' ')]);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(right) });
    }
  });

  it('says which waits the doctor can make, before it looks at anything', async () => {
    for (const [words, right] of [
      ['--watch 0', 'must be seconds, 1 to 86400'],
      ['--watch 9999999', 'must be seconds, 1 to 86400'],
      ['--watch Infinity', 'must be seconds, 1 to 86400'],
      ['--since 60', '--since: says nothing without --probe or --probe-id'],
    ] as const) {
      const { status, stdout, stderr } = await meshFederation(['doctor', ...words.split(' ')]);
      expect({ status, stdout, stderr }).toEqual({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(right),
      });
    }
  });

  it.each([
    ['iam --role arn:none --part x', ['assumeRole: arn:none', '--part x: must be a whole number']],
    ['cost --gb much --prices none.yaml', ['--gb much: must be a number', 'none.yaml']],
    [
      'doctor --probe --probe-id short --watch',
      ['--watch: leave it out', '--probe makes an id', '--probe-id must be 8 to 128'],
    ],
    [
      'leftovers --delete --json --without-state none',
      ['--delete asks', '--without-state: there is no cluster none'],
    ],
    [
      'offer --endpoint-authority none.pem --mesh none --roots none.pem',
      [
        '--endpoint-authority: says nothing without',
        '--mesh: there is no mesh "none"',
        'none.pem does not exist; must be a PEM file with the roots',
        '--endpoint-authority: none.pem',
      ],
    ],
  ] as const)('says of all wrong options at once what is wrong: %s', async (words, wanted) => {
    const { status, stdout, stderr } = await meshFederation(words.split(' '));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    for (const text of wanted) expect(stderr).toContain(text);
  });

  it('refuses an option and a word that it does not know in one line, with 2', async () => {
    for (const [words] of await everyCommand()) {
      const option = await meshFederation([...words.split(' '), '--nonsense']);
      expect([words, option]).toEqual([
        words,
        { status: 2, stdout: '', stderr: "error: unknown option '--nonsense'\n" },
      ]);
    }
    for (const words of ['nonsense', 'kind nonsense', 'demo nonsense', 'policy nonsense']) {
      const { status, stdout, stderr } = await meshFederation(words.split(' '));
      expect([words, status, stdout]).toEqual([words, 2, '']);
      expect(stderr).toMatch(/^error: .+\n$/);
    }
  });

  it.each(OF_SETTINGS)(
    'says in words that the settings are not there, with 2: %s',
    async (words) => {
      const file = '/nowhere/federation.yaml';
      const { status, stdout, stderr } = await meshFederation(
        [...words.split(' '), ...(words === 'rehearse --policy' ? [file] : [])],
        { FEDERATION_CONFIG: file },
      );
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /(--policy:|names) \/nowhere\/federation\.yaml(, which)? does not exist(\.|; .+)\n/,
      );
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  // All that works without a cluster, an account and a network.
  it.each([
    'cost',
    'diagram',
    'iam',
    'images',
    'observability --mesh istio --namespace monitoring',
    'policy',
    'rehearse --list',
    'versions --offline',
  ])('prints with --json what a program reads, and nothing else: %s', async (words) => {
    const { status, stdout, stderr } = await meshFederation([...words.split(' '), '--json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toBeInstanceOf(Object);
  });
});

/** Runs the program in a process of its own, for what depends on it. */
function started(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/cli.mjs', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe('mesh-federation completion', () => {
  // Jest cannot load the library that completes.
  it.each([
    [['po'], ['policy']],
    [
      ['demo', ''],
      ['down', 'status'],
    ],
    [['policy', '--js'], ['--json']],
  ])('completes %j', (words, expected) => {
    const { status, stdout, stderr } = started(['complete', '--', ...words]);
    expect([status, stderr]).toEqual([0, '']);
    // The last line tells the shell not to go on with files.
    const lines = stdout.trimEnd().split('\n');
    expect(lines.pop()).toBe(':4');
    expect(lines.map((line) => line.split('\t')[0])).toEqual(expected);
  });

  it('prints a script that bash takes, and names the shells that there are', async () => {
    const { stdout } = started(['completion', 'bash']);
    const { status, stderr } = spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^complete -F \w+ mesh-federation$/m);
    expect(await meshFederation(['completion', 'csh'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
    });
  });
});

describe('A reader that has read enough', () => {
  it('ends the program, without a word', () => {
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `"${process.execPath}" scripts/cli.mjs policy --help | true; echo "\${PIPESTATUS[0]}"`,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    // Whether it notices before its own end is a matter of time.
    expect([stderr, stdout]).toEqual(['', expect.stringMatching(/^(0|130)\n$/)]);
  });
});

describe('NO_COLOR', () => {
  it('leaves the colours out, also where a terminal would have them', () => {
    const printed = (NO_COLOR: string) =>
      started(['versions', '--offline'], { NO_COLOR, FORCE_COLOR: '1' }).stdout;
    const coloured = printed('');
    expect(stripVTControlCharacters(coloured)).not.toBe(coloured);
    expect(printed('1')).toBe(stripVTControlCharacters(coloured));
  });
});
