import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { jsonIn } from '../support/files/json';
import { PROJECT } from '../support/paths';
import { interruptible } from '../support/processes/interrupt';
import { checkCdktf, checkTerraform, needed } from '../support/programs/prerequisites';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { terraformEnvironment } from '../support/terraform/cli-config';
import { type CdktfEnd, GuardedCdktf } from '../support/terraform/guarded-cdktf';
import { newCommand } from './command';

/** What `cdktf deploy` and `cdktf destroy` both take. */
const CDKTF_OPTIONS: readonly Option[] = [
  new Option('-a, --app <command>', 'what synthesises, in place of "app" in cdktf.json'),
  new Option('-o, --output <folder>', 'folder of the synthesised stacks'),
  new Option('--auto-approve', 'ask nothing'),
  new Option('--ignore-missing-stack-dependencies', 'of some stacks, without those that they need'),
  new Option('--parallelism <number>', 'stacks at a time'),
  new Option('--terraform-parallelism <number>', 'resources at a time, in each stack'),
  several('--var <name=value>', 'value of a variable of Terraform; can be repeated'),
  several('--var-file <file>', 'file with such values; can be repeated'),
  new Option('--no-color', 'no colours'),
  new Option('--migrate-state', 'move the states to where the settings have them now'),
  new Option('--skip-synth', 'take what was synthesised before'),
  new Option('--skip-provider-lock', 'of use with Terraform Cloud only'),
];

const manifest = z.object({ stacks: z.record(z.string(), z.unknown()) });
const project = z.object({ output: z.string().optional() });

/**
 * One of the two commands, which differ in what they do.
 *
 * @param does What it does, in one word.
 * @param some Stacks, for its example.
 * @param more Options beside those that both take.
 */
export function cdktfCommand(
  name: 'deploy' | 'destroy',
  does: string,
  some: string,
  more: readonly Option[] = [],
): Command {
  const command = newCommand(name, [
    ['', 'all stacks; shows the plan of each, and asks'],
    [some, 'some of them'],
    ['--auto-approve', 'asks nothing'],
  ])
    .description(
      `${does} the stacks, as "npx cdktf ${name}" does. Ctrl-C, and closing the terminal, lets Terraform ` +
        'finish what it has begun and write its state, and the same command goes on from there.',
    )
    .argument('[stacks...]', 'names of stacks, or patterns in quotes; all without', [])
    .action((stacks: readonly string[]) => runProgram(() => runCdktf(name, stacks, command)));
  for (const option of [...CDKTF_OPTIONS, ...more]) command.addOption(option);
  return command;
}

/**
 * Runs cdktf as `npx cdktf` would, and ends it in order when it is interrupted.
 *
 * @param stacks none means all
 * @param given the command with the options that were given
 */
async function runCdktf(
  name: 'deploy' | 'destroy',
  stacks: readonly string[],
  given: Command,
): Promise<number> {
  needed(checkCdktf());
  const { program } = needed(checkTerraform());
  const asks = !process.env['CDKTF_AUTO_APPROVE'] && given.getOptionValue('autoApprove') !== true;
  if (asks && process.stdin.isTTY !== true) {
    throw new UserError('There is no terminal to ask on: --auto-approve does it without asking.');
  }
  const env = { ...process.env, ...terraformEnvironment(), TERRAFORM_BINARY_NAME: program };
  let cdktf: GuardedCdktf | undefined;
  let interrupts = 0;
  const end = await interruptible(
    async ({ stop }) => {
      const isSynthesised = stacks.length > 0 && (await checkNames(stacks, given, env));
      if (stop.aborted) return undefined;
      const all = stacks.length === 0 ? ['*'] : stacks;
      const words = [name, ...all, ...optionsOf(given), ...(isSynthesised ? ['--skip-synth'] : [])];
      cdktf = new GuardedCdktf({ words, env, stdio: 'inherit' });
      return cdktf.ended();
    },
    (time) => {
      interrupts = time;
      console.error(`\n${time === 1 ? FIRST : SECOND}${OUT_OF_THE_WAY}`);
      cdktf?.interrupt();
    },
  );
  return exitCode(end, interrupts);
}

const FIRST =
  'Terraform finishes what it has begun and writes its state, and no other stack begins. Please wait. ' +
  'Ctrl-C once more ends Terraform at once: what it is making may then be missing in its state.';
const SECOND = 'Terraform ends at once.';

/** cdktf writes over the last lines of a terminal, and takes them for its own. */
const OUT_OF_THE_WAY = process.stdout.isTTY ? '\n'.repeat(6) : '';

/** @throws UserError unless all is well */
function exitCode(end: CdktfEnd | undefined, interrupts: number): number {
  const { killed = [] } = end ?? {};
  if (killed.length > 0) {
    throw new UserError(`\nTerraform was killed in ${killed.join(', ')}. ${LOST}`, EXIT.wrong);
  }
  // Interrupted at its question, cdktf ends with 0.
  if (interrupts > 0) {
    const text = interrupts === 1 ? `Interrupted. ${GOES_ON}` : `Ended at once. ${LOST}`;
    throw new UserError(`\n${text}`, EXIT.interrupted);
  }
  if (end?.exitCode === 0) return EXIT.right;
  const what = end?.exitCode === undefined ? 'cdktf was killed. ' : '';
  throw new UserError(`\n${what}${GOES_ON} ${MEANING}`, EXIT.wrong);
}

const GOES_ON = 'The same command goes on from here.';
const MEANING = 'What messages of Terraform mean: docs/troubleshooting.md.';
const LOST =
  'What Terraform was making may be there without being in its state: docs/troubleshooting.md.';

function several(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, before: readonly string[] = []): readonly string[] => [...before, value],
  );
}

/** What was given of a command's options, for cdktf. */
function optionsOf(given: Command, only?: readonly string[]): string[] {
  return given.options.flatMap((option) => {
    const name = option.attributeName();
    const long = option.long ?? '';
    if (given.getOptionValueSource(name) !== 'cli') return [];
    if (only !== undefined && !only.includes(long)) return [];
    const value: unknown = given.getOptionValue(name);
    if (typeof value === 'boolean') return [long];
    return [value].flat().map((each) => `${long}=${String(each)}`);
  });
}

/**
 * Synthesises the stacks, and looks whether those that are named are among them. Patterns are left to cdktf.
 *
 * @returns whether they are synthesised now
 * @throws UserError naming those that there are not
 */
async function checkNames(
  stacks: readonly string[],
  given: Command,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  if (given.getOptionValue('skipSynth') !== true) {
    const words = ['synth', ...optionsOf(given, ['--app', '--output', '--no-color'])];
    const cdktf = new GuardedCdktf({ words, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const { exitCode } = await cdktf.ended();
    // What is wrong it says when it does it again.
    if (exitCode !== 0) return false;
  }
  const file = path.resolve(PROJECT, outputFolder(given), 'manifest.json');
  // Without it cdktf says what is missing.
  if (!existsSync(file)) return false;
  const known = Object.keys(manifest.parse(jsonIn(readFileSync(file, 'utf8'))).stacks);
  const unknown = stacks.filter((name) => /^[\w.-]+$/.test(name) && !known.includes(name));
  if (unknown.length === 0) return true;
  throw new UserError(`There is no stack ${unknown.join(', ')}; there are: ${known.join(', ')}`);
}

/** Where cdktf puts what it synthesises. */
function outputFolder(given: Command): string {
  const option: unknown = given.getOptionValue('output');
  if (typeof option === 'string') return option;
  const file = path.join(PROJECT, 'cdktf.json');
  const settings = existsSync(file)
    ? project.safeParse(jsonIn(readFileSync(file, 'utf8')))
    : undefined;
  return process.env['CDKTF_OUTPUT'] ?? settings?.data?.output ?? 'cdktf.out';
}
