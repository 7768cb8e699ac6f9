/**
 * `npm run rehearse` runs the federated data path on this machine, on real Envoys and without a
 * cluster, and attacks it. See docs/rehearsal.md.
 */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import colors from 'picocolors';
import { rehearseOnConsole } from '../rehearsal/console';
import { RehearsalError } from '../rehearsal/rehearse';

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
  .option('--quick', 'short loads and streams, about a minute', false)
  .option('--json <file>', 'write the report as JSON; - for standard output')
  .parse();

async function main({ json, ...options }: Options): Promise<number> {
  // With the report on standard output, everything meant for people goes to the other one.
  const report = await rehearseOnConsole({
    ...options,
    print: json === '-' ? console.error : console.log,
  });
  const text = JSON.stringify(report, null, 2);
  if (json === '-') console.log(text);
  else if (json !== undefined) writeFileSync(json, `${text}\n`);
  return report.passed ? 0 : 1;
}

main(program.opts<Options>()).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof RehearsalError ? colors.red(error.message) : error);
    process.exitCode = 2;
  },
);
