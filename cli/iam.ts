/** `npm run iam` prints the IAM policy that whoever deploys these settings needs. */
import { commandLine } from '../constructs/command-line';
import { assumedRoles, deployerPolicy } from '../support/aws/deployer-policy';
import { MOST_CHARACTERS, policyParts } from '../support/aws/policy-document';
import { leftoversPolicy } from '../support/leftovers/rights';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand('iam', [
  ['', 'for the settings of federation.yaml'],
  ['--role arn:aws:iam::111122223333:role/deploy', 'of a role that a cluster names in assumeRole'],
  ['> policy.json', 'in a file, which the AWS CLI takes'],
  ['--leftovers', 'of whoever runs "leftovers --delete"'],
])
  .description(
    'Prints the least IAM policy of whoever deploys, changes and destroys these settings, as JSON.',
  )
  .option('--part <number>', 'one of several policies, where one cannot hold all')
  .option('--role <arn>', 'the policy of this role, which some of the clusters name in assumeRole')
  .option('--json', 'print it as JSON, which it is anyway')
  .option('--leftovers', 'the policy of whoever finds and deletes what is left in AWS instead')
  .action(({ role, part, leftovers }: { role?: string; part?: string; leftovers?: true }) =>
    runProgram(() => {
      const config = undeployedConfig();
      const roles = assumedRoles(config);
      refuseAll([
        ...(role !== undefined && !roles.includes(role)
          ? [
              `No cluster of these settings has assumeRole: ${role}. ` +
                (roles.length === 0
                  ? 'Leave --role out.'
                  : `Those that are named: ${roles.join(', ')}.`),
            ]
          : []),
        ...(part !== undefined && !/^[1-9]\d*$/.test(part)
          ? [`--part ${part}: must be a whole number; they are counted from 1.`]
          : []),
      ]);
      const policy = leftovers ? leftoversPolicy(config, role) : deployerPolicy(config, role);
      if (policy.Statement.length === 0) {
        console.error('These settings make nothing in AWS, so no rights are needed there.');
      }
      if (role === undefined) {
        for (const taken of roles) {
          console.error(
            `The policy of the role ${taken}: ${commandLine('iam', `${leftovers ? '--leftovers ' : ''}--role ${taken}`, true)}`,
          );
        }
      }
      const parts = policyParts(policy);
      const chosen = part === undefined ? policy : parts[Number(part) - 1];
      if (chosen === undefined) {
        throw new UserError(`--part ${part}: there are ${parts.length}, counted from 1.`);
      }
      if (parts.length > 1 && part === undefined) {
        console.error(
          `A managed policy has ${MOST_CHARACTERS} characters at most, and this one has more. ` +
            `--part 1 to --part ${parts.length} print as many that fit.`,
        );
      }
      console.log(JSON.stringify(chosen, null, 2));
      return EXIT.right;
    }),
  );
