// First, since it makes the others load faster.
import './scripts/support/lean-dependencies.cjs';
import { App } from 'cdktf';
import { ConfigError, loadConfig } from './config';
import { addStacks } from './stacks';

try {
  const { config, notices } = loadConfig();
  notices.forEach((notice) => console.error(`Note: ${notice}`));
  const app = new App();
  addStacks(app, config);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
