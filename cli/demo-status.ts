/** `npm run demo:status` says how far the demo is, and changes nothing. */
import { EmulatedWorld } from '../scripts/support/emulated-world';
import { DEMO } from '../scripts/support/demo';
import { emulatedStacks } from '../scripts/support/emulated-stacks';
import { inventoryTables } from '../scripts/support/inventory-tables';
import { RunLock } from '../scripts/support/run-lock';
import { table } from '../scripts/support/table';
import { EXIT, runProgram } from '../scripts/support/user-error';
import { newCommand } from './command';

export const command = newCommand('demo status', 'demo:status')
  .description('Says whether the demo is up or under way, and what it has deployed.')
  .action(() => runProgram(main));

async function main(): Promise<number> {
  const working = RunLock.holder(DEMO);
  if (working !== undefined) console.log(`A run is at work (process ${working}).`);
  const world = await EmulatedWorld.find(DEMO);
  if (world === undefined) {
    console.log(
      EmulatedWorld.hasState(DEMO)
        ? 'The emulator has ended, and with it what was deployed there. "npm run demo" starts anew.'
        : 'The demo is not up. "npm run demo" starts it.',
    );
    return EXIT.right;
  }
  console.log(`The emulated AWS answers at ${world.emulator.endpoint}.\n`);
  const counts = world.resources();
  const rows = emulatedStacks().deployed.map((stack) => [stack, String(counts.get(stack) ?? 0)]);
  console.log(table("In Terraform's state", ['stack', 'resources'], rows));
  console.log(`\n${inventoryTables(await world.inventory())}`);
  console.log('\n"npm run demo" goes on from here, "npm run demo:down" takes all down.');
  return EXIT.right;
}
