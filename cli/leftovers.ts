/** `npm run leftovers` finds what is left of the federation in AWS, and deletes it when it is told to. */
import { agreed } from '../support/terminal/agreed';
import {
  type Failure,
  findLeftovers,
  type Found,
  leftBehind,
  lockedText,
  removeLeftovers,
  titleOf,
  withoutStateProblems,
} from '../support/leftovers';
import {
  foundText,
  pricesText,
  questionText,
  refusedText,
  removedText,
} from '../support/leftovers/text';
import { withProgress } from '../support/terminal/progress';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly delete?: true;
  readonly yes?: true;
  readonly withoutState?: readonly string[];
}

export const command = newCommand('leftovers', [
  ['', 'what is left, what it costs, and what is in use'],
  ['--delete', 'show it, ask, and delete it'],
  ['--delete --yes', 'without a terminal'],
  ['--delete --without-state mesh-istio', 'a cluster whose state is lost, with all that is of it'],
])
  .description(
    'Finds what is left of the federation in AWS, in every region and account of the settings: what no ' +
      'state of Terraform knows, and what Kubernetes made and nobody removed. Only what carries the tags ' +
      'of the settings and the names of their clusters. Exit code 1 when something is left.',
  )
  .option('--delete', 'delete what is left behind, after it was shown and agreed to')
  .option('--yes', 'agree without being asked')
  .option(
    '--without-state <cluster...>',
    'names of clusters whose state is lost: they count as left behind even while they run',
  )
  .option('--json', 'print it as JSON')
  .action((options: Options) => runProgram(() => main(options)));

async function main(options: Options): Promise<number> {
  const config = undeployedConfig();
  const { withoutState } = options;
  refuseAll([
    ...(options.delete && (!process.stdin.isTTY || options.json) && !options.yes
      ? ['--delete asks before it deletes, and nobody can be asked here: add --yes']
      : []),
    ...withoutStateProblems(config, withoutState),
  ]);
  const found = await withProgress('Looking in AWS', (watch) =>
    findLeftovers(config, { withoutState, watch }),
  );
  if (found.length === 0) {
    console.log(options.json ? '[]' : 'These settings have nothing in AWS.');
    return EXIT.right;
  }
  if (!options.json) console.log(found.map(foundText).join('\n\n') + pricesText(found));
  const left = found.filter(({ things }) => leftBehind(things).length > 0);
  if (!options.delete || left.length === 0) {
    if (options.json) console.log(JSON.stringify(found, null, 2));
    else if (left.length > 0) console.log('\nTo delete what is left behind: --delete');
    return left.length > 0 ? EXIT.wrong : seen(found);
  }
  const unnamed = left.find(({ place }) => place.accountId === undefined);
  if (unnamed !== undefined) {
    throw new UserError(
      `aws.accountId: is not set, and deletes are made in the one account that it names; set it to "${unnamed.account}" if that is the one`,
    );
  }
  const locked = found.flatMap((one) => one.locked);
  if (locked.length > 0) throw new UserError(lockedText([...new Set(locked)]));
  const failures: Failure[] = [];
  let isRefused = false;
  for (const place of left) {
    if (!options.yes && !(await agreed(questionText(place), refusedText(place)))) {
      console.log(refusedText(place));
      isRefused = true;
      continue;
    }
    const failed = await withProgress('Looking again, and deleting', (watch, print) =>
      removeLeftovers(config, place, {
        withoutState,
        watch,
        onRemoved: (thing) => {
          if (!options.json) print(`deleted: ${titleOf(thing)}`);
        },
      }),
    );
    failures.push(...failed);
    if (!options.json) console.log(removedText(place, failed));
  }
  if (options.json) console.log(JSON.stringify({ found, failures }, null, 2));
  return isRefused || failures.length > 0 ? EXIT.wrong : seen(found);
}

/** What could not be looked for may be left. */
function seen(found: readonly Found[]): number {
  return found.some(({ unseen }) => unseen.length > 0) ? EXIT.couldNotRun : EXIT.right;
}
