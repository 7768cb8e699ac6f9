/**
 * `npm run rehearse` runs the federated data path on this machine, on real Envoys and without a
 * cluster, and attacks it. See docs/rehearsal.md.
 */
import { Option } from 'commander';
import { writeWhole } from '../support/files/whole-file';
import { rehearseOnConsole } from '../rehearsal/console';
import { choose } from '../rehearsal/rehearse';
import { accessPlan } from '../support/policy/access-plan';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly only?: string[];
  readonly json?: string | true;
  readonly quick: boolean;
  readonly policy?: string;
  readonly list?: true;
}

export const command = newCommand('rehearse', [
  ['', 'all cases'],
  ['--quick', 'shorter loads'],
  ['--only rotation expired-', 'a group, and all cases whose ids begin so'],
  ['--policy federation.yaml', 'your own policy in place of the cases'],
  ['--list', 'the cases'],
  ['--json report.json', 'the report for a program, in a file'],
  ['--list --json', 'the cases for a program'],
])
  .description(
    'Runs the federated data path on this machine, on real Envoys and without a cluster, and attacks it.',
  )
  .option('--only <case...>', 'groups, ids of cases or beginnings of ids')
  .option('--quick', 'short loads and streams', false)
  .addOption(
    new Option(
      '--policy <file>',
      'rehearse the policy of these settings, such as federation.yaml',
    ).conflicts('list'),
  )
  .option('--list', 'list the cases, run none')
  .option('--json [file]', 'write the report as JSON, to standard output unless a file is named')
  .action((options: Options) => runProgram(() => main(options)));

async function main({ json, policy, list, ...options }: Options): Promise<number> {
  if (list) {
    if (json !== undefined) {
      const cases = choose(options.only ?? []).map(([group, { id, title }]) => ({
        group,
        id,
        title,
      }));
      write(json, JSON.stringify(cases, null, 2));
      return EXIT.right;
    }
    let last = '';
    for (const [group, { id, title }] of choose(options.only ?? [])) {
      if (group !== last) console.log(group);
      last = group;
      console.log(`  ${id.padEnd(36)} ${title}`);
    }
    return EXIT.right;
  }
  // With the report on standard output, everything meant for people goes to the other one.
  const report = await rehearseOnConsole({
    ...options,
    plan: policy === undefined ? undefined : accessPlan(policy),
    print: json === true || json === '-' ? console.error : console.log,
  });
  if (json !== undefined) write(json, JSON.stringify(report, null, 2));
  return report.passed ? EXIT.right : EXIT.wrong;
}

function write(file: string | true, text: string): void {
  if (file === true || file === '-') console.log(text);
  else writeWhole(file, `${text}\n`);
}
