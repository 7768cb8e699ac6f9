import { rmSync } from 'node:fs';
import path from 'node:path';
import { types } from 'node:util';
import { type App, TerraformStack } from 'cdktf';

/**
 * Writes the stacks of an app, all of them or none: what an interrupted synthesis would leave is partly of the new
 * settings and partly of former ones, and Terraform would take either. Their order is that of a deploy.
 */
export function writeStacks(app: App): TerraformStack[] {
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  try {
    app.synth();
  } catch (error) {
    for (const { node } of stacks) {
      rmSync(path.join(app.outdir, 'stacks', node.id, 'cdk.tf.json'), { force: true });
    }
    // Of a full disk Node.js says no path.
    if (types.isNativeError(error) && 'code' in error && !('path' in error)) {
      Object.assign(error, { path: path.join(app.outdir, 'stacks') });
    }
    throw error;
  }
  return stacks;
}
