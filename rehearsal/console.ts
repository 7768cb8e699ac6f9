import colors from 'picocolors';
import type { AccessPlan } from '../constructs/federation/plan';
import { writesOver } from '../support/terminal/progress';
import { rehearse, type RehearsalOptions, rehearsePolicy } from './rehearse';
import { table, verdict, type Report } from './report';

export interface ConsoleOptions extends Pick<RehearsalOptions, 'quick' | 'only'> {
  /** What a user's own policy comes to. @default the rehearsal's own cases */
  readonly plan?: AccessPlan;
  /** Where lines go. @default console.log */
  readonly print?: (text: string) => void;
}

/**
 * {@link rehearse}, with progress while it runs, what explains a failure, and a table at the end.
 *
 * @throws RehearsalError when something is missing on this machine, or `only` names no case
 */
export async function rehearseOnConsole({
  print = console.log,
  plan,
  ...options
}: ConsoleOptions): Promise<Report> {
  const terminal = writesOver(process.stderr);
  let current = '';
  const run = (all: RehearsalOptions) =>
    plan === undefined ? rehearse(all) : rehearsePolicy(plan, all);
  const report = await run({
    ...options,
    onStart(group, { title }) {
      if (group !== current) print(colors.bold(`\n${group}`));
      current = group;
      if (terminal)
        process.stderr.write(
          colors.gray(`  ... ${title}`.slice(0, (process.stderr.columns || 80) - 1)),
        );
    },
    onRow({ title, seen, passed, explanation, milliseconds }) {
      if (terminal) process.stderr.write('\r\x1b[K');
      print(
        `  ${verdict(passed)} ${title} ${colors.gray(`${(milliseconds / 1000).toFixed(1)} s`)}`,
      );
      if (!passed) {
        print([`seen: ${seen}`, ...explanation].map((line) => `     ${line}`).join('\n'));
      }
    },
  });
  const { rows, envoy, seconds } = report;
  const passed = rows.filter((row) => row.passed).length;
  // What reads this for a person says how wide the terminal is.
  const columns = process.stdout.columns ?? Number(process.env['COLUMNS'] || 160);
  print(`\n${table(rows, columns)}`);
  print(`${passed} of ${rows.length} cases as expected, Envoy ${envoy}, ${seconds} s.`);
  return report;
}
