import { App } from 'cdktf';
import { loadConfig } from '../config';
import { waysOf } from '../config/crossing';
import { isPrivateConnection } from '../config/ways';
import { addStacks } from './index';
import { leftCrossingProblem } from './left-crossing';
import { lostIdentityNotices } from './lost-identities';

/**
 * Writes the Terraform configuration of the settings in the current folder to where cdktf wants it.
 *
 * @returns why nothing may be deployed or destroyed now, if so; then nothing is written
 * @throws ConfigError listing every mistake.
 */
export function synthesise(): string | undefined {
  const { config, notices } = loadConfig();
  // cdktf shows what comes to standard error as errors.
  notices.forEach((notice) => console.log(`Note: ${notice}`));
  const app = new App();
  addStacks(app, config);
  const stacks = app.node.children.map(({ node }) => node.id);
  lostIdentityNotices(stacks, config.state).forEach((notice) => console.log(`Note: ${notice}`));
  const left = waysOf(config).some(isPrivateConnection)
    ? undefined
    : leftCrossingProblem(stacks, config.state);
  if (left === undefined) app.synth();
  return left;
}
