import type { Config } from '../../config';
import type { EksClusterSettings, NewClusterSettings } from '../../config/clusters';
import { awsPlace } from '../../config/connection';
import { partitionOf } from '../../config/regions';
import { statePrefix } from '../../stacks/state-prefix';
import { arnsOf, inRegions, rightsToMake } from './cluster-rights';
import { rightsToCross, rightsToName } from './crossing-rights';
import { allow, type Policy, type Statement } from './policy-document';

/**
 * Actions that no call of Terraform's names, each with why the deployer needs it. All others are called
 * by a deploy, a change or a destroy of the pair, or by `npm run check`: a test compares both.
 */
export const UNCALLED: Readonly<Record<string, string>> = {
  'servicequotas:GetAWSDefaultServiceQuota':
    '`npm run check`, of a quota that the account has never changed',
  'ec2:RunInstances': 'EKS tries the launch template of a node group in the name of its maker',
  'ec2:CreateLaunchTemplateVersion': 'a changed disk, tag or image of a node group',
  'ec2:ModifyLaunchTemplate': 'the same',
  'ec2:ModifySecurityGroupRules': 'another description of a port at eks.webhookPorts',
  'ec2:ReplaceRoute': 'network.nat from one to per-zone, or back',
  'ec2:ModifySubnetAttribute': 'nodes in public subnets, or no longer; subnets with IPv6',
  'ec2:DeleteTags': 'aws.tags with a tag less',
  'ec2:DisassociateAddress':
    'an address that AWS still shows at a NAT gateway when it is to be released',
  'eks:CreatePodIdentityAssociation': 'an add-on that is made with a role',
  'eks:DeletePodIdentityAssociation': 'the same, when it goes',
  'eks:UpdatePodIdentityAssociation': 'the same, with another role',
  'eks:UpdateClusterConfig': 'other addresses at eks.endpoint, other logs',
  'eks:UpdateClusterVersion': 'another eks.version',
  'eks:UpdateNodegroupVersion': 'the nodes of another eks.version, or of another launch template',
  'eks:UpdateAddon': 'another version of an add-on',
  'eks:UpdateAccessEntry': 'a changed entry of eks.access',
  'eks:TagResource': 'tags of what is made, and a changed aws.tags',
  'eks:UntagResource': 'aws.tags with a tag less',
  'iam:CreateServiceLinkedRole': 'the first EKS cluster and node group of an account',
  'iam:PassRole': 'EKS, its nodes, its pods and the flow log take the roles made for them',
  'iam:TagRole': 'tags of what is made, and a changed aws.tags',
  'iam:UntagRole': 'aws.tags with a tag less',
  'iam:TagOpenIDConnectProvider': 'tags of what is made, and a changed aws.tags',
  'iam:UntagOpenIDConnectProvider': 'aws.tags with a tag less',
  'iam:UpdateAssumeRolePolicy': 'a version of this project that lets others take a role',
  'kms:CreateGrant':
    'EKS uses the key of the Secrets by a grant that the maker of the cluster gives',
  'kms:PutKeyPolicy': 'a later version of this project with another policy of a key',
  'kms:TagResource': 'tags of what is made, and a changed aws.tags',
  'kms:UntagResource': 'aws.tags with a tag less',
  'logs:TagResource': 'tags of what is made, and a changed aws.tags',
  'logs:UntagResource': 'aws.tags with a tag less',
  'ec2:ModifyVpcEndpoint': 'an endpoint in other subnets, or with another policy',
  'ec2:ModifyVpcEndpointServiceConfiguration':
    'a load balancer of PrivateLink that its controller has made anew',
  'vpce:AllowMultiRegion': 'PrivateLink between two regions',
  'iam:RemoveRoleFromInstanceProfile':
    'EKS Auto Mode: a cluster that is gone may have left the role of its nodes in an instance profile',
};

/** Roles that are taken for single clusters (`assumeRole`); each needs a policy of its own. */
export function assumedRoles({ clusters }: Pick<Config, 'clusters'>): string[] {
  const roles = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'kubeconfig' ? [] : (cluster.assumeRole ?? []),
  );
  return [...new Set(roles)];
}

/**
 * The rights that the deployer of these settings needs, and no others: narrowed to the names of the
 * clusters where IAM can tell by a name, and to the regions everywhere else.
 *
 * @param role Of a role that is taken for some of the clusters. Default: of whoever deploys.
 */
export function deployerPolicy(config: Config, role?: string): Policy {
  const { aws, clusters } = config;
  const isOwn = (cluster: EksClusterSettings) => cluster.assumeRole === role;
  const made = Object.values(clusters).filter(
    (cluster): cluster is NewClusterSettings => cluster.kind === 'eks' && isOwn(cluster),
  );
  const existing = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'existing-eks' && isOwn(cluster) ? cluster : [],
  );
  const partition = partitionOf(made[0]?.region ?? aws.region) ?? 'aws';
  const arn = arnsOf(aws, partition);
  const inRegion = inRegions([...new Set(made.map((cluster) => awsPlace(cluster, aws).region))]);
  const taken = role === undefined ? assumedRoles(config) : [];
  return {
    Version: '2012-10-17',
    Statement: [
      ...(existing.length === 0
        ? []
        : [
            allow(
              'KnowTheClusters',
              ['eks:DescribeCluster'],
              existing.map((one) => arn(one, 'eks', `cluster/${one.name}`)),
            ),
          ]),
      ...rightsToMake(made, aws, arn),
      ...rightsToCross(config, isOwn, inRegion),
      ...rightsToName(config, isOwn, partition),
      ...(taken.length === 0 ? [] : [allow('OtherClusters', ['sts:AssumeRole'], taken)]),
      ...(role === undefined ? rightsToState(config, partition) : []),
    ],
  };
}

/** The bucket belongs to whoever deploys, not to a role of a cluster. */
function rightsToState({ state, profile }: Config, partition: string): Statement[] {
  if (state.kind === 'local') return [];
  return [
    allow(
      'State',
      [
        's3:DeleteObject',
        's3:GetObject',
        // The provider reads an object with its tags (stacks/left-crossing.ts).
        's3:GetObjectTagging',
        's3:ListBucket',
        's3:PutObject',
      ],
      [
        `arn:${partition}:s3:::${state.bucket}`,
        `arn:${partition}:s3:::${state.bucket}/${statePrefix(state, profile)}/*`,
      ],
    ),
    ...(state.kmsKeyArn === undefined
      ? []
      : [
          allow(
            'StateKey',
            ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
            [state.kmsKeyArn],
          ),
        ]),
  ];
}
