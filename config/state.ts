import { z } from 'zod';
import { region } from './aws';

/** Where Terraform keeps its state. */
export const stateSettings = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('local').describe('A file for each stack on this machine.'),
      directory: z
        .string()
        .min(1)
        .default('state')
        .describe("Folder of the state files, from the project's root."),
    }),
    z.strictObject({
      kind: z
        .literal('s3')
        .describe('An object for each stack in a bucket of yours, encrypted, and locked in place.'),
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
        .describe('The bucket. It must exist; turn its versioning on.'),
      region: region.optional().describe("The bucket's region. Default: that of the clusters."),
      prefix: z
        .string()
        .regex(/^[^/](.*[^/])?$/, 'must not start or end with "/"')
        .default('mesh-federation')
        .describe('Folder in the bucket.'),
      kmsKeyArn: z
        .string()
        .regex(/^arn:/, 'must be the ARN of a KMS key')
        .optional()
        .describe("KMS key that encrypts it. Default: the bucket's own encryption."),
    }),
  ])
  .prefault({ kind: 'local' });

export type StateSettings = z.output<typeof stateSettings>;
