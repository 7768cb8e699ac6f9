import {
  type EksClusterSettings,
  hasIPv6Pods,
  type NewClusterSettings,
} from '../../config/clusters';
import { awsPlace } from '../../config/connection';
import type { Config } from '../../config';
import { ISSUERS } from './issuers';
import { allow, type Statement } from './policy-document';

/** Services that take a role which the deployer made. */
const TAKE_ROLES = ['eks', 'ec2', 'pods.eks', 'vpc-flow-logs'];

/** Names what is of a cluster, in its account; without a region what has none. */
export type Arn = (
  cluster: EksClusterSettings,
  service: string,
  resource: string,
  regional?: boolean,
) => string;

export function arnsOf(aws: Config['aws'], partition: string): Arn {
  return (cluster, service, resource, regional = true) => {
    const { region, accountId = '*' } = awsPlace(cluster, aws);
    return `arn:${partition}:${service}:${regional ? region : ''}:${accountId}:${resource}`;
  };
}

/** What the rights are narrowed to. */
interface Scope {
  readonly clusters: readonly NewClusterSettings[];
  readonly arn: Arn;
  /** Of all clusters, each once. */
  readonly each: (of: (cluster: NewClusterSettings) => readonly string[]) => string[];
  readonly regionOf: (cluster: NewClusterSettings) => string;
  readonly inRegion: NonNullable<Statement['Condition']>;
}

/** What makes, changes and removes clusters with their networks. */
export function rightsToMake(
  clusters: readonly NewClusterSettings[],
  aws: Config['aws'],
  arn: Arn,
): Statement[] {
  if (clusters.length === 0) return [];
  const each: Scope['each'] = (of) => [...new Set(clusters.flatMap(of))];
  const regionOf = (cluster: NewClusterSettings) => awsPlace(cluster, aws).region;
  const scope: Scope = {
    clusters,
    arn,
    each,
    regionOf,
    inRegion: inRegions(each((one) => [regionOf(one)])),
  };
  return [
    ...rightsToLook(scope),
    ...rightsToNetworks(scope),
    ...rightsToClusters(scope),
    ...rightsToRoles(scope),
    ...rightsToKeys(scope),
    ...rightsToLogs(scope),
    ...rightsToGivenKeys(scope),
    ...rightsToEndpoints(scope),
    ...rightsToIPv6(scope),
    ...rightsToAutoMode(scope),
  ];
}

/** Where IAM cannot tell by a name. */
export function inRegions(regions: readonly string[]): NonNullable<Statement['Condition']> {
  return { StringEquals: { 'aws:RequestedRegion': regions } };
}

function rightsToLook({ arn, each }: Scope): Statement[] {
  return [
    allow(
      'Look',
      [
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
      ['*'],
    ),
    // Who deploys is admitted to the cluster by name.
    allow(
      'KnowWhoDeploys',
      ['iam:GetRole', 'iam:GetUser'],
      each((one) => [arn(one, 'iam', 'role/*', false), arn(one, 'iam', 'user/*', false)]),
    ),
  ];
}

function rightsToNetworks({ inRegion }: Scope): Statement[] {
  return [
    allow(
      'Network',
      [
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
        'ec2:ModifySecurityGroupRules',
        'ec2:ModifySubnetAttribute',
        'ec2:ModifyVpcAttribute',
        'ec2:ReleaseAddress',
        'ec2:ReplaceRoute',
        'ec2:RevokeSecurityGroupEgress',
        'ec2:RevokeSecurityGroupIngress',
        'ec2:RunInstances',
      ],
      ['*'],
      inRegion,
    ),
  ];
}

function rightsToClusters({ arn, each }: Scope): Statement[] {
  return [
    allow(
      'Clusters',
      [
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
      each((one) => [arn(one, 'eks', `cluster/${one.name}`), arn(one, 'eks', `*/${one.name}/*`)]),
    ),
  ];
}

function rightsToRoles({ arn, each, regionOf }: Scope): Statement[] {
  const roles = each((one) => [arn(one, 'iam', `role/${one.name.slice(0, 26)}*`, false)]);
  return [
    allow(
      'Roles',
      [
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
      roles,
    ),
    allow('HandRolesOn', ['iam:PassRole'], roles, {
      StringLike: {
        // Some have a suffix of the partition's own.
        'iam:PassedToService': TAKE_ROLES.map((service) => `${service}.amazonaws.com*`),
      },
    }),
    allow(
      'FirstClusterOfAnAccount',
      ['iam:CreateServiceLinkedRole'],
      each((one) => [arn(one, 'iam', 'role/aws-service-role/eks*', false)]),
      {
        StringLike: {
          'iam:AWSServiceName': ['eks.amazonaws.com*', 'eks-nodegroup.amazonaws.com*'],
        },
      },
    ),
    allow(
      'Issuers',
      [
        'iam:CreateOpenIDConnectProvider',
        'iam:DeleteOpenIDConnectProvider',
        'iam:GetOpenIDConnectProvider',
        'iam:TagOpenIDConnectProvider',
        'iam:UntagOpenIDConnectProvider',
      ],
      each((one) => [
        arn(one, 'iam', `oidc-provider/${ISSUERS.ipv4}.${regionOf(one)}.*`, false),
        ...(hasIPv6Pods(one)
          ? [arn(one, 'iam', `oidc-provider/${ISSUERS.ipv6}.${regionOf(one)}.*`, false)]
          : []),
      ]),
    ),
  ];
}

function rightsToKeys({ clusters, arn, each, regionOf, inRegion }: Scope): Statement[] {
  const keys = each((one) => [arn(one, 'kms', 'key/*')]);
  const names = clusters.map(({ name }) => `${name}*`);
  return [
    // A key that is made has no tags yet to be judged by; one that has a name is somebody's.
    // https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
    allow('NewKeys', ['kms:CreateKey', 'kms:TagResource'], ['*'], {
      ...inRegion,
      StringLike: { 'aws:RequestTag/Name': names },
      Null: { 'aws:ResourceTag/Name': ['true'] },
    }),
    // Called as soon as a key is there; its tags may count five minutes later only:
    // https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
    allow(
      'FreshKeys',
      [
        'kms:DescribeKey',
        'kms:EnableKeyRotation',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:ListResourceTags',
      ],
      keys,
    ),
    allow('GrantsForEKS', ['kms:CreateGrant'], keys, {
      StringLike: { 'kms:ViaService': each((one) => [`eks.${regionOf(one)}.*`]) },
    }),
    allow(
      'Keys',
      [
        'kms:CreateGrant',
        'kms:PutKeyPolicy',
        'kms:ScheduleKeyDeletion',
        'kms:TagResource',
        'kms:UntagResource',
      ],
      keys,
      { StringLike: { 'aws:ResourceTag/Name': names } },
    ),
  ];
}

function rightsToLogs({ arn, each }: Scope): Statement[] {
  return [
    allow(
      'Logs',
      [
        'logs:CreateLogGroup',
        'logs:DeleteLogGroup',
        'logs:PutRetentionPolicy',
        'logs:TagResource',
        'logs:UntagResource',
      ],
      // Of EKS and of the VPC.
      each((one) => [arn(one, 'logs', `log-group:/aws/*/${one.name}/*`)]),
    ),
  ];
}

/** Keys that are there already. */
function rightsToGivenKeys({ each }: Scope): Statement[] {
  const keys = each(({ eks }) =>
    eks.encryptionKeyArn === undefined ? [] : [eks.encryptionKeyArn],
  );
  return keys.length === 0
    ? []
    : [allow('GivenKeys', ['kms:CreateGrant', 'kms:DescribeKey'], keys)];
}

/**
 * EC2 asks for it where an endpoint takes the usual name of its service, in a zone of AWS's.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
function rightsToEndpoints({ clusters }: Scope): Statement[] {
  return clusters.some(
    ({ network, existingVpc }) => network.awsEndpoints && existingVpc === undefined,
  )
    ? [allow('NamesOfEndpoints', ['route53:AssociateVPCWithHostedZone'], ['*'])]
    : [];
}

function rightsToIPv6({ clusters, inRegion }: Scope): Statement[] {
  if (!clusters.some(hasIPv6Pods)) return [];
  return [
    allow('LookAtIPv6', ['ec2:DescribeEgressOnlyInternetGateways'], ['*']),
    allow(
      'IPv6',
      ['ec2:CreateEgressOnlyInternetGateway', 'ec2:DeleteEgressOnlyInternetGateway'],
      ['*'],
      inRegion,
    ),
  ];
}

/**
 * EKS Auto Mode makes instance profiles with the role of its nodes, and a cluster that is gone may have left one:
 * Terraform takes the role out of it, since IAM deletes no role that is in one.
 *
 * @see https://github.com/aws/containers-roadmap/issues/2531
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSComputePolicy.html how their names begin
 */
function rightsToAutoMode({ clusters, arn }: Scope): Statement[] {
  const auto = clusters.filter(({ eks }) => eks.compute === 'auto');
  const profiles = auto.map((one) => arn(one, 'iam', 'instance-profile/eks*', false));
  return auto.length === 0
    ? []
    : [allow('NodesOfAutoMode', ['iam:RemoveRoleFromInstanceProfile'], [...new Set(profiles)])];
}
