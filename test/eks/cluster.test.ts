import { describe, expect, it } from '@jest/globals';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { TerraformResource } from 'cdktf';
import {
  EksCluster,
  type EksClusterProps,
  type NodeGroupSettings,
  NodeSecurityGroup,
  ServiceRole,
  WEBHOOK_PORTS,
} from '../../constructs/eks';
import { Network } from '../../constructs/network';
import { address, awsStack, Plan, reference, types } from '../helpers/aws';
import { synthesise } from '../helpers/synth';

/** A cluster in a VPC of its own. */
function build(props: Partial<EksClusterProps> = {}) {
  const stack = awsStack();
  const network = new Network(stack, 'network', { name: 'mesh', cidr: '10.10.0.0/16' });
  const eks = new EksCluster(stack, 'cluster', {
    name: 'mesh',
    network,
    ...props,
  });
  return { network, eks, plan: new Plan(stack) };
}

/** A node group's launch template and itself. */
function nodeGroup(
  settings: Partial<NodeGroupSettings> = {},
  props: Partial<EksClusterProps> = {},
) {
  const { eks, plan } = build({ nodeGroups: [{ name: 'default', ...settings }], ...props });
  const group = eks.nodeGroups.default;
  if (group === undefined) throw new Error('no node group');
  return { group: plan.of(group.nodeGroup), template: plan.of(group.launchTemplate), eks, plan };
}

interface Statement {
  readonly Effect: string;
  readonly Principal?: Readonly<Record<string, unknown>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string;
}

function statements(document: unknown): readonly Statement[] {
  return (JSON.parse(String(document)) as { Statement: Statement[] }).Statement;
}

/** The group of the nodes of node groups. */
function nodesOf({ nodeSecurityGroup }: EksCluster): NodeSecurityGroup {
  if (nodeSecurityGroup === undefined) throw new Error('no group of the nodes');
  return nodeSecurityGroup;
}

/** The maker of the cluster, as the state keeps it. */
function creatorOf(plan: Plan): string {
  const [entry] = plan
    .all('aws_eks_access_entry')
    .flatMap(({ principal_arn }) => /terraform_data\.\w+\.input/.exec(String(principal_arn)) ?? []);
  if (entry === undefined) throw new Error('no creator');
  return entry;
}

/** Shared by the tests that only look. */
const standard = build();

describe('The control plane', () => {
  const { eks, network, plan } = standard;
  const cluster = plan.of(eks.cluster);

  it('is in the private subnets, and reached from inside of the VPC only', () => {
    expect(cluster.vpc_config).toEqual({
      subnet_ids: network.privateSubnets.map((subnet) => reference(subnet)),
      endpoint_private_access: true,
      endpoint_public_access: false,
    });
  });

  it('is reached from the internet by those who are listed', () => {
    const publicCidrs = ['198.51.100.7/32', '203.0.113.0/24'];
    const { eks: open, plan: opened } = build({ endpoint: { publicCidrs } });
    expect(opened.of(open.cluster).vpc_config).toMatchObject({
      endpoint_private_access: true,
      endpoint_public_access: true,
      public_access_cidrs: publicCidrs,
    });
  });

  it('has a role that EKS takes, with the policy that it needs and the use of one key', () => {
    const role = eks.clusterRole;
    expect(cluster.role_arn).toBe(reference(role.role, 'arn'));
    expect(statements(plan.of(role.role).assume_role_policy)).toEqual([
      { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
    expect(role.policies.map((policy) => plan.of(policy).policy_arn)).toEqual([
      expect.stringMatching(/^arn:\$\{.*\}:iam::aws:policy\/AmazonEKSClusterPolicy$/),
    ]);
    const [inline, ...more] = plan.all('aws_iam_role_policy');
    expect(more).toEqual([]);
    expect(inline?.role).toBe(reference(role.role, 'name'));
    expect(statements(inline?.policy)).toEqual([
      {
        Effect: 'Allow',
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ListGrants', 'kms:DescribeKey'],
        Resource: eks.encryptionKey && reference(eks.encryptionKey, 'arn'),
      },
    ]);
  });

  it('encrypts Secrets with a key of its own that rotates', () => {
    if (eks.encryptionKey === undefined) throw new Error('no key');
    expect(cluster.encryption_config).toEqual({
      provider: { key_arn: reference(eks.encryptionKey, 'arn') },
      resources: ['secrets'],
    });
    expect(plan.of(eks.encryptionKey)).toMatchObject({
      enable_key_rotation: true,
      deletion_window_in_days: 7,
    });
  });

  it('keeps the key that it was made with: another one is refused before anything is changed', () => {
    const refusal = (plan: Plan) =>
      plan
        .all('terraform_data')
        .flatMap(({ input = {}, lifecycle }) =>
          JSON.stringify(input).includes('encryptionKeyArn') ? [{ input, lifecycle }] : [],
        );
    expect(refusal(plan)).toMatchObject([
      {
        input: { encryptionKeyArn: 'none: a key of its own' },
        lifecycle: {
          ignore_changes: ['input'],
          postcondition: [
            { error_message: expect.stringContaining('nobody can read its Secrets') as unknown },
          ],
        },
      },
    ]);
    const encryptionKeyArn = 'arn:aws:kms:eu-north-1:111122223333:key/1';
    expect(refusal(build({ encryptionKeyArn }).plan)).toMatchObject([
      { input: { encryptionKeyArn } },
    ]);
  });

  it('is refused what would replace it before it is changed', () => {
    const kept = plan
      .all('terraform_data')
      .flatMap(({ input }) => (typeof input === 'object' ? Object.keys(input ?? {}) : []));
    expect(kept).toEqual(
      expect.arrayContaining(['name', 'serviceCidr', 'compute', 'encryptionKeyArn']),
    );
    const before = plan.before(eks.cluster);
    for (const made of ['made_with', 'encrypted_with']) {
      expect(before).toContainEqual(
        expect.stringMatching(new RegExp(`^terraform_data\\.cluster_${made}_`)),
      );
    }
  });

  it('leaves it to IAM who uses the key', () => {
    if (eks.encryptionKey === undefined) throw new Error('no key');
    expect(statements(plan.of(eks.encryptionKey).policy)).toMatchObject([
      {
        Effect: 'Allow',
        Principal: { AWS: expect.stringMatching(/^arn:.*:iam::.*:root$/) as unknown },
        Action: 'kms:*',
        // In a key's policy that is the key.
        Resource: '*',
      },
    ]);
  });

  it('or with a key that exists', () => {
    const encryptionKeyArn = 'arn:aws:kms:eu-north-1:111122223333:key/1';
    const { eks: other, plan: keyed } = build({ encryptionKeyArn });
    expect(other.encryptionKey).toBeUndefined();
    expect(keyed.types).not.toContain('aws_kms_key');
    expect(keyed.of(other.cluster).encryption_config).toMatchObject({
      provider: { key_arn: encryptionKeyArn },
    });
    expect(statements(keyed.all('aws_iam_role_policy')[0]?.policy)[0]?.Resource).toBe(
      encryptionKeyArn,
    );
  });

  it('knows its users by access entries alone, and its maker among them', () => {
    expect(cluster.access_config).toEqual({
      authentication_mode: 'API',
      bootstrap_cluster_creator_admin_permissions: false,
    });
    // A cluster that was made with another value stays.
    expect(cluster.lifecycle).toEqual({
      ignore_changes: ['access_config[0].bootstrap_cluster_creator_admin_permissions'],
    });
  });

  it('brings no add-on that nobody owns', () => {
    expect(cluster.bootstrap_self_managed_addons).toBe(false);
  });

  it('is upgraded by AWS in time, unless extended support was paid for', () => {
    expect(cluster.upgrade_policy).toEqual({ support_type: 'STANDARD' });
    const { eks: old, plan: paid } = build({ version: '1.32', extendedSupport: true });
    expect(paid.of(old.cluster)).toMatchObject({
      version: '1.32',
      upgrade_policy: { support_type: 'EXTENDED' },
    });
  });

  it('has Services on addresses that can be chosen', () => {
    expect(cluster.kubernetes_network_config).toEqual({ service_ipv4_cidr: '172.20.0.0/16' });
    const { eks: other, plan: chosen } = build({ serviceCidr: '10.100.0.0/16' });
    expect(chosen.of(other.cluster).kubernetes_network_config).toEqual({
      service_ipv4_cidr: '10.100.0.0/16',
    });
  });
});

describe('The log of the control plane', () => {
  it('has its group before the cluster, with an end to each entry', () => {
    const { eks, plan } = standard;
    if (eks.logs === undefined) throw new Error('no log');
    expect(plan.of(eks.cluster).enabled_cluster_log_types).toEqual([
      'api',
      'audit',
      'authenticator',
      'controllerManager',
      'scheduler',
    ]);
    // The name that EKS writes to.
    expect(plan.of(eks.logs.group)).toMatchObject({
      name: '/aws/eks/mesh/cluster',
      retention_in_days: 365,
    });
    expect(plan.before(eks.cluster)).toContain(address(eks.logs.group));
  });

  it('keeps its group until EKS has written its last entry after the cluster is gone', () => {
    const { eks, plan } = build({ logs: { destroyDelaySeconds: 90 } });
    const [delay] = plan.all('terraform_data').filter(({ provisioner }) => provisioner);
    expect(delay?.provisioner).toEqual([
      {
        'local-exec': {
          when: 'destroy',
          interpreter: ['node', '--eval'],
          command: 'setTimeout(() => {}, 90000)',
        },
      },
    ]);
    expect(delay?.depends_on).toEqual([eks.logs && address(eks.logs.group)]);
    expect(types(plan.before(eks.cluster))).toContain('terraform_data');
  });

  it('can do without the delay, and then still comes first', () => {
    const { eks, plan } = build({ logs: { destroyDelaySeconds: 0 } });
    expect(plan.all('terraform_data').filter(({ provisioner }) => provisioner)).toEqual([]);
    expect(types(plan.before(eks.cluster))).toContain('aws_cloudwatch_log_group');
  });

  it('can have other parts and another age', () => {
    const { eks, plan } = build({ logs: { types: ['scheduler'], retentionDays: 7 } });
    expect(plan.of(eks.cluster).enabled_cluster_log_types).toEqual(['scheduler']);
    expect(plan.all('aws_cloudwatch_log_group')).toEqual([
      expect.objectContaining({ retention_in_days: 7 }),
    ]);
  });

  it('can be off, and what was written stays', () => {
    const { plan } = build({ logs: { types: [] } });
    expect(plan.all('aws_cloudwatch_log_group')).toHaveLength(1);
    expect(plan.all('aws_eks_cluster')[0]).toMatchObject({ enabled_cluster_log_types: [] });
  });
});

describe('Who may use the cluster', () => {
  const principalArn = 'arn:aws:iam::111122223333:role/teams/weather';

  it.each([
    ['cluster-admin', 'AmazonEKSClusterAdminPolicy'],
    ['admin', 'AmazonEKSAdminPolicy'],
    ['edit', 'AmazonEKSEditPolicy'],
    ['view', 'AmazonEKSViewPolicy'],
  ] as const)('on the level %s has the policy %s', (level, name) => {
    const { eks, plan } = build({ access: [{ principalArn, level }] });
    const [entry] = eks.accessEntries;
    const [policy] = eks.accessPolicies;
    if (entry === undefined || policy === undefined) throw new Error('no entry');
    expect(plan.of(entry)).toMatchObject({
      cluster_name: reference(eks.cluster, 'name'),
      principal_arn: principalArn,
    });
    expect(plan.of(policy)).toMatchObject({
      principal_arn: principalArn,
      access_scope: { type: 'cluster' },
      depends_on: [address(entry), address(eks.creatorEntry)],
    });
    expect(plan.of(policy).policy_arn).toMatch(
      new RegExp(`^arn:\\$\\{.*\\}:eks::aws:cluster-access-policy/${name}$`),
    );
  });

  it('can be held to namespaces', () => {
    const { eks, plan } = build({
      access: [{ principalArn, level: 'edit', namespaces: ['default', 'weather'] }],
    });
    expect(eks.accessPolicies.map((policy) => plan.of(policy).access_scope)).toEqual([
      { type: 'namespace', namespaces: ['default', 'weather'] },
    ]);
  });

  it('can leave its maker out', () => {
    const { eks, plan } = build({
      creatorIsAdmin: false,
      access: [{ principalArn, level: 'cluster-admin' }],
    });
    // Made only where who makes the cluster is listed too: EKS has one entry for each.
    expect(plan.of(eks.creatorEntry).count).toBe(
      `\${contains(["${principalArn}"], ${creatorOf(plan)}) ? 1 : 0}`,
    );
  });

  it('left out, has its maker in by what is listed for it, and no more', () => {
    const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
    const { eks, plan } = build({
      creatorIsAdmin: false,
      access: [
        { principalArn: arn('admins'), level: 'cluster-admin' },
        { principalArn: arn('some'), level: 'cluster-admin', namespaces: ['weather'] },
        { principalArn: arn('viewers'), level: 'view' },
      ],
    });
    const creator = creatorOf(plan);
    const isOneOf = (...names: string[]) =>
      `contains([${names.map((name) => `"${arn(name)}"`).join(', ')}], ${creator})`;
    expect(plan.of(eks.creatorEntry).count).toBe(
      `\${${isOneOf('admins', 'some', 'viewers')} ? 1 : 0}`,
    );
    expect(plan.of(eks.creatorPolicy).count).toBe(`\${${isOneOf('admins')} ? 1 : 0}`);
    // That one has the policy already; the others are added to the entry that it has.
    expect(eks.accessPolicies.map((policy) => plan.of(policy).count)).toEqual([
      `\${!${isOneOf('admins')} ? 1 : 0}`,
      1,
      1,
    ]);
  });

  it('is given a level beside that of its maker, unless it is the same', () => {
    const { eks, plan } = build({
      access: [
        { principalArn, level: 'view' },
        { principalArn: `${principalArn}-admin`, level: 'cluster-admin' },
      ],
    });
    expect(eks.accessPolicies.map((policy) => plan.of(policy).count)).toEqual([
      1,
      `\${!contains(["${principalArn}-admin"], ${creatorOf(plan)}) ? 1 : 0}`,
    ]);
    // EKS refuses a policy for somebody whom it does not know.
    expect(plan.of(eks.creatorPolicy).depends_on).toEqual([address(eks.creatorEntry)]);
  });

  it('has an entry of its own for its maker, who stays the same whoever deploys later', () => {
    const { eks, plan } = standard;
    const [kept] = plan
      .all('terraform_data')
      .filter(({ input }) => String(input).includes('issuer_arn'));
    expect(kept).toMatchObject({
      input: expect.stringMatching(/^\$\{data\.aws_iam_session_context\./) as unknown,
      lifecycle: { ignore_changes: ['input'] },
    });
    expect(plan.of(eks.creatorEntry)).toMatchObject({
      principal_arn: `\${${creatorOf(plan)}}`,
      count: 1,
    });
    expect(plan.all('aws_eks_access_policy_association')).toEqual([
      expect.objectContaining({
        principal_arn: `\${${creatorOf(plan)}}`,
        policy_arn: expect.stringMatching(/AmazonEKSClusterAdminPolicy$/) as unknown,
        count: 1,
      }),
    ]);
  });

  it('may list its maker: the one entry that EKS has for it serves both', () => {
    const { eks, plan } = build({ access: [{ principalArn, level: 'view' }] });
    const [entry] = eks.accessEntries;
    if (entry === undefined) throw new Error('no entry');
    expect(plan.of(entry).count).toBe(
      `\${!contains(["${principalArn}"], ${creatorOf(plan)}) ? 1 : 0}`,
    );
  });

  it('may be known at the deploy only, and is then not compared with its maker', () => {
    const stack = awsStack();
    const { arn } = new IamRole(stack, 'role', { assumeRolePolicy: '{}' });
    const eks = new EksCluster(stack, 'cluster', {
      name: 'mesh',
      network: new Network(stack, 'network', { name: 'mesh', cidr: '10.10.0.0/16' }),
      access: [
        { principalArn: arn, level: 'cluster-admin' },
        { principalArn, level: 'cluster-admin' },
      ],
      creatorIsAdmin: false,
    });
    const plan = new Plan(stack);
    const count = (of: TerraformResource) => plan.of(of).count;
    const isMaker = `contains(["${principalArn}"], ${creatorOf(plan)})`;
    expect(eks.accessEntries.map(count)).toEqual([1, `\${!${isMaker} ? 1 : 0}`]);
    expect(eks.accessPolicies.map(count)).toEqual([1, `\${!${isMaker} ? 1 : 0}`]);
    expect(count(eks.creatorEntry)).toBe(`\${${isMaker} ? 1 : 0}`);
  });

  it('are told apart by their whole ARN', () => {
    const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
    const names = ['ci-deploy', 'ci.deploy', 'ci_deploy', 'ci/deploy', 'ci--deploy', 'Ci-deploy'];
    const { eks, plan } = build({
      access: names.map((name) => ({ principalArn: arn(name), level: 'view' as const })),
    });
    expect(eks.accessEntries.map((entry) => plan.of(entry).principal_arn)).toEqual(names.map(arn));
    // The id that it has had.
    expect(address(eks.accessEntries[0] ?? eks.creatorEntry)).toContain(
      'access_entry_arn_aws_iam_111122223333_role_ci_deploy_',
    );
  });
});

describe('Identities of pods', () => {
  it('are trusted by IAM, by the issuer of their tokens', () => {
    const { eks, plan } = standard;
    expect(plan.all('aws_iam_openid_connect_provider')).toEqual([
      expect.objectContaining({
        url: reference(eks.cluster, 'identity[0].oidc[0].issuer'),
        client_id_list: ['sts.amazonaws.com'],
      }),
    ]);
  });

  it('need no OIDC provider where all use Pod Identity', () => {
    const { eks, plan } = build({ oidcProvider: false });
    expect(eks.oidcProvider).toBeUndefined();
    expect(plan.types).not.toContain('aws_iam_openid_connect_provider');
  });
});

describe('Add-ons', () => {
  it('are those that the meshes need, in versions that AWS recommends', () => {
    const { eks, plan } = standard;
    expect(Object.keys(eks.addons).sort()).toEqual([
      'aws-ebs-csi-driver',
      'coredns',
      'eks-pod-identity-agent',
      'kube-proxy',
      'vpc-cni',
    ]);
    expect(
      plan
        .all('data.aws_eks_addon_version')
        .map(({ addon_name, kubernetes_version }) => [addon_name, kubernetes_version])
        .sort(),
    ).toEqual(
      Object.keys(eks.addons)
        .sort()
        .map((name) => [name, '1.35']),
    );
    for (const addon of plan.all('aws_eks_addon')) {
      expect(addon.addon_version).toMatch(/^\$\{data\.aws_eks_addon_version\..*\.version\}$/);
      // What an image or a former installation left is taken over at first.
      expect(addon.resolve_conflicts_on_create).toBe('OVERWRITE');
      // What a person changed in the cluster is kept.
      expect(addon.resolve_conflicts_on_update).toBe('PRESERVE');
    }
  });

  it.each([true, false])('enforce NetworkPolicies or not when told so: %s', (networkPolicies) => {
    const { eks, plan } = build({ networkPolicies });
    const configured = plan
      .all('aws_eks_addon')
      .filter(({ configuration_values }) => configuration_values !== undefined);
    expect(configured).toEqual([eks.addons['vpc-cni'] && plan.of(eks.addons['vpc-cni'])]);
    expect(configured[0]?.configuration_values).toBe(
      `{"enableNetworkPolicy":"${networkPolicies}"}`,
    );
    for (const addon of standard.plan.all('aws_eks_addon')) {
      expect(addon).not.toHaveProperty('configuration_values');
    }
  });

  it('can be more, and the control plane may call those that it must', () => {
    const { eks, plan } = build({
      addons: [
        { name: 'metrics-server', configuration: { replicas: 1 } },
        { name: 'kube-state-metrics', version: 'v2.17.0-eksbuild.1' },
      ],
      webhookPorts: [{ port: 9443, description: 'mine' }],
    });
    const added = (name: string) => {
      const addon = eks.furtherAddons.addons[name];
      if (addon === undefined) throw new Error(`no ${name}`);
      return plan.of(addon);
    };
    expect(added('metrics-server')).toMatchObject({
      addon_name: 'metrics-server',
      configuration_values: '{"replicas":1}',
    });
    expect(added('kube-state-metrics').addon_version).toBe('v2.17.0-eksbuild.1');
    const ports = plan
      .all('aws_vpc_security_group_ingress_rule')
      .flatMap(({ from_port }) => from_port ?? []);
    expect(ports).toEqual(expect.arrayContaining([9443, 10251]));
    // They run on nodes, and with what those bring.
    for (const addon of plan.all('aws_eks_addon')) {
      if (addon.addon_name !== 'metrics-server' && addon.addon_name !== 'kube-state-metrics')
        continue;
      expect(addon.depends_on).toEqual(
        Object.values(eks.workloadAddons.addons).map((needed) => needed && address(needed)),
      );
    }
  });

  it('may need a port that was asked for already', () => {
    const port = { port: 10251, description: 'mine' };
    const { eks, plan } = build({ addons: [{ name: 'metrics-server' }], webhookPorts: [port] });
    const rule = nodesOf(eks).ingress.webhook_10251;
    expect(rule && plan.of(rule)).toMatchObject({ from_port: 10251, description: 'mine' });
  });

  it('can be pinned', () => {
    const { eks, plan } = build({ addonVersions: { coredns: 'v1.12.4-eksbuild.1' } });
    if (eks.addons.coredns === undefined) throw new Error('no coredns');
    expect(plan.of(eks.addons.coredns).addon_version).toBe('v1.12.4-eksbuild.1');
    expect(plan.all('data.aws_eks_addon_version')).toHaveLength(4);
  });

  it.each([
    // Where it is not known to be, the first version.
    [
      'aws-ebs-csi-driver',
      'ebs-csi-controller-sa',
      String.raw`\$\{lookup\(\{"aws" = "AmazonEBSCSIDriverPolicyV2"\}, data\.aws_partition\.\w+\.partition, "service-role/AmazonEBSCSIDriverPolicy"\)\}`,
    ],
    ['vpc-cni', 'aws-node', 'AmazonEKS_CNI_Policy'],
  ] as const)('%s has a role of its own, for its service account only', (name, account, policy) => {
    const { eks, plan } = standard;
    const addon = eks.addons[name];
    const role = { ...eks.nodeAddons.roles, ...eks.workloadAddons.roles }[name];
    if (addon === undefined || role === undefined) throw new Error(`no ${name}`);
    expect(plan.of(addon).pod_identity_association).toEqual([
      { service_account: account, role_arn: reference(role.role, 'arn') },
    ]);
    expect(statements(plan.of(role.role).assume_role_policy)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ]);
    expect(role.policies.map((attachment) => plan.of(attachment).policy_arn)).toEqual([
      expect.stringMatching(new RegExp(`:iam::aws:policy/${policy}$`)),
    ]);
    expect(plan.before(addon)).toContain(address(role.policies[0] ?? role.role));
  });

  it('that call no AWS API have no role', () => {
    const { eks, plan } = standard;
    for (const name of ['coredns', 'kube-proxy', 'eks-pod-identity-agent'] as const) {
      const addon = eks.addons[name];
      if (addon === undefined) throw new Error(`no ${name}`);
      expect(plan.of(addon)).not.toHaveProperty('pod_identity_association');
      expect(plan.of(addon)).not.toHaveProperty('service_account_role_arn');
    }
  });
});

describe('The nodes', () => {
  it('have a role with which they join the cluster and fetch images, and no more', () => {
    const { eks, plan } = standard;
    expect(statements(plan.of(eks.nodeRole.role).assume_role_policy)).toEqual([
      {
        Effect: 'Allow',
        Principal: {
          Service: expect.stringMatching(/^ec2\.\$\{local\.\w+\}$/) as unknown,
        },
        Action: 'sts:AssumeRole',
      },
    ]);
    expect(
      eks.nodeRole.policies.map((policy) => String(plan.of(policy).policy_arn).split('policy/')[1]),
    ).toEqual(['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly']);
    expect(plan.all('aws_eks_node_group').map((group) => group.node_role_arn)).toEqual([
      reference(eks.nodeRole.role, 'arn'),
    ]);
    // Or a policy that somebody attached by hand stops the destroy.
    expect(plan.of(eks.nodeRole.role).force_detach_policies).toBe(true);
  });

  it('are as the defaults say', () => {
    const { group } = nodeGroup();
    expect(group).toMatchObject({
      node_group_name_prefix: 'default-',
      version: '1.35',
      ami_type: 'AL2023_x86_64_STANDARD',
      capacity_type: 'ON_DEMAND',
      instance_types: ['t3.medium'],
      scaling_config: { min_size: 2, desired_size: 2, max_size: 3 },
      update_config: { max_unavailable_percentage: 33 },
    });
  });

  it('are as they were asked for', () => {
    const { group } = nodeGroup({
      instanceTypes: ['m7g.large', 'm6g.large'],
      imageType: 'AL2023_ARM_64_STANDARD',
      capacity: 'spot',
      min: 0,
      desired: 4,
      max: 9,
      labels: { pool: 'spot' },
      taints: [
        { key: 'a', effect: 'PreferNoSchedule' },
        { key: 'CriticalAddonsOnly', value: 'b', effect: 'NoSchedule' },
      ],
      maxUnavailablePercent: 50,
    });
    expect(group).toMatchObject({
      ami_type: 'AL2023_ARM_64_STANDARD',
      capacity_type: 'SPOT',
      instance_types: ['m7g.large', 'm6g.large'],
      scaling_config: { min_size: 0, desired_size: 4, max_size: 9 },
      update_config: { max_unavailable_percentage: 50 },
      labels: { pool: 'spot' },
      taint: [
        { key: 'a', effect: 'PREFER_NO_SCHEDULE' },
        { key: 'CriticalAddonsOnly', value: 'b', effect: 'NO_SCHEDULE' },
      ],
    });
  });

  it('do not give their own identity to pods', () => {
    expect(nodeGroup().template.metadata_options).toEqual({
      http_endpoint: 'enabled',
      http_tokens: 'required',
      http_put_response_hop_limit: 1,
    });
  });

  it('have an encrypted gp3 disk of the size asked for, which goes with them', () => {
    expect(nodeGroup({ diskGiB: 100 }).template.block_device_mappings).toEqual([
      {
        device_name: '/dev/xvda',
        ebs: {
          volume_type: 'gp3',
          volume_size: 100,
          encrypted: 'true',
          delete_on_termination: 'true',
        },
      },
    ]);
  });

  it('of Bottlerocket have it beside their system, and both are encrypted', () => {
    const { template } = nodeGroup({ imageType: 'BOTTLEROCKET_x86_64', diskGiB: 100 });
    expect(template.block_device_mappings).toEqual([
      {
        device_name: '/dev/xvda',
        ebs: { volume_type: 'gp3', encrypted: 'true', delete_on_termination: 'true' },
      },
      {
        device_name: '/dev/xvdb',
        ebs: {
          volume_type: 'gp3',
          volume_size: 100,
          encrypted: 'true',
          delete_on_termination: 'true',
        },
      },
    ]);
  });

  it('use the newest version of their launch template', () => {
    const { group, eks } = nodeGroup();
    const template = eks.nodeGroups.default?.launchTemplate;
    if (template === undefined) throw new Error('no template');
    const of = (attribute: string) => reference(template, attribute);
    expect(group.launch_template).toEqual({ id: of('id'), version: of('latest_version') });
  });

  it('and their disks and network interfaces carry the tags, which the provider cannot give', () => {
    const { template, eks } = nodeGroup({}, { instanceTags: { team: 'weather' } });
    const tags = { team: 'weather', Name: `${reference(eks.cluster, 'name')}-default` };
    expect(template.tag_specifications).toEqual(
      ['instance', 'volume', 'network-interface'].map((resource_type) => ({ resource_type, tags })),
    );
  });

  it('are in as many zones as there are at least, so that each volume finds a node in its zone', () => {
    const { group, plan } = nodeGroup({ min: 2, max: 5 });
    const [zones] = plan.all('terraform_data').filter(({ input }) => input === 2);
    // Kept, or another min would move the nodes.
    expect(zones?.lifecycle).toEqual({ ignore_changes: ['input'] });
    expect(group.subnet_ids).toMatch(
      /^\$\{slice\(\[.*\], 0, terraform_data\.\w+zones\w+\.input\)\}$/,
    );
    expect(nodeGroup({ min: 0, desired: 1 }).plan.all('terraform_data')).toContainEqual(
      expect.objectContaining({ input: 1 }),
    );
    expect(nodeGroup({ min: 9, desired: 9, max: 9 }).plan.all('terraform_data')).toContainEqual(
      expect.objectContaining({ input: 3 }),
    );
    const { group: named, eks } = nodeGroup({ min: 2, zones: 1 });
    expect(named.subnet_ids).toEqual([expect.stringMatching(/private_subnet_0/)]);
    expect(eks.nodeGroups.default).toBeDefined();
  });

  it('are replaced by new ones first, and scaled by whoever scales them', () => {
    expect(nodeGroup({ min: 2, max: 4 }).group.lifecycle).toMatchObject({
      create_before_destroy: true,
      ignore_changes: ['scaling_config[0].desired_size'],
      // EKS refuses bounds that leave the number of nodes out, and what to do about it is said first.
      postcondition: [
        {
          condition:
            '${self.scaling_config[0].desired_size >= 2 && self.scaling_config[0].desired_size <= 4}',
        },
      ],
    });
  });

  it('are in private subnets, or in public ones on demand', () => {
    const named = (ids: unknown) => String(ids).match(/aws_subnet\.\w+/g);
    const subnets = (nodeSubnets?: 'public') => {
      const { eks, network, plan } = build({ nodeSubnets });
      const group = eks.nodeGroups.default?.nodeGroup;
      if (group === undefined) throw new Error('no node group');
      return { network, ids: plan.of(group).subnet_ids };
    };
    const inside = subnets();
    expect(named(inside.ids)).toEqual(
      inside.network.privateSubnets.map((subnet) => address(subnet)),
    );
    const outside = subnets('public');
    expect(named(outside.ids)).toEqual(
      outside.network.publicSubnets.map((subnet) => address(subnet)),
    );
  });

  it('can be of several groups', () => {
    const { eks, plan } = build({
      nodeGroups: [{ name: 'one' }, { name: 'two', taints: [{ key: 'a', effect: 'NoExecute' }] }],
    });
    expect(Object.keys(eks.nodeGroups)).toEqual(['one', 'two']);
    expect(plan.all('aws_eks_node_group').map(({ taint }) => taint)).toContainEqual([
      { key: 'a', effect: 'NO_EXECUTE' },
    ]);
  });
});

describe('Who may talk to the nodes', () => {
  const { eks, network, plan } = build({
    webhookPorts: [...WEBHOOK_PORTS.istio, ...WEBHOOK_PORTS.consul],
  });
  const group = reference(nodesOf(eks).group);
  const controlPlane = reference(eks.cluster, 'vpc_config[0].cluster_security_group_id');
  const rules = plan.all('aws_vpc_security_group_ingress_rule');

  it('may call everybody, since network policies say whom pods call', () => {
    expect(plan.all('aws_vpc_security_group_egress_rule')).toEqual([
      expect.objectContaining({
        security_group_id: group,
        cidr_ipv4: '0.0.0.0/0',
        ip_protocol: '-1',
      }),
    ]);
  });

  it('is the nodes, and the control plane on the ports of the kubelet and the webhooks', () => {
    const toNodes = rules
      .filter(({ security_group_id }) => security_group_id === group)
      .map((rule) => [
        rule.referenced_security_group_id,
        rule.ip_protocol,
        rule.from_port,
        rule.to_port,
      ]);
    expect(toNodes).toHaveLength(4);
    expect(toNodes).toEqual(
      expect.arrayContaining([
        [group, '-1', undefined, undefined],
        [controlPlane, 'tcp', 10250, 10250],
        [controlPlane, 'tcp', 15017, 15017],
        [controlPlane, 'tcp', 8080, 8080],
      ]),
    );
  });

  it('is nobody on the internet', () => {
    expect(rules.filter((rule) => 'cidr_ipv4' in rule || 'cidr_ipv6' in rule)).toEqual([]);
  });

  it('is answered by the Kubernetes API, on its port', () => {
    expect(rules.filter(({ security_group_id }) => security_group_id === controlPlane)).toEqual([
      expect.objectContaining({
        referenced_security_group_id: group,
        ip_protocol: 'tcp',
        from_port: 443,
        to_port: 443,
      }),
    ]);
  });

  it('holds for the nodes, which are in no other group', () => {
    expect(plan.of(nodesOf(eks).group)).toMatchObject({
      vpc_id: reference(network.vpc),
      tags: { 'kubernetes.io/cluster/mesh': 'owned' },
    });
    expect(
      plan.all('aws_launch_template').map((template) => template.vpc_security_group_ids),
    ).toEqual([[group]]);
  });

  it('without a mesh is the control plane on the port of the kubelet only', () => {
    const ports = standard.plan
      .all('aws_vpc_security_group_ingress_rule')
      .flatMap(({ from_port }) => from_port ?? []);
    expect(ports.sort()).toEqual([10250, 443].sort());
  });
});

describe('The order', () => {
  const { eks, network, plan } = standard;
  const group = eks.nodeGroups.default?.nodeGroup;
  if (group === undefined) throw new Error('no node group');

  it('starts the control plane as soon as its subnets are there, not after NAT', () => {
    const before = plan.before(eks.cluster);
    expect(before).toContain(address(network.privateSubnets[0] ?? network.vpc));
    for (const type of [
      'aws_nat_gateway',
      'aws_eip',
      'aws_internet_gateway',
      'aws_route',
      'aws_route_table',
      'aws_route_table_association',
      'aws_vpc_endpoint',
    ]) {
      expect(types(before)).not.toContain(type);
    }
  });

  it('gives the control plane its permissions first, so that it can clean up when it goes', () => {
    const before = plan.before(eks.cluster);
    for (const policy of eks.clusterRole.policies) expect(before).toContain(address(policy));
    expect(types(before)).toContain('aws_iam_role_policy');
  });

  it('starts nodes when the way out, the network add-on and the rules are there', () => {
    const before = plan.before(group);
    const needed = [
      ...network.natGateways,
      ...network.privateRouteTables,
      eks.addons['vpc-cni'],
      eks.addons['kube-proxy'],
      eks.addons['eks-pod-identity-agent'],
      ...eks.nodeRole.policies,
      ...Object.values(nodesOf(eks).ingress),
      nodesOf(eks).egress,
      nodesOf(eks).apiIngress,
    ];
    for (const resource of needed) expect(before).toContain(resource && address(resource));
    for (const type of ['aws_route', 'aws_route_table_association']) {
      const all = plan.all(type).length;
      expect([...before].filter((name) => name.startsWith(`${type}.`))).toHaveLength(all);
    }
  });

  it('installs the network add-on without nodes, and the agent that gives it its role before it', () => {
    const cni = eks.addons['vpc-cni'];
    const agent = eks.addons['eks-pod-identity-agent'];
    if (cni === undefined || agent === undefined) throw new Error('no add-on');
    expect(types(plan.before(cni))).not.toContain('aws_eks_node_group');
    expect(plan.before(cni)).toContain(address(agent));
  });

  it('installs what runs on nodes after the nodes', () => {
    for (const name of ['coredns', 'aws-ebs-csi-driver'] as const) {
      const addon = eks.addons[name];
      if (addon === undefined) throw new Error(`no ${name}`);
      expect(plan.before(addon)).toContain(address(group));
    }
  });
});

describe('A cluster in a VPC that exists', () => {
  it('makes nothing of the VPC, and waits for nothing of it', () => {
    const network = Network.fromAttributes({
      vpcId: 'vpc-1',
      privateSubnetIds: ['subnet-1', 'subnet-2'],
    });
    const stack = awsStack();
    const eks = new EksCluster(stack, 'cluster', {
      name: 'mesh',
      network,
      nodeGroups: [{ name: 'default' }],
    });
    const plan = new Plan(stack);
    expect(plan.of(eks.cluster).vpc_config).toMatchObject({ subnet_ids: ['subnet-1', 'subnet-2'] });
    expect([...plan.types].filter((type) => /vpc$|subnet$|route|gateway/.test(type))).toEqual([]);
  });
});

it('A cluster tells later stacks how to find it', () => {
  expect(standard.eks.connection('eu-north-1')).toEqual({
    kind: 'eks',
    clusterName: 'mesh',
    region: 'eu-north-1',
  });
});

it('A cluster that exists is looked up by its name, and nothing of it is made', () => {
  const stack = awsStack();
  const eks = EksCluster.fromAttributes(stack, 'bank', { clusterName: 'bank' });
  new NodeSecurityGroup(stack, 'nodes', { cluster: eks, vpcId: 'vpc-1', webhookPorts: [] });
  const plan = new Plan(stack);
  expect([...plan.types].filter((type) => type.startsWith('aws_eks'))).toEqual([]);
  expect(eks.connection('eu-north-1')).toEqual({
    kind: 'eks',
    clusterName: 'bank',
    region: 'eu-north-1',
  });
  const { data } = synthesise(stack);
  expect(Object.values(data?.['aws_eks_cluster'] ?? {})).toEqual([
    expect.objectContaining({ name: 'bank' }),
  ]);
  expect(() => EksCluster.fromAttributes(stack, 'other', { clusterName: 'a b' })).toThrow(
    /^EksCluster a b cannot be used:\n {2}clusterName: is "a b"; must start with/,
  );
  // As long as EKS takes them, and not as short as those that are made here.
  const longest = `sg-${'a'.repeat(97)}`;
  expect(EksCluster.fromAttributes(stack, 'long', { clusterName: longest }).clusterName).toBe(
    longest,
  );
  expect(() => EksCluster.fromAttributes(stack, 'longer', { clusterName: `${longest}a` })).toThrow(
    'and have at most 100 characters',
  );
});

describe('EKS Auto Mode', () => {
  const { eks, network, plan } = build({
    compute: 'auto',
    addons: [{ name: 'metrics-server' }],
  });
  const cluster = plan.of(eks.cluster);

  it('has all its three parts, with the node pools of EKS and a role for their nodes', () => {
    expect(cluster).toMatchObject({
      bootstrap_self_managed_addons: false,
      compute_config: {
        enabled: true,
        node_pools: ['general-purpose', 'system'],
        node_role_arn: reference(eks.nodeRole.role, 'arn'),
      },
      kubernetes_network_config: { elastic_load_balancing: { enabled: true } },
      storage_config: { block_storage: { enabled: true } },
    });
    expect(plan.of(standard.eks.cluster)).toBeDefined();
    expect(JSON.stringify(standard.plan.of(standard.eks.cluster))).not.toMatch(
      /compute_config|elastic_load_balancing|storage_config/,
    );
  });

  it('lets EKS act as the cluster, with tags of the session, by the policies that it takes', () => {
    const [trust] = statements(plan.of(eks.clusterRole.role)['assume_role_policy']);
    expect(trust?.Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    const policies = (role: typeof eks.clusterRole) =>
      role.policies.map((one) => String(plan.of(one)['policy_arn']).replace(/^.*\//, '')).sort();
    expect(policies(eks.clusterRole)).toEqual([
      expect.stringMatching(
        /^\$\{lookup\(\{"aws" = "AmazonEKSBlockStoragePolicyV2"\}, .*, "AmazonEKSBlockStoragePolicy"\)\}$/,
      ),
      'AmazonEKSClusterPolicy',
      'AmazonEKSComputePolicy',
      'AmazonEKSLoadBalancingPolicy',
      'AmazonEKSNetworkingPolicy',
    ]);
    expect(policies(eks.nodeRole)).toEqual([
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonEKSWorkerNodeMinimalPolicy',
    ]);
  });

  it('may tag nodes, volumes and load balancers, of this cluster alone', () => {
    const tagging = plan
      .all('aws_iam_role_policy')
      .filter(({ name }) => name === 'tag-what-auto-mode-makes');
    expect(tagging).toHaveLength(1);
    const ofTheCluster = {
      StringEquals: {
        // Terraform must not read IAM's variable as an expression of its own.
        'aws:RequestTag/eks:eks-cluster-name': '$${aws:PrincipalTag/eks:eks-cluster-name}',
      },
    };
    const like = (...keys: readonly string[]) => ({
      ...ofTheCluster,
      StringLike: Object.fromEntries(keys.map((key) => [`aws:RequestTag/eks:${key}`, '*'])),
    });
    // As https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html#tag-prop has them.
    expect(statements(tagging[0]?.['policy'])).toEqual([
      {
        Sid: 'Nodes',
        Effect: 'Allow',
        Action: ['ec2:CreateFleet', 'ec2:RunInstances', 'ec2:CreateLaunchTemplate'],
        Resource: '*',
        Condition: like('kubernetes-node-class-name', 'kubernetes-node-pool-name'),
      },
      {
        Sid: 'NetworkInterfaces',
        Effect: 'Allow',
        Action: ['ec2:CreateNetworkInterface'],
        Resource: '*',
        Condition: like('kubernetes-cni-node-name'),
      },
      {
        Sid: 'Volumes',
        Effect: 'Allow',
        Action: ['ec2:CreateVolume', 'ec2:CreateSnapshot'],
        Resource: ['volume', 'snapshot'].map((kind): unknown =>
          expect.stringMatching(new RegExp(`^arn:.*:ec2:\\*:\\*:${kind}/\\*$`)),
        ),
        Condition: ofTheCluster,
      },
      {
        Sid: 'LoadBalancers',
        Effect: 'Allow',
        Action: [
          'elasticloadbalancing:CreateLoadBalancer',
          'elasticloadbalancing:CreateTargetGroup',
          'elasticloadbalancing:CreateListener',
          'ec2:CreateSecurityGroup',
        ],
        Resource: '*',
        Condition: ofTheCluster,
      },
    ]);
  });

  it('has no add-on, node group or security group of ours, but add-ons that are asked for', () => {
    expect(plan.all('aws_eks_node_group')).toEqual([]);
    expect(plan.all('aws_launch_template')).toEqual([]);
    expect(plan.all('aws_security_group')).toEqual([]);
    expect(plan.all('aws_eks_addon').map(({ addon_name }) => addon_name)).toEqual([
      'metrics-server',
    ]);
    expect(eks.nodeSecurityGroup).toBeUndefined();
  });

  it('has its nodes in the private subnets, and no node before there is a way out', () => {
    expect(cluster['vpc_config']).toMatchObject({
      subnet_ids: network.privateSubnets.map((subnet) => reference(subnet)),
    });
    const before = cluster['depends_on'] as string[];
    expect(before.filter((name) => name.includes('auto_mode_tags'))).toHaveLength(1);
    for (const needed of [...network.egress, ...eks.nodeRole.policies]) {
      expect(before).toContain(address(needed as Parameters<typeof address>[0]));
    }
  });

  it('is refused with what it has in its own way, all at once', () => {
    const wrong = () =>
      build({
        compute: 'auto',
        nodeGroups: [{ name: 'default' }],
        nodeSubnets: 'public',
        networkPolicies: true,
        addonVersions: { coredns: 'v1.12.4-eksbuild.1' },
        webhookPorts: [{ port: 9443, description: 'mine' }],
        instanceTags: { team: 'weather' },
      });
    for (const part of [
      'nodeGroups',
      'nodeSubnets',
      'networkPolicies',
      'addonVersions.coredns',
      'webhookPorts',
      'instanceTags',
    ]) {
      expect(wrong).toThrow(new RegExp(`${part.replace('.', '\\.')}: .*compute`));
    }
  });
});

describe('With IPv6 addresses of pods', () => {
  const stack = awsStack();
  const network = new Network(stack, 'network', { name: 'mesh', cidr: '10.10.0.0/16', ipv6: true });
  const props = {
    name: 'mesh',
    network,
    nodeGroups: [{ name: 'default' }],
    ipFamily: 'ipv6',
  } as const;
  const eks = new EksCluster(stack, 'cluster', props);
  const plan = new Plan(stack);

  it('vpc-cni may assign such addresses, and nothing else', () => {
    const role = eks.nodeAddons.roles['vpc-cni'];
    if (role === undefined) throw new Error('no role');
    expect(role.policies).toEqual([]);
    const [policy, ...others] = plan
      .all('aws_iam_role_policy')
      .filter((one) => one.role === `\${aws_iam_role.${role.role.friendlyUniqueId}.name}`);
    expect(others).toEqual([]);
    const [assign, tag] = statements(policy?.policy);
    expect(assign?.Action).toContain('ec2:AssignIpv6Addresses');
    expect(assign?.Action).not.toContain('ec2:AssignPrivateIpAddresses');
    expect(tag).toMatchObject({ Action: 'ec2:CreateTags' });
    expect(tag?.Resource).toMatch(/:network-interface\/\*$/);
    const addon = plan.all('aws_eks_addon').find(({ addon_name }) => addon_name === 'vpc-cni');
    expect(JSON.stringify(addon?.depends_on)).toContain('policy');
  });

  it('nodes have a way out by both families', () => {
    const rules = plan.all('aws_vpc_security_group_egress_rule');
    expect(rules.map(({ cidr_ipv4, cidr_ipv6 }) => cidr_ipv4 ?? cidr_ipv6)).toEqual([
      '0.0.0.0/0',
      '::/0',
    ]);
  });

  it('another family for a cluster that exists is refused', () => {
    const kept = (of: Plan) =>
      of.all('terraform_data').flatMap(({ input }) => {
        const { serviceCidr } = (input ?? {}) as { serviceCidr?: string };
        return serviceCidr === undefined ? [] : [serviceCidr];
      });
    expect(kept(plan)).toEqual(['of IPv6 (ipFamily: ipv6)']);
    expect(kept(standard.plan)).toEqual(['172.20.0.0/16']);
  });

  it.each([
    [
      { network: standard.network },
      'ipFamily: is ipv6, but nothing says that the network has IPv6',
    ],
    [{ serviceCidr: '10.100.0.0/16' }, 'serviceCidr: is 10.100.0.0/16, but ipFamily is ipv6'],
    [
      { nodeGroups: [{ name: 'a', instanceTypes: ['t2.medium'] }] },
      'instanceTypes[0]: is t2.medium, which is not of the Nitro System',
    ],
  ])('%o is refused', (more, message) => {
    expect(() => new EksCluster(awsStack(), 'cluster', { ...props, ...more })).toThrow(message);
  });
});

it.each([
  ['aws', 'AmazonEBSCSIDriverPolicyV2'],
  ['aws-us-gov', 'service-role/AmazonEBSCSIDriverPolicy'],
] as const)('A role has the version of a policy that the partition %s has', (partition, policy) => {
  const stack = awsStack();
  const role = new ServiceRole(stack, 'role', {
    name: 'mesh-ebs',
    service: 'pods.eks.amazonaws.com',
    managedPolicies: [
      { name: 'AmazonEBSCSIDriverPolicyV2', first: 'service-role/AmazonEBSCSIDriverPolicy' },
    ],
    partition,
  });
  const plan = new Plan(stack);
  const [attachment] = role.policies;
  if (attachment === undefined) throw new Error('no policy');
  expect(plan.of(attachment).policy_arn).toBe(`arn:${partition}:iam::aws:policy/${policy}`);
  // As before there was a second version.
  expect(address(attachment)).toMatch(/\.role_AmazonEBSCSIDriverPolicy_\w+$/);
});
