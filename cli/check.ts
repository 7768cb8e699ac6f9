/** `npm run check` finds out, before anything is paid for, whether a deploy could be made from here. */
import colors from 'picocolors';
import { loadConfig } from '../config';
import { commandLine } from '../constructs/command-line';
import type { Finding } from '../support/check/finding';
import { withProgress } from '../support/terminal/progress';
import { table } from '../support/terminal/table';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
}

export const command = newCommand('check', [
  ['', 'what is there, and what to do'],
  ['--json', 'for a program'],
])
  .description(
    'Finds out whether a deploy could be made from here: programs, credentials, account, region, bucket of the state, quotas, versions, instance types, clusters, charts and images. Changes nothing, costs nothing.',
  )
  .option('--json', 'print it as JSON')
  .action(({ json }: Options) =>
    runProgram(async () => {
      // Loaded only for this: the clients of AWS are most of the command.
      const { checkAll } = await import('../support/check/index.ts');
      const { config } = loadConfig();
      const findings = await withProgress('Checking', (watch) => checkAll(config, watch));
      console.log(json ? JSON.stringify(findings, null, 2) : text(findings));
      return findings.some(({ verdict }) => verdict === 'wrong') ? EXIT.wrong : EXIT.right;
    }),
  );

const SHOWN = {
  right: colors.green('right'),
  wrong: colors.red('wrong'),
  unknown: colors.yellow('unknown'),
} as const;

function text(findings: readonly Finding[]): string {
  const rows = findings.map(({ what, verdict, found, remedy }) => [
    what,
    SHOWN[verdict],
    remedy === undefined ? found : `${found}\n${remedy}`,
  ]);
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  const unknown = findings.filter(({ verdict }) => verdict === 'unknown').length;
  const open = unknown === 0 ? '' : ` ${unknown} could not be found out.`;
  const end =
    wrong === 0
      ? `Nothing that would stop a deploy.${open} Next: ${commandLine('deploy')}`
      : `${wrong} would stop a deploy.${open}`;
  return `${table('Before a deploy', ['what', 'verdict', 'found, and what to do'], rows)}\n${end}`;
}
