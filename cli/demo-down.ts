/**
 * `npm run demo:down` destroys what `npm run demo` has deployed, asks the AWS API whether anything is
 * left, and ends the emulator.
 */
import path from 'node:path';
import colors from 'picocolors';
import { costly, counts, freeLeftovers } from '../support/aws/left-behind';
import { DEMO, demoPrerequisites } from '../support/demo/prerequisites';
import { emulatedStacks } from '../support/demo/emulated-stacks';
import { EmulatedWorld } from '../support/demo/emulated-world';
import { type Interruption, terraformInterruptible } from '../support/processes/interrupt';
import { countsTable, leftoverTable } from '../support/aws/inventory-tables';
import { RunLock } from '../support/processes/run-lock';
import { showStacks } from '../support/terraform/stack-tasks';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand('demo down', [['', 'can be run again at any time']])
  .description(
    'Destroys what the demo has deployed, asks the AWS API what is left, and ends the emulator.',
  )
  .action(() => runProgram(main));

function main(): Promise<number> {
  return terraformInterruptible(async (interruption) => {
    const lock = RunLock.take(DEMO);
    try {
      return await takeDown(lock, interruption);
    } finally {
      lock.release();
    }
  }, AGAIN);
}

const AGAIN = 'Run "npm run demo:down" again: it goes on from here.';

async function takeDown(lock: RunLock, interruption: Interruption): Promise<number> {
  const world = await EmulatedWorld.find(DEMO);
  if (world === undefined) {
    console.log(
      EmulatedWorld.hasState(DEMO)
        ? 'The emulator has ended before, and with it what was deployed there. Nothing is left.'
        : 'The demo is not up. Nothing is left of it.',
    );
    await EmulatedWorld.end(DEMO);
    return EXIT.right;
  }
  demoPrerequisites();
  const before = counts(await world.inventory());
  const { deployed } = emulatedStacks();
  console.log(`\n${colors.bold(colors.cyan(`cdktf destroy ${deployed.join(' ')}`))}`);
  const run = await showStacks(deployed, (onProgress) =>
    world.run('destroy', deployed, {
      ...interruption,
      onProgress,
      onStart: (pid) => lock.add(pid),
    }),
  );
  if (!run.complete && !run.emulatorEnded) {
    const log = path.relative(process.cwd(), run.logFile);
    throw new UserError(
      `${run.progress.errors}\n\nIt did not finish. ${AGAIN} All that Terraform said is in ${log}.`,
      EXIT.wrong,
    );
  }
  if (run.emulatorEnded) {
    console.log('The emulator has ended in the middle of it, and with it all that was in it.');
    await EmulatedWorld.end(DEMO);
    return EXIT.right;
  }

  const inventory = await world.inventory();
  const left = [...costly(inventory), ...freeLeftovers(inventory)];
  console.log(`\n${countsTable(before, counts(inventory))}`);
  await EmulatedWorld.end(DEMO);
  if (left.length === 0) {
    console.log(
      '\nThe AWS API says that nothing is left. (A KMS key waits 7 days for its deletion, and costs ' +
        'nothing from now on.) The emulator has ended too.',
    );
    return EXIT.right;
  }
  console.log(
    `\n${leftoverTable(left)}\n${costly(inventory).length} of these cost money. They are not in ` +
      "Terraform's state: a run was killed while it made them. They have ended with the emulator; " +
      'on AWS "npm run leftovers -- --delete" removes them.',
  );
  return EXIT.wrong;
}
