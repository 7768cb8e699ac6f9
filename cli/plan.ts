/**
 * `npm run plan` says in words what a deploy would do to what is deployed: what it removes or recreates,
 * what stops meanwhile, and what is refused.
 */
import '../support/synth/lean-tokens.cjs';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import { type Config, loadConfig } from '../config';
import { endingRoots } from '../config/partners';
import { commandLine } from '../constructs/command-line';
import { messageOf } from '../constructs/problems';
import { noAnswer, troubleOf } from '../support/aws/trouble';
import { PROJECT } from '../support/paths';
import { planLines, planText } from '../support/terraform/plan-words';
import { checkTerraform, needed } from '../support/programs/prerequisites';
import { terraformEnvironment } from '../support/terraform/cli-config';
import { type Interruption, interruptible } from '../support/processes/interrupt';
import { planReadyStack, type StackPlan, type Terraform } from '../support/terraform/plan';
import { withProgress } from '../support/terminal/progress';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { addStacks } from '../stacks';
import { writeStacks } from '../stacks/write-stacks';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly output: string;
}

export const command = newCommand('plan', [
  ['', 'all stacks'],
  ['istio-cluster consul-cluster', 'some of them'],
  ['--json', 'for a program'],
])
  .description(
    'Says what a deploy would do to what is deployed: what it removes or recreates, what stops ' +
      'meanwhile, and what is refused, with the way that works. Changes nothing.',
  )
  .argument('[stacks...]', 'names of stacks', [])
  .option('--json', 'print it as JSON')
  .option('--output <folder>', 'folder of the synthesised stacks', 'cdktf.out')
  .action((stacks: readonly string[], options: Options) => runProgram(() => main(stacks, options)));

async function main(only: readonly string[], { json, output }: Options): Promise<number> {
  const { program } = needed(checkTerraform());
  const outdir = path.resolve(PROJECT, output);
  const { config } = loadConfig();
  const stacks = synthesise(config, outdir);
  const names = stacks.map(({ node }) => node.id);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UserError(`There is no stack ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  }
  for (const { message } of endingRoots(config)) console.error(`Note: ${message}`);
  await withProgress('Asking AWS whose credentials these are', () =>
    refuseWithoutCredentials(config),
  );
  const call = { program, env: { ...process.env, ...terraformEnvironment() } };
  const wanted = stacks.filter(({ node }) => only.length === 0 || only.includes(node.id));
  const plans = await interruptible(
    (interruption) => planAll(wanted, outdir, { ...call, interruption }, json === true),
    (times) => console.error(`\n${WAITING[Math.min(times, WAITING.length) - 1]}`),
  );
  if (json) {
    const told = plans.map((plan) => ({
      stack: plan.stack,
      refusals: plan.refusals,
      errors: plan.errors,
      changes: planLines(plan),
    }));
    console.log(JSON.stringify(told, null, 2));
  } else console.log(conclusion(plans));
  return plans.every(({ refusals, errors }) => refusals.length + errors.length === 0)
    ? EXIT.right
    : EXIT.wrong;
}

/** One stack after the other. @throws UserError once it was interrupted */
async function planAll(
  stacks: readonly TerraformStack[],
  outdir: string,
  call: Terraform & { readonly interruption: Interruption },
  quiet: boolean,
): Promise<StackPlan[]> {
  const plans: StackPlan[] = [];
  for (const one of stacks) {
    const stack = one.node.id;
    const folder = path.join(outdir, 'stacks', stack);
    const plan = existsSync(folder)
      ? await withProgress(`Planning ${stack}`, () => planReadyStack(folder, call))
      : { stack, changes: [], refusals: [], errors: ['it was not synthesised'] };
    if (call.interruption.stop.aborted) {
      throw new UserError('Interrupted. Nothing was changed.', EXIT.interrupted);
    }
    const before = stacksBefore(one);
    const first = plans.filter((each) => before.has(each.stack) && each.changes.length > 0);
    if (!quiet)
      console.log(
        `${planText(
          plan,
          first.map((each) => each.stack),
        )}\n`,
      );
    plans.push(plan);
  }
  return plans;
}

const WAITING = [
  'Terraform ends and unlocks the state. Please wait.',
  'Still waiting for Terraform. Ctrl-C once more kills it: then the state may stay locked.',
  'Killed.',
];

/** Each stack would say the same of it, in the words of each provider. */
async function refuseWithoutCredentials(config: Config): Promise<void> {
  const ofAws = Object.values(config.clusters).some(({ kind }) => kind !== 'kubeconfig');
  if (config.aws.emulator !== undefined || !(ofAws || config.state.kind === 's3')) return;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { accessTo } = await import('../support/aws/access.ts');
  const { region } = config.aws;
  try {
    const sts = new STSClient({ ...accessTo(config, region), maxAttempts: 2 });
    await sts.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    // Whatever else is wrong there Terraform may still get past.
    if (!/^(none|expired|unknown)$/.test(troubleOf(error, region)?.kind ?? '')) return;
    throw new UserError(noAnswer(error, region) ?? messageOf(error));
  }
}

/** Names of all stacks that a deploy comes to before this one. */
function stacksBefore(stack: TerraformStack): Set<string> {
  return new Set(stack.dependencies.flatMap((one) => [one.node.id, ...stacksBefore(one)]));
}

/** As `cdktf synth` does, into the same folder. @returns the stacks in the order of a deploy */
function synthesise(config: Config, outdir: string): TerraformStack[] {
  const app = new App({ outdir });
  addStacks(app, config);
  return writeStacks(app);
}

function conclusion(plans: readonly StackPlan[]): string {
  const named = (of: readonly StackPlan[]) => of.map(({ stack }) => stack).join(', ');
  const refused = plans.filter(({ refusals }) => refusals.length > 0);
  const failed = plans.filter(({ errors }) => errors.length > 0);
  if (refused.length > 0) return `Refused in ${named(refused)}: see above for the way that works.`;
  if (failed.length > 0) {
    return (
      `Not planned: ${named(failed)}. A stack can be planned only when those before it are deployed as the ` +
      'settings have them; else docs/troubleshooting.md has the message.'
    );
  }
  if (plans.every(({ changes }) => changes.length === 0)) return 'There is nothing to deploy.';
  return `To deploy it: ${commandLine('deploy')}`;
}
