/** `npm run iam` prints the IAM policy that whoever deploys these settings needs. */
import { deployerPolicy } from '../support/aws/deployer-policy';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand('iam', 'iam', [['', 'for the settings of federation.yaml']])
  .description(
    'Prints the least IAM policy of whoever deploys, changes and destroys these settings, as JSON.',
  )
  .action(() =>
    runProgram(() => {
      const policy = deployerPolicy(undeployedConfig());
      if (policy.Statement.length === 0) {
        console.error('These settings make nothing in AWS, so no rights are needed there.');
      }
      console.log(JSON.stringify(policy, null, 2));
      return EXIT.right;
    }),
  );
