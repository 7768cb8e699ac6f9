/** `npm run deploy` runs `cdktf deploy`, and lets Terraform end in order when it is interrupted. */
import { Option } from 'commander';
import { runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';
import { CDKTF_OPTIONS, runCdktf } from './run-cdktf';

export const command = newCommand('deploy', [
  ['', 'all stacks; shows the plan of each, and asks'],
  ['istio-mesh consul-mesh', 'some of them'],
  ['--auto-approve', 'asks nothing'],
])
  .description(
    'Deploys the stacks, as "npx cdktf deploy" does. Ctrl-C, and closing the terminal, lets Terraform ' +
      'finish what it has begun and write its state, and the same command goes on from there.',
  )
  .argument('[stacks...]', 'names of stacks, or patterns in quotes; all without', [])
  .action((stacks: readonly string[]) => runProgram(() => runCdktf('deploy', stacks, command)));

for (const option of [
  ...CDKTF_OPTIONS,
  new Option('--refresh-only', 'change states only, to what is there'),
  new Option('--outputs-file <file>', 'write the outputs of the stacks as JSON'),
  new Option('--outputs-file-include-sensitive-outputs', 'with those that are secret'),
]) {
  command.addOption(option);
}
