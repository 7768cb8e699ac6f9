import { z } from 'zod';

/** Name of an AWS region. */
export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be the name of a region, such as eu-north-1');

/** Where in AWS, and under which guard. */
export const awsSettings = z
  .strictObject({
    region: region.default('eu-north-1').describe('Region of both clusters.'),
    accountId: z
      .string()
      .regex(/^\d{12}$/, 'must be the 12 digits of an account, in quotes')
      .optional()
      .describe(
        'The only account that may be changed: with credentials of another one Terraform stops ' +
          'before it does anything. Default: whatever account the credentials belong to.',
      ),
    tags: z
      .record(
        z
          .string()
          .min(1)
          .max(128)
          .regex(/^(?!aws:)/i, 'must not start with "aws:", which AWS keeps for itself'),
        z.string().max(256),
      )
      .default({ project: 'mesh-federation' })
      .describe('Tags of everything that is made, instances, volumes and load balancers included.'),
    emulator: z
      .strictObject({
        endpoint: z
          .string()
          .regex(
            /^https?:\/\/[^/]+$/,
            'must be a URL without a path, such as http://127.0.0.1:4566',
          )
          .describe('Where the emulator listens.'),
      })
      .optional()
      .describe('An emulator that takes the place of AWS. The profile "emulated" sets it.'),
  })
  .prefault({});

export type AwsSettings = z.output<typeof awsSettings>;
