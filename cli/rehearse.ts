/**
 * `npm run rehearse` runs the federated data path on this machine, on real Envoys and without a
 * cluster, and attacks it. See docs/rehearsal.md.
 */
import { writeFileSync } from 'node:fs';
import { rehearseOnConsole } from '../rehearsal/console';
import { EXIT, runProgram } from '../scripts/support/user-error';
import { newCommand } from './command';

interface Options {
  readonly only?: string[];
  readonly json?: string;
  readonly quick: boolean;
}

export const command = newCommand('rehearse', 'rehearse', [
  ['', 'all cases'],
  ['--quick', 'shorter loads'],
  ['--only rotation expired-', 'a group, and all cases whose ids begin so'],
  ['--json report.json', 'the report for a program'],
])
  .description(
    'Runs the federated data path on this machine, on real Envoys and without a cluster, and attacks it.',
  )
  .option('--only <case...>', 'groups, ids of cases or beginnings of ids')
  .option('--quick', 'short loads and streams', false)
  .option('--json <file>', 'write the report as JSON; - for standard output')
  .action((options: Options) => runProgram(() => main(options)));

async function main({ json, ...options }: Options): Promise<number> {
  // With the report on standard output, everything meant for people goes to the other one.
  const report = await rehearseOnConsole({
    ...options,
    print: json === '-' ? console.error : console.log,
  });
  const text = JSON.stringify(report, null, 2);
  if (json === '-') console.log(text);
  else if (json !== undefined) writeFileSync(json, `${text}\n`);
  return report.passed ? EXIT.right : EXIT.wrong;
}
