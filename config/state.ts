import { z } from 'zod';
import { region } from './aws';
import { whenChanged } from './change';
import { KMS_KEY_ARN, KMS_KEY_ARN_RULE } from './kms';

const STATE_MOVED = whenChanged(
  'refused',
  'Terraform asks to move the state first, see [the state](state.md)',
);

/** Where Terraform keeps its state. */
export const stateSettings = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('local').describe('A file for each stack on this machine.'),
      directory: z
        .string()
        .min(1)
        .default('state')
        .describe("Folder of the state files, from the project's root.")
        .meta(STATE_MOVED),
    }),
    z.strictObject({
      kind: z
        .literal('s3')
        .describe('An object for each stack in a bucket of yours, encrypted, and locked in place.'),
      bucket: z
        .string()
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        .regex(
          /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
          'must be the name of a bucket: 3 to 63 lower case letters, digits, "-" and "."',
        )
        .describe('The bucket. It must exist; turn its versioning on.')
        .meta(STATE_MOVED),
      region: region
        .optional()
        .describe("The bucket's region. Default: that of the clusters.")
        .meta(STATE_MOVED),
      prefix: z
        .string()
        .regex(/^[^/](.*[^/])?$/, 'must not start or end with "/"')
        .default('mesh-federation')
        .describe(
          'Folder in the bucket. Each profile but `default` has a folder of its own in it, by its name.',
        )
        .meta(STATE_MOVED),
      kmsKeyArn: z
        .string()
        .regex(KMS_KEY_ARN, KMS_KEY_ARN_RULE)
        .optional()
        .describe("KMS key that encrypts it. Default: the bucket's own encryption.")
        .meta(whenChanged('in-place', 'from the next change of each state on')),
    }),
  ])
  .prefault({ kind: 'local' })
  .meta(STATE_MOVED);

export type StateSettings = z.output<typeof stateSettings>;
