import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient, paginateListClusters } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import type { AwsAccess } from '../aws/access';
import { all } from '../aws/answers';
import type { Aws } from './kind';

/** For everything that may be left. */
export function clientsOf(access: AwsAccess): Aws {
  return {
    region: access.region,
    autoScaling: new AutoScalingClient(access),
    ec2: new EC2Client(access),
    eks: new EKSClient(access),
    classicBalancers: new ElasticLoadBalancingClient(access),
    balancers: new ElasticLoadBalancingV2Client(access),
    iam: new IAMClient(access),
    kms: new KMSClient(access),
    logs: new CloudWatchLogsClient(access),
  };
}

/** Other regions of the account that have clusters of these names. */
export async function clustersElsewhere(
  access: AwsAccess,
  names: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const { Regions = [] } = await new EC2Client(access).send(new DescribeRegionsCommand({}));
  const others = Regions.flatMap(({ RegionName }) =>
    RegionName === undefined || RegionName === access.region ? [] : RegionName,
  );
  const found = await Promise.all(
    others.map(async (region) => {
      const client = new EKSClient({ ...access, region });
      const clusters = await all(paginateListClusters({ client }, {}), (page) => page.clusters);
      return { region, clusters };
    }),
  );
  return new Map(
    names.map((name) => [
      name,
      found.flatMap(({ region, clusters }) => (clusters.includes(name) ? region : [])),
    ]),
  );
}
