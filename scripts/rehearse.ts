import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import colors from 'picocolors';
import { rehearse, RehearsalError } from '../rehearsal/rehearse';
import { table, verdict } from '../rehearsal/report';

interface Options {
  readonly only?: string[];
  readonly json?: string;
  readonly quick: boolean;
}

const program = new Command('npm run rehearse --')
  .description(
    'Runs the federated data path on this machine, on real Envoys and without a cluster, and attacks it.',
  )
  .option('--only <case...>', 'groups, ids of cases or beginnings of ids')
  .option('--quick', 'short loads and streams', false)
  .option('--json <file>', 'write the report as JSON; - for standard output')
  .parse();

async function main({ only, json, quick }: Options): Promise<number> {
  // With the report on standard output, everything meant for people goes to the other one.
  const print = (text: string): void => void (json === '-' ? console.error : console.log)(text);
  let group = '';
  const report = await rehearse({
    quick,
    only,
    onStart(next, { title }) {
      if (next !== group) print(colors.bold(`\n${next}`));
      group = next;
      if (process.stderr.isTTY) process.stderr.write(colors.gray(`  ... ${title}`.slice(0, 100)));
    },
    onRow({ title, seen, passed, explanation, milliseconds }) {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      print(
        `  ${verdict(passed)} ${title} ${colors.gray(`${(milliseconds / 1000).toFixed(1)} s`)}`,
      );
      if (!passed)
        print([`     seen: ${seen}`, ...explanation.map((line) => `     ${line}`)].join('\n'));
    },
  });
  print(`\n${table(report.rows, process.stdout.columns ?? 160)}`);
  const failed = report.rows.filter(({ passed }) => !passed).length;
  print(
    `${report.rows.length - failed} of ${report.rows.length} cases as expected, Envoy ${report.envoy}, ${report.seconds} s.`,
  );
  if (json === '-') console.log(JSON.stringify(report, null, 2));
  else if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return report.passed ? 0 : 1;
}

main(program.opts<Options>()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof RehearsalError ? colors.red(error.message) : error);
    process.exit(2);
  },
);
