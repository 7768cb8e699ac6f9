import type { Config } from '../../config';
import type { NewClusterSettings } from '../../config/clusters';
import { partitionOf } from '../../config/regions';

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A document of IAM. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

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
  'ec2:DeleteTags': 'aws.tags with a tag less',
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
  'iam:UpdateAssumeRolePolicy': 'a later version of this project that lets others take a role',
  'kms:CreateGrant':
    'EKS uses the key of the Secrets by a grant that the maker of the cluster gives',
  'kms:PutKeyPolicy': 'a later version of this project with another policy of a key',
  'kms:TagResource': 'tags of what is made, and a changed aws.tags',
  'kms:UntagResource': 'aws.tags with a tag less',
  'logs:TagResource': 'tags of what is made, and a changed aws.tags',
  'logs:UntagResource': 'aws.tags with a tag less',
};

/** Services that take a role which the deployer made. */
const TAKE_ROLES = ['eks', 'ec2', 'pods.eks', 'vpc-flow-logs'];

/**
 * The rights that the deployer of these settings needs, and no others: narrowed to the names of the
 * clusters where IAM can tell by a name, and to the region everywhere else.
 */
export function deployerPolicy({ aws, clusters, state, profile }: Config): Policy {
  const account = aws.accountId ?? '*';
  const made = Object.values(clusters).filter(
    (cluster): cluster is NewClusterSettings => cluster.kind === 'eks',
  );
  const existing = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'existing-eks' ? cluster : [],
  );
  const partition = partitionOf(aws.region) ?? 'aws';
  const arn = (service: string, resource: string, where = aws.region) =>
    `arn:${partition}:${service}:${where}:${account}:${resource}`;
  const inRegion = { StringEquals: { 'aws:RequestedRegion': [aws.region] } };
  const roles = made.map(({ name }) => arn('iam', `role/${name.slice(0, 26)}*`, ''));

  const known: Statement[] = [
    {
      Sid: 'KnowTheClusters',
      Effect: 'Allow',
      Action: ['eks:DescribeCluster'],
      Resource: existing.map(({ name, region }) => arn('eks', `cluster/${name}`, region)),
    },
  ];
  const making: Statement[] = [
    {
      Sid: 'Look',
      Effect: 'Allow',
      Action: [
        'ec2:DescribeAddresses',
        'ec2:DescribeAddressesAttribute',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeFlowLogs',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeNatGateways',
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribePrefixLists',
        'ec2:DescribeRegions',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroupRules',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpointServices',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
        'eks:DescribeAddonVersions',
        'eks:DescribeClusterVersions',
        'eks:ListClusters',
        'logs:DescribeLogGroups',
        'logs:ListTagsForResource',
        'servicequotas:GetServiceQuota',
        'servicequotas:GetAWSDefaultServiceQuota',
      ],
      Resource: ['*'],
    },
    {
      // Who deploys is admitted to the cluster by name.
      Sid: 'KnowWhoDeploys',
      Effect: 'Allow',
      Action: ['iam:GetRole', 'iam:GetUser'],
      Resource: [arn('iam', 'role/*', ''), arn('iam', 'user/*', '')],
    },
    {
      Sid: 'Network',
      Effect: 'Allow',
      Action: [
        'ec2:AllocateAddress',
        'ec2:AssociateRouteTable',
        'ec2:AttachInternetGateway',
        'ec2:AuthorizeSecurityGroupEgress',
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:CreateFlowLogs',
        'ec2:CreateInternetGateway',
        'ec2:CreateLaunchTemplate',
        'ec2:CreateLaunchTemplateVersion',
        'ec2:CreateNatGateway',
        'ec2:CreateRoute',
        'ec2:CreateRouteTable',
        'ec2:CreateSecurityGroup',
        'ec2:CreateSubnet',
        'ec2:CreateTags',
        'ec2:CreateVpc',
        'ec2:CreateVpcEndpoint',
        'ec2:DeleteFlowLogs',
        'ec2:DeleteInternetGateway',
        'ec2:DeleteLaunchTemplate',
        'ec2:DeleteNatGateway',
        'ec2:DeleteRoute',
        'ec2:DeleteRouteTable',
        'ec2:DeleteSecurityGroup',
        'ec2:DeleteSubnet',
        'ec2:DeleteTags',
        'ec2:DeleteVpc',
        'ec2:DeleteVpcEndpoints',
        'ec2:DetachInternetGateway',
        'ec2:DisassociateAddress',
        'ec2:DisassociateRouteTable',
        'ec2:ModifyLaunchTemplate',
        'ec2:ModifyVpcAttribute',
        'ec2:ReleaseAddress',
        'ec2:RevokeSecurityGroupEgress',
        'ec2:RevokeSecurityGroupIngress',
        'ec2:RunInstances',
      ],
      Resource: ['*'],
      Condition: inRegion,
    },
    {
      Sid: 'Clusters',
      Effect: 'Allow',
      Action: [
        'eks:AssociateAccessPolicy',
        'eks:CreateAccessEntry',
        'eks:CreateAddon',
        'eks:CreateCluster',
        'eks:CreateNodegroup',
        'eks:CreatePodIdentityAssociation',
        'eks:DeleteAccessEntry',
        'eks:DeleteAddon',
        'eks:DeleteCluster',
        'eks:DeleteNodegroup',
        'eks:DeletePodIdentityAssociation',
        'eks:DescribeAccessEntry',
        'eks:DescribeAddon',
        'eks:DescribeCluster',
        'eks:DescribeNodegroup',
        'eks:DescribePodIdentityAssociation',
        'eks:DescribeUpdate',
        'eks:DisassociateAccessPolicy',
        'eks:ListAssociatedAccessPolicies',
        'eks:TagResource',
        'eks:UntagResource',
        'eks:UpdateAccessEntry',
        'eks:UpdateAddon',
        'eks:UpdateClusterConfig',
        'eks:UpdateClusterVersion',
        'eks:UpdateNodegroupConfig',
        'eks:UpdateNodegroupVersion',
        'eks:UpdatePodIdentityAssociation',
      ],
      Resource: made.flatMap(({ name }) => [
        arn('eks', `cluster/${name}`),
        arn('eks', `*/${name}/*`),
      ]),
    },
    {
      Sid: 'Roles',
      Effect: 'Allow',
      Action: [
        'iam:AttachRolePolicy',
        'iam:CreateRole',
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:PutRolePolicy',
        'iam:TagRole',
        'iam:UntagRole',
        'iam:UpdateAssumeRolePolicy',
      ],
      Resource: roles,
    },
    {
      Sid: 'HandRolesOn',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: roles,
      Condition: {
        StringLike: {
          // Some have a suffix of the partition's own.
          'iam:PassedToService': TAKE_ROLES.map((service) => `${service}.amazonaws.com*`),
        },
      },
    },
    {
      Sid: 'FirstClusterOfAnAccount',
      Effect: 'Allow',
      Action: ['iam:CreateServiceLinkedRole'],
      Resource: [arn('iam', 'role/aws-service-role/eks*', '')],
      Condition: {
        StringLike: {
          'iam:AWSServiceName': ['eks.amazonaws.com*', 'eks-nodegroup.amazonaws.com*'],
        },
      },
    },
    {
      Sid: 'Issuers',
      Effect: 'Allow',
      Action: [
        'iam:CreateOpenIDConnectProvider',
        'iam:DeleteOpenIDConnectProvider',
        'iam:GetOpenIDConnectProvider',
        'iam:TagOpenIDConnectProvider',
        'iam:UntagOpenIDConnectProvider',
      ],
      Resource: [arn('iam', `oidc-provider/oidc.eks.${aws.region}.*`, '')],
    },
    {
      Sid: 'NewKeys',
      Effect: 'Allow',
      Action: ['kms:CreateKey'],
      Resource: ['*'],
      Condition: inRegion,
    },
    {
      Sid: 'Keys',
      Effect: 'Allow',
      Action: [
        'kms:CreateGrant',
        'kms:DescribeKey',
        'kms:EnableKeyRotation',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:ListResourceTags',
        'kms:PutKeyPolicy',
        'kms:ScheduleKeyDeletion',
        'kms:TagResource',
        'kms:UntagResource',
      ],
      Resource: [arn('kms', 'key/*')],
      Condition: { StringLike: { 'aws:ResourceTag/Name': made.map(({ name }) => `${name}*`) } },
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: [
        'logs:CreateLogGroup',
        'logs:DeleteLogGroup',
        'logs:PutRetentionPolicy',
        'logs:TagResource',
        'logs:UntagResource',
      ],
      Resource: made.flatMap(({ name }) => [
        arn('logs', `log-group:/aws/eks/${name}/*`),
        arn('logs', `log-group:/aws/vpc/${name}/*`),
      ]),
    },
  ];
  const inBucket: Statement[] =
    state.kind === 'local'
      ? []
      : [
          {
            Sid: 'StateBucket',
            Effect: 'Allow',
            Action: ['s3:ListBucket'],
            Resource: [`arn:${partition}:s3:::${state.bucket}`],
          },
          {
            Sid: 'State',
            Effect: 'Allow',
            Action: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
            Resource: [
              `arn:${partition}:s3:::${state.bucket}/${state.prefix}/${profile === 'default' ? '' : `${profile}/`}*`,
            ],
          },
          ...(state.kmsKeyArn === undefined
            ? []
            : [
                {
                  Sid: 'StateKey',
                  Effect: 'Allow' as const,
                  Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
                  Resource: [state.kmsKeyArn],
                },
              ]),
        ];
  return {
    Version: '2012-10-17',
    Statement: [
      ...(existing.length === 0 ? [] : known),
      ...(made.length === 0 ? [] : making),
      ...inBucket,
    ],
  };
}
