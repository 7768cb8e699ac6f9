/** `npm run destroy` runs `cdktf destroy`, and lets Terraform end in order when it is interrupted. */
import { runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';
import { CDKTF_OPTIONS, runCdktf } from './run-cdktf';

export const command = newCommand('destroy', [
  ['', 'all stacks; shows the plan of each, and asks'],
  ['federation', 'some of them'],
  ['--auto-approve', 'asks nothing'],
])
  .description(
    'Destroys the stacks, as "npx cdktf destroy" does. Ctrl-C, and closing the terminal, lets Terraform ' +
      'finish what it has begun and write its state, and the same command goes on from there.',
  )
  .argument('[stacks...]', 'names of stacks, or patterns in quotes; all without', [])
  .action((stacks: readonly string[]) => runProgram(() => runCdktf('destroy', stacks, command)));

for (const option of CDKTF_OPTIONS) command.addOption(option);
