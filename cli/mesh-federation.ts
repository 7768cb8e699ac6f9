import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { misnamedNotices } from '../config/misnamed';
import { inRepository } from '../constructs/command-line';
import { DOCS, PROJECT } from '../support/paths';
import {
  endWithReader,
  EXIT,
  reportFailure,
  runProgram,
  UserError,
} from '../support/terminal/user-error';

/*
 * The program `mesh-federation`: each command is in the file of its name. `npm run <command>` is the
 * short form.
 */

interface CommandFile {
  readonly command: Command;
}

/** What the list of commands says of each, and where it is. */
interface Listed {
  readonly summary: string;
  readonly load: () => Promise<CommandFile>;
  /** What it needs is in the repository alone, not in the package. */
  readonly ofRepository?: true;
}

export const COMMANDS: Readonly<Record<string, Listed>> = {
  init: listed('write a federation.yaml that works', () => import('./init.ts')),
  check: listed('find out whether a deploy could be made from here', () => import('./check.ts')),
  doctor: listed(
    'walk each call hop by hop in its clusters, and name what is broken',
    () => import('./doctor.ts'),
  ),
  cost: listed('work out what the federation of the settings costs', () => import('./cost.ts')),
  leftovers: listed(
    'find what is left of the federation in AWS, and delete it',
    () => import('./leftovers.ts'),
  ),
  plan: listed('say what a deploy would do to what is deployed', () => import('./plan.ts')),
  deploy: listed('deploy the stacks, so that it can be interrupted', () => import('./deploy.ts')),
  destroy: listed('destroy them, so that it can be interrupted', () => import('./destroy.ts')),
  synth: listed('write the Terraform configuration of the settings', () => import('./synth.ts')),
  demo: {
    ...listed(
      'deploy the clusters to an emulated AWS, and attack the borders',
      () => import('./demo.ts'),
    ),
    ofRepository: true,
  },
  policy: listed('print who may call what, and what enforces it', () => import('./policy.ts')),
  observability: listed(
    'print the alerts, the dashboard and what Prometheus scrapes',
    () => import('./observability.ts'),
  ),
  diagram: listed(
    'draw the meshes, the borders and the way of each call',
    () => import('./diagram.ts'),
  ),
  offer: listed('write what the owner of another mesh needs of yours', () => import('./offer.ts')),
  iam: listed('print the IAM policy that whoever deploys needs', () => import('./iam.ts')),
  images: listed('list every image that a deploy pulls', () => import('./images.ts')),
  rehearse: listed(
    'run the data path on real Envoys on this machine, and attack it',
    () => import('./rehearse.ts'),
  ),
  versions: listed(
    'print the versions in use, and what is out of support or newer',
    () => import('./versions.ts'),
  ),
  weather: {
    ...listed('run the weather application on this machine', () => import('./weather.ts')),
    ofRepository: true,
  },
  completion: listed(
    'print what completes commands and options in a shell',
    () => import('./completion.ts'),
  ),
  kind: listed('make or remove the kind clusters of the settings', () => import('./kind.ts')),
};

/** Commands that read no settings, and the synthesis, of which cdktf shows what comes to standard error as errors. */
const QUIET = ['init', 'synth', 'demo', 'weather', 'completion'];

async function program(words: readonly string[], without?: string): Promise<Command> {
  const all = new Command('mesh-federation')
    .description('Federates Istio, Consul and Linkerd service meshes across different root CAs.')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is right, 1 something is wrong, 2 the command could not run, 130 interrupted.' +
        (inRepository() ? '' : `\nPages that messages name: ${path.relative(PROJECT, DOCS)}/`),
    )
    .exitOverride()
    .hook('preAction', (_, action) => {
      if (action.parent !== all || QUIET.includes(action.name())) return;
      const notices = misnamedNotices({ env: process.env, folder: '.' });
      notices.forEach((notice) => console.error(`Note: ${notice}`));
    });
  // A command is loaded only when it is used: some need seconds for it.
  const wanted = words.find((word) => word in COMMANDS);
  for (const [name, entry] of Object.entries(COMMANDS)) {
    if (name === without) continue;
    const { summary } = entry;
    const command =
      name === wanted ? await loaded(name, entry) : new Command(name).description(summary);
    command.summary(summary);
    [command, ...command.commands].forEach((one) => one.copyInheritedSettings(all));
    all.addCommand(command);
  }
  return all;
}

function listed(summary: string, load: Listed['load']): Listed {
  return { summary, load };
}

/** What the script of `completion` calls for each Tab: `complete -- <words>`. */
async function complete(words: readonly string[]): Promise<void> {
  const { default: completed } = await import('@bomb.sh/tab/commander');
  // It adds a command of that name itself.
  const all = await program(words, 'completion');
  completed(all, { completionCommandName: 'completion' }).parse([...words]);
}

async function loaded(name: string, { summary, load, ofRepository }: Listed): Promise<Command> {
  if (!ofRepository || inRepository()) return (await load()).command;
  return new Command(name)
    .description(`Works in the repository only: ${summary}.`)
    .argument('[words...]')
    .allowUnknownOption()
    .action(() =>
      runProgram(() => {
        throw new UserError(
          `${name} works in the repository only: clone it, and run "npm ci && npm run ${name}" there.`,
        );
      }),
    );
}

/** Runs what the words ask for, and sets the exit code. */
export async function main(words: readonly string[]): Promise<void> {
  endWithReader();
  try {
    if (words[0] === 'complete' && words[1] === '--') await complete(words.slice(2));
    // Whoever says nothing asks what there is.
    else if (words.length === 0) (await program(words)).outputHelp();
    else await (await program(words)).parseAsync(words, { from: 'user' });
  } catch (error) {
    // It has been said by then.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.right : EXIT.couldNotRun;
    } else reportFailure(error);
  }
}

// Tests call it themselves.
if (require.main === module) void main(process.argv.slice(2));
