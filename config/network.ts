import { z } from 'zod';
import { MAX_ZONES } from '../constructs/network/subnets';
import { whenChanged } from './change';
import { retentionDays } from './retention';

const zones = `must be a number from 2 to ${MAX_ZONES}, or a list of zones such as [eu-north-1a, eu-north-1b]`;

/** Settings of a cluster's VPC, the same for all clusters. */
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
                .regex(/^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$/, 'must be a zone such as eu-north-1a'),
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
      )
      .meta(
        whenChanged(
          'refused',
          'but for a list of the very zones that Terraform chose, in their order',
        ),
      ),
    nat: z
      .enum(['one', 'per-zone', 'none'])
      .optional()
      .describe(
        'NAT gateways: "one" for all zones (cheap; its zone is a single point of failure for what ' +
          'the pods fetch), one "per-zone", or "none" (then the nodes must be in public subnets, or awsEndpoints true). ' +
          'Default: one, but none where the nodes are in public subnets.',
      )
      .meta(
        whenChanged(
          'removes',
          'gateways and addresses that are no longer wanted; the first one stays',
        ),
      ),
    s3Endpoint: z
      .boolean()
      .default(true)
      .describe('Whether traffic to S3, such as image layers, goes past the NAT gateway. Free.')
      .meta(whenChanged('in-place')),
    awsEndpoints: z
      .boolean()
      .default(false)
      .describe(
        'Whether the AWS services that a cluster calls (ECR, EC2, STS, EKS, CloudWatch Logs, load balancing) are ' +
          'reached by interface endpoints in the VPC, each paid by the hour and zone. With nat: none nothing ' +
          'leaves the VPC then: the images must be in ECR (images.registry), and the clusters connected ' +
          'privately (federation.crossing). Never run on AWS.',
      )
      .meta(
        whenChanged('removes', 'the endpoints; calls go by the NAT gateway again, if there is one'),
      ),
    flowLogs: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('Whether connections are logged, which costs by the GB.')
          .meta(whenChanged('removes', 'the log, with what was written')),
        retentionDays: retentionDays(365).meta(
          whenChanged('in-place', 'older entries are deleted'),
        ),
      })
      .prefault({})
      .describe('Flow logs of the VPC, in CloudWatch.'),
  })
  .prefault({});

type NetworkSettings = z.output<typeof networkSettings>;

/** The NAT gateways of a cluster's VPC: nodes in public subnets go out by themselves. */
export function natOf({
  network,
  eks,
}: {
  readonly network: Pick<NetworkSettings, 'nat'>;
  readonly eks: { readonly nodeSubnets: 'private' | 'public' };
}): 'one' | 'per-zone' | 'none' {
  return network.nat ?? (eks.nodeSubnets === 'public' ? 'none' : 'one');
}
