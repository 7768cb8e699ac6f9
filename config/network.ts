import { z } from 'zod';
import { MAX_ZONES } from '../constructs/network/cidr';
import { retentionDays } from './retention';

const zones = `must be a number from 2 to ${MAX_ZONES}, or a list of zones such as [eu-north-1a, eu-north-1b]`;

/** Settings of a cluster's VPC, the same for both clusters. */
export const networkSettings = z
  .strictObject({
    zones: z
      .union(
        [
          z.int().min(2).max(MAX_ZONES),
          z
            .array(
              z
                .string()
                .regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must be a zone such as eu-north-1a'),
            )
            .min(2)
            .max(MAX_ZONES),
        ],
        zones,
      )
      .default(3)
      .describe(
        `Availability zones: how many (2 to ${MAX_ZONES}), chosen by Terraform among those that EKS ` +
          'can use, or a list of names.',
      ),
    nat: z
      .enum(['one', 'per-zone', 'none'])
      .default('one')
      .describe(
        'NAT gateways: "one" for all zones (cheap; its zone is a single point of failure for what ' +
          'the pods fetch), one "per-zone", or "none" (then the nodes must be in public subnets).',
      ),
    s3Endpoint: z
      .boolean()
      .default(true)
      .describe('Whether traffic to S3, such as image layers, goes past the NAT gateway. Free.'),
    flowLogs: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Whether connections are logged.'),
        retentionDays: retentionDays(14),
      })
      .prefault({})
      .describe('Flow logs of the VPC, in CloudWatch.'),
  })
  .prefault({});

export type NetworkSettings = z.output<typeof networkSettings>;
