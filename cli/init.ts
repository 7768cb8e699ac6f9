import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { writeWhole } from '../support/files/whole-file';
import { type Config, CONFIG_FILE, ConfigError, loadConfig } from '../config';
import { commandLine, inRepository } from '../constructs/command-line';
import { bill, total } from '../support/cost/bill';
import { listPrices } from '../support/cost/list-prices';
import { PROJECT } from '../support/paths';
import { missingPackages } from '../support/programs/packages';
import { CDKTF_JSON, firstSettings, type FirstSettings } from '../support/settings/file-text';
import { answerOn } from '../support/terminal/agreed';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { today } from '../versions/verdicts';
import { newCommand } from './command';

interface Options {
  readonly region?: string;
  readonly account?: string;
  readonly address?: string[];
  readonly print: boolean;
  readonly force: boolean;
}

const DEFAULT_REGION = 'eu-north-1';

/** Tells the address that one has on the internet. */
const ADDRESS_SERVICE = 'https://checkip.amazonaws.com';

export const command = newCommand('init', [
  ['', 'ask what is needed'],
  ['--region eu-west-1 --account 111122223333 --address 203.0.113.7/32', 'without questions'],
  ['--address 203.0.113.7/32 --print', 'only show the file'],
])
  .description(
    `Writes a ${CONFIG_FILE} that works, with comments. Asks for what no option says, on a terminal.`,
  )
  .option('--region <region>', `AWS region of the clusters, ${DEFAULT_REGION} if nothing is said`)
  .option('--account <id>', 'the only AWS account that may be changed')
  .option('--address <cidr...>', 'who may reach the Kubernetes APIs; your own address if not given')
  .option('--print', 'print the file in place of writing it', false)
  .option('--force', 'replace a file that is there', false)
  .action((options: Options) => runProgram(() => init(options)));

async function init(options: Options): Promise<number> {
  const file = path.join(PROJECT, CONFIG_FILE);
  if (existsSync(file) && !options.print && !options.force) {
    throw new UserError(
      `${CONFIG_FILE} is there already. --force replaces it, --print shows another.`,
    );
  }
  const given = await answers(options);
  const text = firstSettings(given);
  const settings = settingsOf(given);
  if ('problems' in settings) {
    throw new UserError(`${settings.problems.join('\n')}\nNothing was written.`);
  }
  if (options.print) {
    process.stdout.write(text);
    return EXIT.right;
  }
  // The settings last: as long as they are not there, the command can be run again.
  const app = inRepository() ? [] : [appLine(), ...installation()];
  writeWhole(file, text);
  const steps = nextSteps(settings.config);
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`);
  console.log([`${CONFIG_FILE} is written and right.`, ...app, 'Next:', ...lines].join('\n'));
  return EXIT.right;
}

/** Lets `cdktf` find the stacks where the package is installed. @returns what became of it */
function appLine(): string {
  const file = path.join(PROJECT, CDKTF_JSON.name);
  if (!existsSync(file)) {
    writeWhole(file, CDKTF_JSON.text);
    return `${CDKTF_JSON.name} is written, so that cdktf finds the stacks.`;
  }
  return readFileSync(file, 'utf8').includes(CDKTF_JSON.app)
    ? `${CDKTF_JSON.name} is there.`
    : `${CDKTF_JSON.name} is there and stays as it is: to deploy these settings it needs "app": "${CDKTF_JSON.app}".`;
}

function installation(): string[] {
  const missing = missingPackages();
  return missing.length === 0
    ? []
    : [
        'A deploy needs packages that are not here:',
        `  npm install --save-exact ${missing.join(' ')}`,
      ];
}

function nextSteps(config: Config): readonly (readonly [command: string, meaning: string])[] {
  const cost = total(bill(config, listPrices, today())).toFixed(2);
  return [
    [commandLine('policy'), 'who may call whom'],
    [commandLine('check'), 'what would stop a deploy: credentials, quotas, versions, downloads'],
    [
      commandLine('deploy'),
      `deploys it, in about 25 minutes; costs about USD ${cost} an hour (${commandLine('cost')})`,
    ],
    [commandLine('destroy'), 'when you are done'],
  ];
}

/** Mistakes in what was answered, by the option that answers the same. */
type Mistakes = Readonly<Partial<Record<Option, readonly string[]>>>;

async function answers(options: Options): Promise<FirstSettings> {
  // What was said already is looked at before anything is asked.
  const said = Object.values(
    mistakesIn({ region: options.region, accountId: options.account, addresses: options.address }),
  ).flat();
  if (said.length > 0) throw new UserError(`${said.join('\n')}\nNothing was written.`);
  const terminal =
    process.stdin.isTTY && process.stdout.isTTY
      ? createInterface({ input: process.stdin, output: process.stdout })
      : undefined;
  const ask = (question: string, otherwise: string, mistakes: (answer: string) => Mistakes) =>
    terminal === undefined ? otherwise : askUntilRight(terminal, question, otherwise, mistakes);
  try {
    const region =
      options.region ??
      (await ask('AWS region of the clusters', DEFAULT_REGION, (answer) =>
        mistakesIn({ region: answer }),
      ));
    const accountId =
      options.account ??
      (await ask('The only AWS account that may be changed, 12 digits', '', (answer) =>
        mistakesIn({ accountId: answer || undefined }),
      ));
    const addresses = options.address ?? [
      await ask('Who may reach the Kubernetes APIs, as CIDR block', await ownAddress(), (answer) =>
        answer === ''
          ? { '--address': ['--address: is missing; say it with /32 behind it'] }
          : mistakesIn({ addresses: [answer] }),
      ),
    ];
    if (addresses.every((address) => address === '')) {
      throw new UserError(
        `Your address on the internet is not known here (${ADDRESS_SERVICE} does not answer). ` +
          'Say it with --address, with /32 behind it.',
      );
    }
    return { region, accountId: accountId || undefined, addresses };
  } finally {
    terminal?.close();
  }
}

/** Asks the same again as long as the answer is not right. Ctrl-C and Ctrl-D end it, and nothing was written. */
async function askUntilRight(
  terminal: Interface,
  question: string,
  otherwise: string,
  mistakes: (answer: string) => Mistakes,
): Promise<string> {
  const asked = `${question} [${otherwise === '' ? 'none' : otherwise}] `;
  for (;;) {
    const answer = (await answerOn(terminal, asked, 'Nothing was written.')) || otherwise;
    const wrong = Object.values(mistakes(answer)).flat();
    if (wrong.length === 0) return answer;
    for (const line of wrong) console.log(`  ${line.replace(/^--\w+: /, '')}`);
  }
}

async function ownAddress(): Promise<string> {
  try {
    const answer = await fetch(ADDRESS_SERVICE, { signal: AbortSignal.timeout(5_000) });
    const address = (await answer.text()).trim();
    return /^[\d.]+$/.test(address) ? `${address}/32` : '';
  } catch {
    return '';
  }
}

const OPTIONS = ['--region', '--account', '--address'] as const;
type Option = (typeof OPTIONS)[number];

/** Which question or option a setting comes from. */
const ASKED: readonly (readonly [setting: RegExp, option: Option])[] = [
  [/^aws\.region/, '--region'],
  [/^aws\.accountId/, '--account'],
  [/^eks\.endpoint\.publicCidrs(\[\d+\])?/, '--address'],
];

/** What is wrong with answers, as the settings that are made of them are checked; nothing of what is not there yet. */
function mistakesIn({ region, accountId, addresses }: Partial<FirstSettings>): Mistakes {
  const settings = settingsOf({
    region: region ?? DEFAULT_REGION,
    accountId,
    // An address for documentation (RFC 5737).
    addresses: addresses ?? ['192.0.2.1/32'],
  });
  const lines = ('problems' in settings ? settings.problems : []).flatMap((problem) => {
    const [setting, option] = ASKED.find(([pattern]) => pattern.test(problem)) ?? [];
    if (setting === undefined || option === undefined) return [];
    // Nobody has seen the file: what is wrong is what was answered.
    const [, index] = /\[(\d+)\]/.exec(problem) ?? [];
    const many = option === '--address' && (addresses?.length ?? 0) > 1 && index !== undefined;
    const text = problem
      .replace(setting, many ? `${option} ${Number(index) + 1}` : option)
      .replace(/, in quotes$/, '');
    return [{ option, text }];
  });
  return Object.fromEntries(
    OPTIONS.map((option) => [
      option,
      lines.filter((line) => line.option === option).map(({ text }) => text),
    ]),
  );
}

/** What the answers come to, or what is wrong with them. */
function settingsOf(
  given: FirstSettings,
): { readonly config: Config } | { readonly problems: readonly string[] } {
  const folder = mkdtempSync(path.join(tmpdir(), 'init-'));
  try {
    writeFileSync(path.join(folder, CONFIG_FILE), firstSettings(given));
    return { config: loadConfig({ env: { FEDERATION_PROFILE: 'default' }, folder }).config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
