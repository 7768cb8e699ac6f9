import { App } from 'cdktf';
import { ConfigError, loadConfig } from './config';
import { environmentProblem } from './constructs/environment-problem';
import { addStacks } from './stacks';
import { leftCrossingProblem } from './stacks/left-crossing';
import { lostIdentityNotices } from './stacks/lost-identities';

try {
  const { config, notices } = loadConfig();
  // cdktf shows what comes to standard error as errors.
  notices.forEach((notice) => console.log(`Note: ${notice}`));
  const app = new App();
  addStacks(app, config);
  const stacks = app.node.children.map(({ node }) => node.id);
  lostIdentityNotices(stacks, config.state).forEach((notice) => console.log(`Note: ${notice}`));
  const left = leftCrossingProblem(stacks, config.state);
  if (left === undefined) app.synth();
  else refuse(left);
} catch (error) {
  const problem = error instanceof ConfigError ? error.message : environmentProblem(error);
  if (problem === undefined) throw error;
  refuse(problem);
}

function refuse(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
