/**
 * `npm run demo` deploys the clusters to an emulated AWS with the real Terraform and its real AWS
 * provider, asks the AWS API what exists, and meanwhile sends requests and attacks across the two trust
 * borders on real Envoys. It can be run again at any time, also after it was interrupted.
 */
import path from 'node:path';
import colors from 'picocolors';
import { unknownTo } from '../support/aws/left-behind';
import { DEMO, demoPrerequisites } from '../support/demo/prerequisites';
import { emulatedStacks } from '../support/demo/emulated-stacks';
import { EmulatedWorld, type RunResult, type StartedWorld } from '../support/demo/emulated-world';
import { type Interruption, terraformInterruptible } from '../support/processes/interrupt';
import { RehearsalBeside } from '../support/demo/rehearsal';
import { envoyHere } from '../support/programs/envoy';
import { inventoryTables, leftoverTable } from '../support/aws/inventory-tables';
import { RunLock } from '../support/processes/run-lock';
import { showStacks } from '../support/terraform/stack-tasks';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';
import { command as down } from './demo-down';
import { command as status } from './demo-status';

/** The thesis's two requests, and one of each kind of attack. `npm run rehearse` runs all of them. */
const CASES = [
  'http1-to-',
  'no-certificate-to-',
  'unknown-ca-to-',
  'wrong-id-to-',
  'minted-by-local-ca-to-',
  'server-unknown-ca-to-',
  'forged-identity-to-',
  'plaintext-to-',
  'capture-',
  'altered-answer-to-',
  'method-post',
  'other-path',
  'unknown-sni-to-',
];

export const command = newCommand('demo', [['', 'can be run again at any time']])
  .description(
    'Deploys the clusters to an emulated AWS on this machine, asks the AWS API what is there, and ' +
      'sends requests and attacks across the borders on real Envoys. It can be run again at any time.',
  )
  .action(() => runProgram(main))
  .addCommand(down)
  .addCommand(status);

async function main(): Promise<number> {
  const rehearsal = new RehearsalBeside(CASES);
  try {
    const world = await terraformInterruptible(
      (interruption) => deploy(rehearsal, interruption),
      AGAIN,
    );
    const code = await resultOf(rehearsal);
    console.log(nextSteps(world));
    return code;
  } finally {
    rehearsal.kill();
  }
}

const AGAIN = 'Run "npm run demo" again: it goes on from here. "npm run demo:down" takes all down.';

/** The AWS half, and the begin of the other one. */
async function deploy(
  rehearsal: RehearsalBeside,
  interruption: Interruption,
): Promise<EmulatedWorld> {
  const lock = RunLock.take(DEMO);
  try {
    return await deployAlone(lock, rehearsal, interruption);
  } finally {
    lock.release();
  }
}

async function deployAlone(
  lock: RunLock,
  rehearsal: RehearsalBeside,
  interruption: Interruption,
): Promise<EmulatedWorld> {
  heading('The emulated AWS');
  const { python, terraform } = demoPrerequisites();
  console.log(
    `Node.js ${process.versions.node}, Python ${python.version}, ` +
      `${terraform.program} ${terraform.version}`,
  );
  const { world, isSynthesised } = await openWorld();
  console.log(`It answers at ${world.emulator.endpoint}`);
  rehearsal.begin();

  const { deployed, leftOut } = emulatedStacks();
  heading(`cdktf deploy ${deployed.join(' ')}`);
  const run = await showStacks(deployed, (onProgress) =>
    world.run('deploy', deployed, {
      ...interruption,
      skipSynthesis: isSynthesised,
      onProgress,
      onStart: (pid) => lock.add(pid),
    }),
  );
  refuseIncomplete(run);

  heading('What the AWS API says is there');
  console.log(inventoryTables(await world.inventory()));
  console.log(
    `\nLeft out, since no Kubernetes runs behind an emulated EKS: ${leftOut.join(', ')}.`,
  );
  return world;
}

/** The world of the last run, if it is whole, else a new one. */
async function openWorld(): Promise<StartedWorld> {
  const known = await EmulatedWorld.find(DEMO);
  if (known !== undefined) {
    const unknown = unknownTo(known.state(), await known.inventory());
    if (unknown.length === 0) return { world: known, isSynthesised: false };
    console.log(
      'The last run was cut off while Terraform made the following, so that it does not know them:\n' +
        `${leftoverTable(unknown)}\nThe emulator starts anew.`,
    );
  } else if (EmulatedWorld.hasState(DEMO)) {
    console.log('The emulator of the last run has ended, and with it what was deployed there.');
  }
  console.log('Starting it.');
  // Terraform waits long enough as it is.
  return EmulatedWorld.startSynthesised({ folder: DEMO, pace: 0.1 });
}

/** @throws UserError unless everything is deployed */
function refuseIncomplete(run: RunResult): void {
  const { complete, emulatorEnded, logFile, progress } = run;
  if (complete) return;
  if (emulatorEnded) {
    throw new UserError(
      `The emulator has ended in the middle of it. Run "npm run demo" again: it starts anew.`,
      EXIT.wrong,
    );
  }
  throw new UserError(
    (progress.errors === ''
      ? 'Terraform has ended before it was through, without saying why; perhaps it was killed.'
      : progress.errors) + `\n\nAll that it said is in ${relative(logFile)}. ${AGAIN}`,
    EXIT.wrong,
  );
}

/** What came of the data path. @returns the exit code */
async function resultOf(rehearsal: RehearsalBeside): Promise<number> {
  heading('backend and info across two root CAs, on real Envoys, and attacks');
  const code = await rehearsal.result();
  // Without an Envoy there is nothing to try. One that does not run is a fault.
  if (code !== EXIT.couldNotRun || envoyHere() !== undefined) return code ?? EXIT.wrong;
  console.log(colors.yellow('This half was left out.') + ' "npm run rehearse" runs it by itself.');
  return EXIT.right;
}

function nextSteps({ access, emulator }: EmulatedWorld): string {
  return `
${colors.bold('What next')}
  npm run demo:down      destroy it all, and ask the API what is left
  npm run rehearse       all cases: also root rotations under load, faults, and what a crossing costs
  less ${relative(path.join(DEMO, 'deploy.log'))}  what Terraform did
  docs/changing-a-deployed-pair.md  what a change of the settings would do to these clusters
  README.md              the same on your AWS account, and on clusters of your own

The emulated AWS stays up until then. To ask it something yourself:
  export AWS_ENDPOINT_URL=${emulator.endpoint} AWS_REGION=${access.region}
  export AWS_ACCESS_KEY_ID=emulated AWS_SECRET_ACCESS_KEY=emulated
  aws eks list-clusters`;
}

function heading(text: string): void {
  console.log(`\n${colors.bold(colors.cyan(text))}`);
}

function relative(file: string): string {
  return path.relative(process.cwd(), file);
}
