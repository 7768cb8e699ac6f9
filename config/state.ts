import { z } from 'zod';
import { region } from './aws';
import { whenChanged } from './change';
import { KMS_KEY_ARN, KMS_KEY_ARN_RULE } from '../constructs/aws-forms';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET =
  /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What is said to whoever names no bucket: of several rules the one that is broken. */
function bucketRule({ input }: { readonly input?: unknown }): string {
  // The page of settings asks for the rule without a name.
  const text = typeof input === 'string' ? input : '';
  const must = (rule: string) => `must be the name of a bucket${rule}`;
  const [, inUrl] =
    /^(?:s3:\/\/|arn:[^:]+:s3:::|https?:\/\/)([a-z0-9][a-z0-9-]*)(?:[./].*)?$/.exec(text) ?? [];
  if (inUrl !== undefined) return must(`, without what is around it: ${inUrl}`);
  const [reserved] =
    /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.exec(text) ?? [];
  if (!/^[a-z0-9.-]{3,63}$/.test(text)) {
    return must(': 3 to 63 lower case letters, digits, "-" and "."');
  }
  if (!/^[a-z0-9].*[a-z0-9]$/.test(text)) return must(', with a letter or digit at both ends');
  if (text.includes('..')) return must(', without two dots in a row');
  return reserved === undefined
    ? must(', and not look like an IP address')
    : must(`, and AWS keeps names with ${reserved} for itself`);
}

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
        .regex(BUCKET, { error: bucketRule })
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
/** That of a bucket. */
export type StateInBucket = Extract<StateSettings, { kind: 's3' }>;
