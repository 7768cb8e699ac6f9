import type { Config } from '../../config';
import { awsPlace } from '../../config/connection';
import { partitionOf } from '../../config/regions';
import { statePrefix } from '../../stacks/state-prefix';
import { assumedRoles } from '../aws/deployer-policy';
import { ISSUERS } from '../aws/issuers';
import { allow, type Policy, type Statement } from '../aws/policy-document';

/** Calls that only list. IAM cannot narrow them. */
const LISTS = [
  'autoscaling:DescribeAutoScalingGroups',
  'ec2:DescribeAddresses',
  'ec2:DescribeEgressOnlyInternetGateways',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeNatGateways',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRegions',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSnapshots',
  'ec2:DescribeSubnets',
  'ec2:DescribeVolumes',
  'ec2:DescribeVpcEndpointConnections',
  'ec2:DescribeVpcEndpointServiceConfigurations',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcPeeringConnections',
  'ec2:DescribeVpcs',
  'eks:ListClusters',
  'elasticloadbalancing:DescribeLoadBalancers',
  'elasticloadbalancing:DescribeTags',
  'elasticloadbalancing:DescribeTargetGroups',
  'iam:ListOpenIDConnectProviders',
  'iam:ListRoles',
  'kms:ListKeys',
  'logs:DescribeLogGroups',
  'logs:ListTagsForResource',
];

/** Deletions of what AWS names itself, which can be narrowed to a region only. */
const BY_REGION = [
  'autoscaling:DeleteAutoScalingGroup',
  'ec2:DeleteEgressOnlyInternetGateway',
  'ec2:DeleteFlowLogs',
  'ec2:DeleteInternetGateway',
  'ec2:DeleteLaunchTemplate',
  'ec2:DeleteNatGateway',
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteRouteTable',
  'ec2:DeleteSecurityGroup',
  'ec2:DeleteSubnet',
  'ec2:DeleteVpc',
  'ec2:DeleteVpcEndpointServiceConfigurations',
  'ec2:DeleteVpcEndpoints',
  'ec2:DeleteVpcPeeringConnection',
  'ec2:DetachInternetGateway',
  'ec2:RejectVpcEndpointConnections',
  'ec2:ReleaseAddress',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:RevokeSecurityGroupIngress',
  'elasticloadbalancing:DeleteLoadBalancer',
  'elasticloadbalancing:DeleteTargetGroup',
];

/** Of what holds data, or runs. */
const DATA = ['ec2:DeleteSnapshot', 'ec2:DeleteVolume', 'ec2:TerminateInstances'];

/**
 * The rights that `leftovers --delete` needs, and no others. Volumes, snapshots and instances only of the
 * clusters of the settings, by the tag that Kubernetes gives them.
 *
 * @param role Of a role that is taken for some of the clusters. Default: of whoever calls it.
 */
export function leftoversPolicy(config: Config, role?: string): Policy {
  const { aws, state, profile } = config;
  const clusters = Object.values(config.clusters).flatMap((cluster) => {
    if (cluster.kind === 'kubeconfig' || cluster.assumeRole !== role) return [];
    const { region, accountId = '*' } = awsPlace(cluster, aws);
    const isOwn = cluster.kind === 'eks';
    const isAuto = cluster.loadBalancers === 'auto-mode';
    return { name: cluster.name, region, accountId, isOwn, isAuto };
  });
  const regions = [...new Set(clusters.map(({ region }) => region))];
  const partition = partitionOf(regions[0] ?? aws.region) ?? 'aws';
  const inRegion = { 'aws:RequestedRegion': regions };
  const each = (resources: (one: (typeof clusters)[number]) => readonly string[]) => [
    ...new Set(clusters.flatMap(resources)),
  ];
  const ofEks = ({ name, region, accountId }: (typeof clusters)[number]) =>
    [`cluster/${name}`, `nodegroup/${name}/*`].map(
      (resource) => `arn:${partition}:eks:${region}:${accountId}:${resource}`,
    );
  const found: Statement[] = [
    allow('List', LISTS, ['*']),
    allow('DeleteInRegion', BY_REGION, ['*'], { StringEquals: inRegion }),
    ...clusters.flatMap(({ name, isAuto }, i) => [
      allow(`DeleteData${i}`, DATA, ['*'], {
        StringEquals: {
          ...inRegion,
          [`aws:ResourceTag/kubernetes.io/cluster/${name}`]: ['owned'],
        },
      }),
      // By the tag that Auto Mode gives to all that it makes, which AmazonEKSBlockStoragePolicy asks for.
      ...(isAuto
        ? [
            allow(`DeleteDataOfAutoMode${i}`, DATA, ['*'], {
              StringEquals: { ...inRegion, 'aws:ResourceTag/eks:eks-cluster-name': [name] },
            }),
          ]
        : []),
    ]),
    allow(
      'LookAtClusters',
      ['eks:DescribeCluster', 'eks:DescribeNodegroup', 'eks:ListNodegroups'],
      each(ofEks),
    ),
    // Clusters that exist anyhow are never deleted.
    ...(clusters.some(({ isOwn }) => isOwn)
      ? [
          allow(
            'DeleteClusters',
            ['eks:DeleteCluster', 'eks:DeleteNodegroup'],
            each((one) => (one.isOwn ? ofEks(one) : [])),
          ),
        ]
      : []),
    allow(
      'Roles',
      [
        'iam:DeleteInstanceProfile',
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:ListRoleTags',
        'iam:RemoveRoleFromInstanceProfile',
      ],
      each(({ name, accountId }) =>
        [`role/${name.slice(0, 26)}*`, 'instance-profile/eks-*'].map(
          (resource) => `arn:${partition}:iam::${accountId}:${resource}`,
        ),
      ),
    ),
    allow(
      'Issuers',
      ['iam:DeleteOpenIDConnectProvider', 'iam:GetOpenIDConnectProvider'],
      each(({ region, accountId }) =>
        Object.values(ISSUERS).map(
          (host) => `arn:${partition}:iam::${accountId}:oidc-provider/${host}.${region}.*`,
        ),
      ),
    ),
    allow(
      'Keys',
      ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:ScheduleKeyDeletion'],
      each(({ region, accountId }) => [`arn:${partition}:kms:${region}:${accountId}:key/*`]),
      { StringLike: { 'aws:ResourceTag/Name': clusters.map(({ name }) => `${name}*`) } },
    ),
    allow(
      'Logs',
      ['logs:DeleteLogGroup'],
      each(({ name, region, accountId }) =>
        ['eks', 'vpc', 'containerinsights'].map(
          (service) =>
            `arn:${partition}:logs:${region}:${accountId}:log-group:/aws/${service}/${name}/*`,
        ),
      ),
    ),
  ];
  const taken = role === undefined ? assumedRoles(config) : [];
  const inBucket =
    state.kind === 'local' || role !== undefined
      ? []
      : [
          allow('StateBucket', ['s3:ListBucket'], [`arn:${partition}:s3:::${state.bucket}`]),
          allow(
            'State',
            ['s3:GetObject'],
            [`arn:${partition}:s3:::${state.bucket}/${statePrefix(state, profile)}/*`],
          ),
          ...(state.kmsKeyArn === undefined
            ? []
            : [allow('StateKey', ['kms:Decrypt'], [state.kmsKeyArn])]),
        ];
  return {
    Version: '2012-10-17',
    Statement: [
      ...(clusters.length === 0 ? [] : found),
      ...(taken.length === 0 ? [] : [allow('OtherClusters', ['sts:AssumeRole'], taken)]),
      ...inBucket,
    ],
  };
}
