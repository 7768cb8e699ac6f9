/**
 * `npm run versions` prints which versions are used, what is out of support or leaves it, and what the
 * public indexes have that is newer.
 */
import { Option } from 'commander';
import { today } from '../versions/verdicts';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { undeployedConfig } from '../support/settings/undeployed';
import { indexAnswers } from '../support/versions/indexes';
import { versionReport, versionText } from '../support/versions/report';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly offline?: true;
  readonly timeout: number;
}

export const command = newCommand('versions', [
  ['', 'what is used, and what is newer'],
  ['--offline', 'ask no index'],
  ['--json', 'for a program'],
])
  .description(
    'Prints the versions in use, what is out of support or leaves it within 60 days, and what is newer.',
  )
  .option('--json', 'print it as JSON')
  .option('--offline', 'do not ask the public indexes what is newer')
  .addOption(
    new Option('--timeout <seconds>', 'for each question to an index')
      .default(10)
      .argParser((text: string) => {
        const seconds = Number(text);
        if (!(seconds > 0))
          throw new UserError(`--timeout: is "${text}"; must be seconds, such as 10`);
        return seconds;
      }),
  )
  .action((options: Options) =>
    runProgram(async () => {
      const config = undeployedConfig();
      const answers = options.offline ? undefined : await indexAnswers(options.timeout * 1000);
      const report = versionReport(config, today(), answers);
      console.log(options.json ? JSON.stringify(report, null, 2) : versionText(report));
      return report.findings.some(({ level }) => level === 'wrong') ? EXIT.wrong : EXIT.right;
    }),
  );
