import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type Config, type ConfigInput, defineConfig } from '../../../config';
import { addStacks } from '../../../stacks';
import { deployerPolicy } from '../../../support/aws/deployer-policy';

/*
 * The emulated AWS records what a deploy and a destroy call (test/e2e/aws/pair.test.ts), but few changes. So here is
 * what the provider calls to change each type in place, read in its source of June 2026; what it calls to replace a
 * route and to change a rule was seen with the pinned version, too.
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service
 */

/** Tags of what EC2 has. */
const EC2_TAGS = ['ec2:CreateTags', 'ec2:DeleteTags'];
const RULE = ['ec2:ModifySecurityGroupRules', ...EC2_TAGS];

/** By type. Left out is what no setting changes in place, such as the DNS of a VPC or what a role may be given. */
const UPDATES: Readonly<Record<string, readonly string[]>> = {
  aws_cloudwatch_log_group: ['logs:PutRetentionPolicy', 'logs:TagResource', 'logs:UntagResource'],
  aws_default_security_group: EC2_TAGS,
  aws_ecr_pull_through_cache_rule: [],
  aws_egress_only_internet_gateway: EC2_TAGS,
  aws_eip: EC2_TAGS,
  aws_eks_access_entry: ['eks:UpdateAccessEntry', 'eks:TagResource', 'eks:UntagResource'],
  aws_eks_access_policy_association: [],
  aws_eks_addon: ['eks:UpdateAddon', 'eks:DescribeUpdate', 'eks:TagResource', 'eks:UntagResource'],
  aws_eks_cluster: [
    'eks:UpdateClusterConfig',
    'eks:UpdateClusterVersion',
    'eks:DescribeUpdate',
    'eks:TagResource',
    'eks:UntagResource',
  ],
  aws_eks_node_group: [
    'eks:UpdateNodegroupConfig',
    'eks:UpdateNodegroupVersion',
    'eks:DescribeUpdate',
    'eks:TagResource',
    'eks:UntagResource',
  ],
  aws_flow_log: EC2_TAGS,
  aws_iam_openid_connect_provider: [
    'iam:TagOpenIDConnectProvider',
    'iam:UntagOpenIDConnectProvider',
  ],
  aws_iam_role: ['iam:UpdateAssumeRolePolicy', 'iam:TagRole', 'iam:UntagRole'],
  aws_iam_role_policy: ['iam:PutRolePolicy'],
  aws_iam_role_policy_attachment: [],
  aws_internet_gateway: EC2_TAGS,
  aws_kms_key: ['kms:PutKeyPolicy', 'kms:TagResource', 'kms:UntagResource'],
  aws_launch_template: ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate', ...EC2_TAGS],
  aws_nat_gateway: EC2_TAGS,
  aws_route: ['ec2:ReplaceRoute'],
  aws_route_table: EC2_TAGS,
  aws_route_table_association: [],
  aws_route53_record: ['route53:ChangeResourceRecordSets', 'route53:GetChange'],
  aws_security_group: EC2_TAGS,
  aws_subnet: ['ec2:ModifySubnetAttribute', ...EC2_TAGS],
  aws_vpc: EC2_TAGS,
  aws_vpc_endpoint: EC2_TAGS,
  aws_vpc_endpoint_connection_accepter: [],
  aws_vpc_endpoint_service: ['ec2:ModifyVpcEndpointServiceConfiguration', ...EC2_TAGS],
  aws_vpc_endpoint_service_allowed_principal: [],
  aws_vpc_peering_connection: EC2_TAGS,
  aws_vpc_peering_connection_accepter: EC2_TAGS,
  aws_vpc_peering_connection_options: ['ec2:ModifyVpcPeeringConnectionOptions'],
  aws_vpc_security_group_egress_rule: RULE,
  aws_vpc_security_group_ingress_rule: RULE,
};

/** What only some settings change in place. */
const OF_SOME = {
  awsEndpoints: ['ec2:ModifyVpcEndpoint'],
  privatelink: ['ec2:ModifyVpcEndpoint'],
  // https://github.com/aws/containers-roadmap/issues/2531, when the role goes.
  auto: ['iam:RemoveRoleFromInstanceProfile'],
} as const;

function settings(input: ConfigInput): Config {
  const eks = { endpoint: { publicCidrs: ['203.0.113.7/32'] }, ...input.eks };
  return defineConfig({ aws: { accountId: '111122223333' }, ...input, eks }).config;
}

/** Types of AWS's resources that the stacks make. */
function typesOf(config: Config): string[] {
  const app = Testing.app();
  addStacks(app, config);
  const types = app.node.children
    .filter((child) => TerraformStack.isStack(child))
    .flatMap((stack) => {
      const { resource = {} } = JSON.parse(Testing.synth(stack)) as { resource?: object };
      return Object.keys(resource).filter((type) => type.startsWith('aws_'));
    });
  return [...new Set(types)];
}

const CASES: readonly (readonly [string, ConfigInput, readonly string[]])[] = [
  ['the default pair', {}, []],
  ['a NAT gateway for each zone', { network: { nat: 'per-zone' } }, []],
  ['endpoints of AWS services', { network: { awsEndpoints: true } }, OF_SOME.awsEndpoints],
  ['Auto Mode', { eks: { compute: 'auto' } }, OF_SOME.auto],
  ['a peering', { federation: { crossing: 'peering' } }, []],
  ['PrivateLink', { federation: { crossing: 'privatelink' } }, OF_SOME.privatelink],
  [
    'IPv6 addresses and a name',
    {
      clusters: { istio: { kind: 'eks', eks: { ipFamily: 'ipv6', compute: 'auto' } } },
      meshes: {
        istio: {
          gateway: { record: { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'istio.example.com' } },
        },
      },
    },
    OF_SOME.auto,
  ],
];

describe("The deployer's policy, by the types that are made", () => {
  it.each(CASES)('allows what the provider calls to change them: %s', (_, input, further) => {
    const config = settings(input);
    const types = typesOf(config);
    expect(types.filter((type) => !(type in UPDATES))).toEqual([]);
    const granted = new Set(deployerPolicy(config).Statement.flatMap(({ Action }) => Action));
    const needed = [...types.flatMap((type) => UPDATES[type] ?? []), ...further];
    expect([...new Set(needed)].filter((action) => !granted.has(action))).toEqual([]);
  });

  it('has every type of the table in one of the cases', () => {
    const made = new Set(CASES.flatMap(([, input]) => typesOf(settings(input))));
    const known = Object.keys(UPDATES).filter((type) => type !== 'aws_ecr_pull_through_cache_rule');
    expect(known.filter((type) => !made.has(type))).toEqual([]);
  });
});
