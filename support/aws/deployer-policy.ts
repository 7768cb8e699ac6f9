import type { Config } from '../../config';
import {
  type EksClusterSettings,
  hasIPv6Pods,
  type NewClusterSettings,
} from '../../config/clusters';
import { awsPlace } from '../../config/connection';
import {
  callingClusters,
  hasPrivateGateway,
  newClusters,
  peeredPairs,
  recordOf,
  waysOf,
} from '../../config/crossing';
import { partnerClusters } from '../../config/partner-crossing';
import { placedMeshes } from '../../config/placed-meshes';
import { partitionOf } from '../../config/regions';
import { statePrefix } from '../../stacks/bucket';
import { ISSUERS } from './issuers';

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
  'ec2:ModifySubnetAttribute': 'nodes in public subnets, or no longer; subnets with IPv6',
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
  'ec2:ModifyVpcEndpoint': 'an endpoint in other subnets, or with another policy',
  'ec2:ModifyVpcEndpointServiceConfiguration':
    'a load balancer of PrivateLink that its controller has made anew',
  'vpce:AllowMultiRegion': 'PrivateLink between two regions',
};

/** Services that take a role which the deployer made. */
const TAKE_ROLES = ['eks', 'ec2', 'pods.eks', 'vpc-flow-logs'];

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
  const { aws, clusters, state, profile } = config;
  const isOwn = (cluster: EksClusterSettings) => cluster.assumeRole === role;
  const made = Object.values(clusters).filter(
    (cluster): cluster is NewClusterSettings => cluster.kind === 'eks' && isOwn(cluster),
  );
  const existing = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'existing-eks' && isOwn(cluster) ? cluster : [],
  );
  const place = (cluster?: EksClusterSettings) => {
    const { region, accountId = '*' } =
      cluster === undefined
        ? { region: aws.region, accountId: aws.accountId }
        : awsPlace(cluster, aws);
    return { region, accountId };
  };
  const partition = partitionOf(made[0]?.region ?? aws.region) ?? 'aws';
  /** Of a cluster, in its account; without a region for what has none. */
  const arn = (cluster: EksClusterSettings, service: string, resource: string, regional = true) => {
    const { region, accountId } = place(cluster);
    return `arn:${partition}:${service}:${regional ? region : ''}:${accountId}:${resource}`;
  };
  const each = (resources: (cluster: NewClusterSettings) => readonly string[]) => [
    ...new Set(made.flatMap(resources)),
  ];
  const regions = [...new Set(made.map((cluster) => place(cluster).region))];
  const inRegion = { StringEquals: { 'aws:RequestedRegion': regions } };
  const roles = each((one) => [arn(one, 'iam', `role/${one.name.slice(0, 26)}*`, false)]);
  const keys = each((one) => [arn(one, 'kms', 'key/*')]);
  const keyNames = made.map(({ name }) => `${name}*`);

  const known: Statement[] = [
    {
      Sid: 'KnowTheClusters',
      Effect: 'Allow',
      Action: ['eks:DescribeCluster'],
      Resource: existing.map((one) => arn(one, 'eks', `cluster/${one.name}`)),
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
      Resource: each((one) => [arn(one, 'iam', 'role/*', false), arn(one, 'iam', 'user/*', false)]),
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
        'ec2:ModifySubnetAttribute',
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
      Resource: each((one) => [
        arn(one, 'eks', `cluster/${one.name}`),
        arn(one, 'eks', `*/${one.name}/*`),
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
      Resource: each((one) => [arn(one, 'iam', 'role/aws-service-role/eks*', false)]),
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
      Resource: each((one) => [
        arn(one, 'iam', `oidc-provider/${ISSUERS.ipv4}.${place(one).region}.*`, false),
        ...(hasIPv6Pods(one)
          ? [arn(one, 'iam', `oidc-provider/${ISSUERS.ipv6}.${place(one).region}.*`, false)]
          : []),
      ]),
    },
    {
      // A key that is made has no tags yet to be judged by; one that has a name is somebody's.
      // https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
      Sid: 'NewKeys',
      Effect: 'Allow',
      Action: ['kms:CreateKey', 'kms:TagResource'],
      Resource: ['*'],
      Condition: {
        ...inRegion,
        StringLike: { 'aws:RequestTag/Name': keyNames },
        Null: { 'aws:ResourceTag/Name': ['true'] },
      },
    },
    {
      // Called as soon as a key is there; its tags may count five minutes later only:
      // https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
      Sid: 'FreshKeys',
      Effect: 'Allow',
      Action: [
        'kms:DescribeKey',
        'kms:EnableKeyRotation',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:ListResourceTags',
      ],
      Resource: keys,
    },
    {
      Sid: 'GrantsForEKS',
      Effect: 'Allow',
      Action: ['kms:CreateGrant'],
      Resource: keys,
      Condition: { StringLike: { 'kms:ViaService': regions.map((region) => `eks.${region}.*`) } },
    },
    {
      Sid: 'Keys',
      Effect: 'Allow',
      Action: [
        'kms:CreateGrant',
        'kms:PutKeyPolicy',
        'kms:ScheduleKeyDeletion',
        'kms:TagResource',
        'kms:UntagResource',
      ],
      Resource: keys,
      Condition: { StringLike: { 'aws:ResourceTag/Name': keyNames } },
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
      // Of EKS and of the VPC.
      Resource: each((one) => [arn(one, 'logs', `log-group:/aws/*/${one.name}/*`)]),
    },
  ];
  const givenKeys = each(({ eks }) =>
    eks.encryptionKeyArn === undefined ? [] : [eks.encryptionKeyArn],
  );
  if (givenKeys.length > 0) {
    making.push({
      Sid: 'GivenKeys',
      Effect: 'Allow',
      Action: ['kms:CreateGrant', 'kms:DescribeKey'],
      Resource: givenKeys,
    });
  }
  if (made.some(({ network, existingVpc }) => network.awsEndpoints && existingVpc === undefined)) {
    // EC2 asks for it where an endpoint takes the usual name of its service, in a zone of AWS's:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    making.push({
      Sid: 'NamesOfEndpoints',
      Effect: 'Allow',
      Action: ['route53:AssociateVPCWithHostedZone'],
      Resource: ['*'],
    });
  }
  if (made.some(hasIPv6Pods)) {
    making.push(
      {
        Sid: 'LookAtIPv6',
        Effect: 'Allow',
        Action: ['ec2:DescribeEgressOnlyInternetGateways'],
        Resource: ['*'],
      },
      {
        Sid: 'IPv6',
        Effect: 'Allow',
        Action: ['ec2:CreateEgressOnlyInternetGateway', 'ec2:DeleteEgressOnlyInternetGateway'],
        Resource: ['*'],
        Condition: inRegion,
      },
    );
  }
  const taken = role === undefined ? assumedRoles(config) : [];
  const others: Statement[] =
    taken.length === 0
      ? []
      : [{ Sid: 'OtherClusters', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: taken }];
  const inBucket: Statement[] =
    state.kind === 'local' || role !== undefined
      ? []
      : [
          {
            Sid: 'State',
            Effect: 'Allow',
            Action: [
              's3:DeleteObject',
              's3:GetObject',
              // The provider reads an object with its tags (stacks/left-crossing.ts).
              's3:GetObjectTagging',
              's3:ListBucket',
              's3:PutObject',
            ],
            Resource: [
              `arn:${partition}:s3:::${state.bucket}`,
              `arn:${partition}:s3:::${state.bucket}/${statePrefix(state, profile)}/*`,
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
      ...rightsToCross(config, isOwn).map((statement) => ({ ...statement, Condition: inRegion })),
      ...rightsToName(config, isOwn, partition),
      ...others,
      ...inBucket,
    ],
  };
}

/**
 * Characters of a managed policy at most, white space apart.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MOST_CHARACTERS = 6144;

/** The same rights as policies that each fit into one managed policy; one, where all fit. */
export function policyParts({ Version, Statement }: Policy): Policy[] {
  const parts: Policy[] = [];
  for (const statement of Statement) {
    const last = parts.at(-1);
    const longer = { Version, Statement: [...(last?.Statement ?? []), statement] };
    const fits = last !== undefined && JSON.stringify(longer).length <= MOST_CHARACTERS;
    parts.splice(fits ? -1 : parts.length, 1, fits ? longer : { Version, Statement: [statement] });
  }
  return parts;
}

/**
 * What makes the records of gateways: those names alone, in their zones.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
 */
function rightsToName(
  config: Config,
  isOwn: (cluster: EksClusterSettings) => boolean,
  partition: string,
): Statement[] {
  const records = placedMeshes(config).flatMap(({ mesh, cluster }) =>
    cluster.kind !== 'kubeconfig' && isOwn(cluster) ? (recordOf(mesh) ?? []) : [],
  );
  if (records.length === 0) return [];
  const zones = [
    ...new Set(records.map(({ zoneId }) => `arn:${partition}:route53:::hostedzone/${zoneId}`)),
  ];
  return [
    {
      Sid: 'NameGateways',
      Effect: 'Allow',
      Action: ['route53:ChangeResourceRecordSets'],
      Resource: zones,
      Condition: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
            ...new Set(records.map(({ name }) => name)),
          ],
        },
      },
    },
    {
      Sid: 'ReadZones',
      Effect: 'Allow',
      Action: ['route53:GetHostedZone', 'route53:ListResourceRecordSets'],
      Resource: zones,
    },
    {
      Sid: 'WaitForNames',
      Effect: 'Allow',
      Action: ['route53:GetChange'],
      Resource: [`arn:${partition}:route53:::change/*`],
    },
  ];
}

/** What makes the private connection between clusters, by the end that is the deployer's own. */
function rightsToCross(
  config: Config,
  isOwn: (cluster: NewClusterSettings) => boolean,
): Omit<Statement, 'Condition'>[] {
  const ways = waysOf(config);
  const peerings = ways.includes('peering') ? peeredPairs(config) : [];
  const entered = ways.includes('privatelink')
    ? placedMeshes(config)
        .filter((placed) => hasPrivateGateway(config, placed))
        .flatMap((placed) => {
          const owner = newClusters(config).find(({ name }) => name === placed.clusterName);
          const [caller] = callingClusters(config, placed);
          return owner === undefined || caller === undefined ? [] : [{ owner, caller }];
        })
    : [];
  const regionOf = (cluster: NewClusterSettings) => awsPlace(cluster, config.aws).region;
  const offers = entered.filter(({ owner }) => isOwn(owner.cluster));
  const calls = entered.filter(({ caller }) => isOwn(caller.cluster));
  const hasEndpoints = newClusters(config).some(
    ({ cluster }) => isOwn(cluster) && cluster.network.awsEndpoints,
  );
  const when = (condition: boolean, Sid: string, Action: readonly string[]) =>
    condition ? [{ Sid, Effect: 'Allow' as const, Action, Resource: ['*'] }] : [];
  const withPartners = partnerClusters(config).filter(({ cluster }) => isOwn(cluster));
  const peers = ways.includes('peering') && withPartners.length > 0;
  const linked = ways.includes('privatelink') ? withPartners : [];
  const farther =
    [...offers, ...calls].some(
      ({ owner, caller }) => regionOf(owner.cluster) !== regionOf(caller.cluster),
    ) || linked.some(({ cluster, regions }) => regions.some((one) => one !== regionOf(cluster)));
  // Which of two VPCs requests is known with the partner's offer only.
  const asks = peers || peerings.some(([requester]) => isOwn(requester.cluster));
  const accepts = peers || peerings.some(([, accepter]) => isOwn(accepter.cluster));
  return [
    ...when(asks || accepts, 'Peering', [
      ...(accepts ? ['ec2:AcceptVpcPeeringConnection'] : []),
      ...(asks ? ['ec2:CreateVpcPeeringConnection', 'ec2:DeleteVpcPeeringConnection'] : []),
      'ec2:DescribeVpcPeeringConnections',
      'ec2:ModifyVpcPeeringConnectionOptions',
    ]),
    ...when(offers.length > 0 || linked.some(({ entered }) => entered), 'OfferGateways', [
      'ec2:AcceptVpcEndpointConnections',
      'ec2:CreateVpcEndpointServiceConfiguration',
      'ec2:DeleteVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpointConnections',
      'ec2:DescribeVpcEndpointServiceConfigurations',
      'ec2:DescribeVpcEndpointServicePermissions',
      'ec2:ModifyVpcEndpointServiceConfiguration',
      'ec2:ModifyVpcEndpointServicePermissions',
      'ec2:RejectVpcEndpointConnections',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeTags',
    ]),
    ...when(calls.length > 0 || linked.some((one) => one.calls) || hasEndpoints, 'Endpoints', [
      'ec2:ModifyVpcEndpoint',
    ]),
    ...when(farther, 'AcrossRegions', ['vpce:AllowMultiRegion']),
  ];
}
