import { z } from 'zod';
import { closest } from '../constructs/problems';
import { tagProblems } from '../constructs/tags';
import { whenChanged } from './change';
import { report } from './problems';
import { ALL_REGIONS } from './regions';

/** Name of an AWS region. */
export const region = z.string().refine((name) => ALL_REGIONS.includes(name), {
  error: ({ input }) => {
    const meant = typeof input === 'string' ? closest(input, ALL_REGIONS) : undefined;
    return meant === undefined
      ? 'must be the name of a region, such as eu-north-1'
      : `must be the name of a region; did you mean ${meant}?`;
  },
});

/** Number of an AWS account. */
export const accountId = z
  .string()
  .regex(/^\d{12}$/, 'must be the 12 digits of an account, in quotes');

/** Where in AWS, and under which guard. */
export const awsSettings = z
  .strictObject({
    region: region
      .default('eu-north-1')
      .describe('Region of the clusters.')
      .meta(whenChanged('refused')),
    accountId: accountId
      .optional()
      .describe(
        'The only account that may be changed: with credentials of another one Terraform stops ' +
          'before it does anything. Default: whatever account the credentials belong to.',
      )
      .meta(whenChanged('refused')),
    tags: z
      .record(z.string(), z.string())
      .superRefine((tags, context) => report(context, tagProblems(tags)))
      .default({ project: 'mesh-federation' })
      .describe('Tags of everything that is made, instances, volumes and load balancers included.')
      .meta(
        whenChanged(
          'in-place',
          'nodes are replaced a few at a time, new ones first; load balancers and volumes that are there keep theirs',
        ),
      ),
    emulator: z
      .strictObject({
        endpoint: z
          .string()
          .regex(
            /^https?:\/\/[^/]+$/,
            'must be a URL without a path, such as http://127.0.0.1:4566',
          )
          .describe('Where the emulator listens.')
          .meta(whenChanged('nothing')),
      })
      .optional()
      .describe('An emulator that takes the place of AWS. The profile "emulated" sets it.'),
  })
  .prefault({});

export type AwsSettings = z.output<typeof awsSettings>;
