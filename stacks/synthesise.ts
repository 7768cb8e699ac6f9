import path from 'node:path';
import { App } from 'cdktf';
import { loadConfig } from '../config';
import { waysOf } from '../config/crossing';
import { isPrivateConnection } from '../config/ways';
import { addStacks } from './index';
import { leftCrossingProblem } from './left-crossing';
import { lostIdentityNotices } from './lost-identities';
import { writeStacks } from './write-stacks';

/** What came of a synthesis. */
export type Synthesis =
  /** Where the stacks are, each in a folder of its name. */
  | { readonly folder: string; readonly stacks: readonly string[] }
  /** Why nothing may be deployed or destroyed now. Nothing was written. */
  | { readonly problem: string };

/**
 * Writes the Terraform configuration of the settings in the current folder to where cdktf wants it, whole or not at
 * all.
 *
 * @throws ConfigError listing every mistake.
 */
export function synthesise(): Synthesis {
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
  if (left !== undefined) return { problem: left };
  writeStacks(app);
  return { folder: path.join(app.outdir, 'stacks'), stacks };
}
