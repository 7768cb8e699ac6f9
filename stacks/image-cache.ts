import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { EcrPullThroughCacheRule } from '@cdktf/provider-aws/lib/ecr-pull-through-cache-rule';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { AwsSettings } from '../config/aws';
import type { EksCluster } from '../constructs/eks';
import { awsProvider, type Deployment } from './deployed-to';

/** Settings of `ImageCacheStack`. */
export interface ImageCacheStackProps {
  readonly deployment: Deployment;
  /** What the names of the copies start with. */
  readonly prefix: string;
  /** Secret by which ECR logs in to Docker Hub. */
  readonly credentialArn: string;
}

/**
 * A cache of Docker Hub in ECR for all clusters, which would else share its limit of anonymous pulls
 * behind one address. ECR makes a repository when an image is first asked for; these are nobody's here,
 * and stay.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 */
export class ImageCacheStack extends TerraformStack {
  public constructor(scope: Construct, id: string, props: ImageCacheStackProps) {
    super(scope, id);
    awsProvider(this, props.deployment);
    new EcrPullThroughCacheRule(this, 'docker-hub', {
      ecrRepositoryPrefix: props.prefix,
      upstreamRegistryUrl: 'registry-1.docker.io',
      credentialArn: props.credentialArn,
    });
  }
}

/**
 * Lets the nodes of a cluster have the cache fetch an image that it does not have: where the cache is, which may be
 * in another region than the cluster.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
 */
export function allowImageCache(
  cluster: EksCluster,
  { region, accountId }: Pick<AwsSettings, 'region' | 'accountId'>,
  prefix: string,
): void {
  const { partition } = new DataAwsPartition(cluster, 'image_cache_partition');
  new IamRolePolicy(cluster, 'image_cache', {
    name: 'image-cache',
    role: cluster.nodeRole.role.name,
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'],
          Resource: `arn:${partition}:ecr:${region}:${accountId ?? ''}:repository/${prefix}/*`,
        },
      ],
    }),
  });
}
