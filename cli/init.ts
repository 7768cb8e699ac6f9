import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CONFIG_FILE, ConfigError, loadConfig } from '../config';
import { ROOT } from '../support/paths';
import { firstSettings, type FirstSettings } from '../support/settings/file-text';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly region?: string;
  readonly account?: string;
  readonly address?: string[];
  readonly print: boolean;
  readonly force: boolean;
}

/** Tells the address that one has on the internet. */
const ADDRESS_SERVICE = 'https://checkip.amazonaws.com';

export const command = newCommand('init', 'init', [
  ['', 'ask what is needed'],
  ['--region eu-west-1 --account 111122223333 --address 203.0.113.7/32', 'without questions'],
  ['--address 203.0.113.7/32 --print', 'only show the file'],
])
  .description(
    `Writes a ${CONFIG_FILE} that works, with comments. Asks for what no option says, on a terminal.`,
  )
  .option('--region <region>', 'AWS region of both clusters, eu-north-1 if nothing is said')
  .option('--account <id>', 'the only AWS account that may be changed')
  .option('--address <cidr...>', 'who may reach the Kubernetes APIs; your own address if not given')
  .option('--print', 'print the file in place of writing it', false)
  .option('--force', 'replace a file that is there', false)
  .action((options: Options) => runProgram(() => init(options)));

async function init(options: Options): Promise<number> {
  const file = path.join(ROOT, CONFIG_FILE);
  if (existsSync(file) && !options.print && !options.force) {
    throw new UserError(
      `${CONFIG_FILE} is there already. --force replaces it, --print shows another.`,
    );
  }
  const given = await answers(options);
  const text = firstSettings(given);
  check(text, given);
  if (options.print) {
    process.stdout.write(text);
    return EXIT.right;
  }
  writeFileSync(file, text);
  console.log(`${CONFIG_FILE} is written and right. Next:
  npm run policy            who may call whom
  npm run check             what would stop a deploy: credentials, quotas, versions, downloads
  npx cdktf deploy '*'      deploys it, in about 25 minutes; costs about USD 0.60 an hour
  npx cdktf destroy '*'     when you are done`);
  return EXIT.right;
}

async function answers(options: Options): Promise<FirstSettings> {
  const asks = process.stdin.isTTY && process.stdout.isTTY;
  const terminal = asks
    ? createInterface({ input: process.stdin, output: process.stdout })
    : undefined;
  const ask = async (question: string, otherwise: string): Promise<string> => {
    if (terminal === undefined) return otherwise;
    const hint = otherwise === '' ? 'none' : otherwise;
    return (await terminal.question(`${question} [${hint}] `)).trim() || otherwise;
  };
  try {
    const region = options.region ?? (await ask('AWS region of both clusters', 'eu-north-1'));
    const account =
      options.account ?? (await ask('The only AWS account that may be changed, 12 digits', ''));
    const addresses = options.address ?? [
      await ask('Who may reach the Kubernetes APIs, as CIDR block', await ownAddress()),
    ];
    if (addresses.every((address) => address === '')) {
      throw new UserError(
        `Your address on the internet is not known here (${ADDRESS_SERVICE} does not answer). ` +
          'Say it with --address, with /32 behind it.',
      );
    }
    return { region, accountId: account || undefined, addresses };
  } finally {
    terminal?.close();
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

/** Which question or option a setting comes from. */
const ASKED: readonly (readonly [setting: RegExp, option: string])[] = [
  [/^aws\.region/, '--region'],
  [/^aws\.accountId/, '--account'],
  [/^eks\.endpoint\.publicCidrs(\[\d+\])?/, '--address'],
];

/** @throws UserError when an answer is not right, before anything is written */
function check(text: string, { addresses }: FirstSettings): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'init-'));
  try {
    const file = path.join(folder, CONFIG_FILE);
    writeFileSync(file, text);
    loadConfig({ env: { FEDERATION_PROFILE: 'default' }, folder });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Nobody has seen the file: what is wrong is what was answered.
    const lines = error.problems.map((problem) => {
      const [setting, option] = ASKED.find(([pattern]) => pattern.test(problem)) ?? [];
      if (setting === undefined || option === undefined) return problem;
      const [, index] = /\[(\d+)\]/.exec(problem) ?? [];
      const many = option === '--address' && addresses.length > 1 && index !== undefined;
      return problem
        .replace(setting, many ? `${option} ${Number(index) + 1}` : option)
        .replace(/, in quotes$/, '');
    });
    throw new UserError(`${lines.join('\n')}\nNothing was written.`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
