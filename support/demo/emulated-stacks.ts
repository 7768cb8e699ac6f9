import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { type Config, defineConfig } from '../../config';
import { addStacks } from '../../stacks';

/** The project's stacks, by whether an emulator can hold them. */
export interface EmulatedStacks {
  readonly deployed: readonly string[];
  readonly leftOut: readonly string[];
}

/** What an emulated run deploys, and what it leaves out. */
export function emulatedStacks(): EmulatedStacks {
  const { config } = defineConfig({ profile: 'emulated' });
  const deployed = stackNames(config);
  const all = stackNames({ ...config, aws: { ...config.aws, emulator: undefined } });
  return { deployed, leftOut: all.filter((name) => !deployed.includes(name)) };
}

function stackNames(config: Config): string[] {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'stacks-'));
  try {
    const app = new App({ outdir });
    addStacks(app, config);
    return app.node.children
      .filter((child) => TerraformStack.isStack(child))
      .map(({ node }) => node.id);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
