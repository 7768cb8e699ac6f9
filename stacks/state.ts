import path from 'node:path';
import { App, LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { StateSettings } from '../config/state';
import { statePrefix } from './state-prefix';
import type { Deployment } from './deployed-to';
import { stateFile } from './local-state';

/**
 * Says where Terraform keeps the state of a stack. In a bucket each profile but `default` has a folder of
 * its own below the prefix, as in `state/` on this machine.
 *
 * @param deployment Whose it is; its region is that of the bucket, if the settings do not say.
 */
export function keepState(
  stack: TerraformStack,
  settings: StateSettings,
  { aws, profile }: Deployment,
): void {
  const { id } = stack.node;
  if (settings.kind === 'local') {
    // Terraform runs in the stack's own folder below the output folder. A relative path keeps this
    // machine's folders out of the output, and the state out of a folder that may be deleted.
    const outdir = path.resolve(App.of(stack).outdir, 'stacks', id);
    const file = stateFile(settings.directory, id);
    new LocalBackend(stack, { path: path.relative(outdir, file).split(path.sep).join('/') });
    return;
  }
  const backend = new S3Backend(stack, {
    bucket: settings.bucket,
    key: `${statePrefix(settings, profile)}/${id}.tfstate`,
    region: settings.region ?? aws.region,
    encrypt: true,
    ...(settings.kmsKeyArn !== undefined && { kmsKeyId: settings.kmsKeyArn }),
  });
  // cdktf's own settings end before Terraform 1.10, which brought it.
  backend.addOverride('use_lockfile', true);
}
