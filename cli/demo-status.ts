/** `npm run demo:status` says how far the demo is, and changes nothing. */
import { EmulatedWorld } from '../support/demo/emulated-world';
import { DEMO } from '../support/demo/prerequisites';
import { emulatedStacks } from '../support/demo/emulated-stacks';
import { inventoryTables } from '../support/aws/inventory-tables';
import { RunLock } from '../support/processes/run-lock';
import { table } from '../support/terminal/table';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand('demo status', [
  ['', 'how far it is'],
  ['--json', 'for a program'],
])
  .description('Says whether the demo is up or under way, and what it has deployed.')
  .option('--json', 'print it as JSON')
  .action(({ json }: { readonly json?: true }) => runProgram(() => main(json === true)));

async function main(json: boolean): Promise<number> {
  const working = RunLock.holder(DEMO);
  if (json) {
    const world = await EmulatedWorld.find(DEMO);
    const status = {
      isUp: world !== undefined,
      workedOnBy: working,
      endpoint: world?.emulator.endpoint,
      resources: world && Object.fromEntries(world.resources()),
      inventory: world && (await world.inventory()),
    };
    console.log(JSON.stringify(status, null, 2));
    return EXIT.right;
  }
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
