import type { ConfigInput } from '../../config';

/*
 * For every setting: another value of it, where the output must show it, and what it makes the pair lose.
 * What a change does is declared beside the setting, and held to here.
 */

/** Another value of a setting. */
export interface SettingChange {
  /** Settings that differ from the base in this one only. */
  readonly to: ConfigInput;
  /**
   * What it is changed from, beside the base.
   * @default the base alone
   */
  readonly from?: ConfigInput;
  /**
   * Where it must show, as `stack: type.argument`, and with ` = text` what is said there then and was not
   * before; nothing where it only permits something.
   */
  readonly shows: readonly string[];
  /**
   * Types of what is removed or recreated. The reason is in the declaration beside the setting.
   * @default none; node groups where it replaces the nodes
   */
  readonly loses?: readonly string[];
}

const istio = (settings: object): ConfigInput => ({
  clusters: { istio: { kind: 'eks', ...settings } },
});
const eks = (settings: object) => istio({ eks: settings });
const network = (settings: object) => istio({ network: settings });
const GROUP_MORE = {
  name: 'more',
  taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
  min: 1,
  desired: 1,
};
const group = (settings: object) =>
  eks({ nodeGroups: [{ name: 'default', ...settings }, GROUP_MORE] });
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const TEAM = { principalArn: role('team'), level: 'view' };
const ADMIN = { principalArn: role('admin'), level: 'cluster-admin' };
const access = (entry: object) => eks({ access: [{ ...TEAM, ...entry }, ADMIN] });
const vpc = (settings: object) =>
  istio({
    existingVpc: {
      vpcId: 'vpc-0a',
      privateSubnetIds: ['subnet-0a', 'subnet-0b'],
      publicSubnetIds: ['subnet-0c'],
      ...settings,
    },
  });
const addon = (settings: object) => eks({ addons: [{ name: 'metrics-server', ...settings }] });
const taint = (settings: object) => {
  const [first] = GROUP_MORE.taints;
  return eks({
    nodeGroups: [{ name: 'default' }, { ...GROUP_MORE, taints: [{ ...first, ...settings }] }],
  });
};
const PORT = { port: 9443, description: 'a' };
const port = (settings: object) => eks({ webhookPorts: [{ ...PORT, ...settings }] });
const CONNECTED: ConfigInput = { federation: { crossing: 'given' } };
const BUCKET: ConfigInput = { state: { kind: 's3', bucket: 'states' } };
const bucket = (settings: object): ConfigInput => ({
  state: { kind: 's3', bucket: 'states', ...settings },
});

const KEY = 'arn:aws:kms:eu-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const CLUSTER = 'istio-cluster: aws_eks_cluster';
const GROUP = 'istio-cluster: aws_eks_node_group';
const REFUSED = 'istio-cluster: terraform_data.lifecycle';
const INGRESS = 'istio-cluster: aws_vpc_security_group_ingress_rule';

/** Whatever the settings below are in. */
export const AWS_BASE: ConfigInput = {
  aws: { accountId: '123456789012' },
  eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
  ...eks({
    access: [TEAM, ADMIN],
    addons: [{ name: 'metrics-server' }],
    webhookPorts: [PORT],
    nodeGroups: [{ name: 'default' }, GROUP_MORE],
  }),
};

/** By the path of the setting on the page of settings. */
export const AWS_CHANGES: Readonly<Record<string, SettingChange>> = {
  'aws.region': {
    to: { aws: { region: 'eu-west-1' } },
    shows: [
      'istio-cluster: terraform_data.lifecycle = eu-west-1',
      'nat-addresses: terraform_data.lifecycle = eu-west-1',
      'istio-mesh: terraform_data.lifecycle = eu-west-1',
      'federation: terraform_data.lifecycle = eu-west-1',
    ],
  },
  'aws.accountId': {
    to: { aws: { accountId: '111122223333' } },
    shows: [
      'istio-cluster: terraform_data.lifecycle = 111122223333',
      'nat-addresses: terraform_data.lifecycle = 111122223333',
      'istio-mesh: terraform_data.lifecycle = 111122223333',
      'federation: terraform_data.lifecycle = 111122223333',
    ],
  },
  'aws.emulator.endpoint': {
    from: { aws: { emulator: { endpoint: 'http://127.0.0.1:4566' } } },
    to: { aws: { emulator: { endpoint: 'http://127.0.0.1:4567' } } },
    shows: ['istio-cluster: provider.aws.endpoints = 127.0.0.1:4567'],
  },
  'aws.tags': {
    to: { aws: { tags: { team: 'weather' } } },
    shows: [
      'istio-cluster: provider.aws.default_tags = "team":"weather"',
      'nat-addresses: provider.aws.default_tags = "team":"weather"',
      'istio-cluster: aws_launch_template.tag_specifications = "instance","tags":{"team":"weather"',
      'istio-cluster: aws_launch_template.tag_specifications = "volume","tags":{"team":"weather"',
      'istio-mesh: helm_release.values = team=weather',
      'consul-mesh: helm_release.values = team=weather',
      'consul-mesh: kubernetes_storage_class_v1.parameters = team=weather',
    ],
  },
  state: { to: BUCKET, shows: ['istio-cluster: backend.s3', 'federation: backend.s3'] },
  'state.directory': {
    to: { state: { kind: 'local', directory: 'elsewhere' } },
    shows: ['istio-cluster: backend.local = elsewhere', 'federation: backend.local = elsewhere'],
  },
  'state.bucket': {
    from: BUCKET,
    to: bucket({ bucket: 'others' }),
    shows: ['istio-cluster: backend.s3 = others', 'federation: backend.s3 = others'],
  },
  'state.region': {
    from: BUCKET,
    to: bucket({ region: 'eu-west-1' }),
    shows: ['istio-cluster: backend.s3 = eu-west-1', 'federation: backend.s3 = eu-west-1'],
  },
  'state.prefix': {
    from: BUCKET,
    to: bucket({ prefix: 'other' }),
    shows: [
      'istio-cluster: backend.s3 = other/istio-cluster.tfstate',
      'federation: backend.s3 = other/federation.tfstate',
    ],
  },
  'state.kmsKeyArn': {
    from: BUCKET,
    to: bucket({ kmsKeyArn: KEY }),
    shows: [`istio-cluster: backend.s3 = ${KEY}`, `federation: backend.s3 = ${KEY}`],
  },
  'network.zones': {
    to: network({ zones: 2 }),
    shows: [
      `${REFUSED} = which is now 2`,
      'istio-cluster: aws_subnet.availability_zone',
      `${CLUSTER}.vpc_config`,
    ],
  },
  'network.nat': {
    to: network({ nat: 'per-zone' }),
    shows: ['istio-cluster: aws_nat_gateway.subnet_id', 'nat-addresses: aws_eip.domain'],
  },
  'network.s3Endpoint': {
    to: network({ s3Endpoint: false }),
    shows: ['istio-cluster: aws_vpc_endpoint.service_name'],
    loses: ['aws_vpc_endpoint'],
  },
  'network.awsEndpoints': {
    from: network({ awsEndpoints: true }),
    to: network({ awsEndpoints: false }),
    shows: ['istio-cluster: aws_vpc_endpoint.private_dns_enabled'],
    loses: ['aws_security_group', 'aws_vpc_endpoint', 'aws_vpc_security_group_ingress_rule'],
  },
  'network.flowLogs.enabled': {
    to: network({ flowLogs: { enabled: false } }),
    shows: ['istio-cluster: aws_flow_log.traffic_type'],
    loses: ['aws_flow_log', 'aws_cloudwatch_log_group', 'aws_iam_role', 'aws_iam_role_policy'],
  },
  'network.flowLogs.retentionDays': {
    to: network({ flowLogs: { retentionDays: 14 } }),
    shows: ['istio-cluster: aws_cloudwatch_log_group.retention_in_days = 14'],
  },
  'eks.version': {
    to: eks({ version: '1.36' }),
    shows: [`${CLUSTER}.version = 1.36`, `${GROUP}.version = 1.36`],
  },
  'eks.extendedSupport': {
    to: eks({ extendedSupport: true }),
    shows: [`${CLUSTER}.upgrade_policy = EXTENDED`],
  },
  'eks.endpoint.publicCidrs': {
    to: eks({ endpoint: { publicCidrs: ['198.51.100.7/32'] } }),
    shows: [`${CLUSTER}.vpc_config = 198.51.100.7/32`],
  },
  'eks.endpoint.privateOnly': {
    from: CONNECTED,
    to: eks({ endpoint: { publicCidrs: [], privateOnly: true } }),
    shows: [`${CLUSTER}.vpc_config = "endpoint_public_access":false`],
  },
  'eks.endpoint.allowAnywhere': {
    to: eks({ endpoint: { allowAnywhere: true } }),
    shows: [],
  },
  'eks.ipFamily': {
    to: {
      clusters: {
        istio: { loadBalancers: 'aws-load-balancer-controller', eks: { ipFamily: 'ipv6' } },
      },
    },
    shows: [`${REFUSED} = which is now of IPv6`, `${CLUSTER}.kubernetes_network_config = ipv6`],
  },
  'eks.serviceCidr': {
    to: eks({ serviceCidr: '10.100.0.0/16' }),
    shows: [
      `${REFUSED} = which is now 10.100.0.0/16`,
      `${CLUSTER}.kubernetes_network_config = 10.100.0.0/16`,
    ],
  },
  'eks.encryptionKeyArn': {
    to: eks({ encryptionKeyArn: KEY }),
    shows: [
      REFUSED,
      `${CLUSTER}.encryption_config = ${KEY}`,
      `istio-cluster: aws_iam_role_policy.policy = ${KEY}`,
    ],
  },
  'eks.logs.types': {
    to: eks({ logs: { types: [] } }),
    shows: [`${CLUSTER}.enabled_cluster_log_types`],
  },
  'eks.logs.retentionDays': {
    to: eks({ logs: { retentionDays: 7 } }),
    shows: ['istio-cluster: aws_cloudwatch_log_group.retention_in_days = 7'],
  },
  'eks.logs.destroyDelaySeconds': {
    to: eks({ logs: { destroyDelaySeconds: 5 } }),
    shows: ['istio-cluster: terraform_data.provisioner = 5'],
  },
  'eks.creatorIsAdmin': {
    to: eks({ creatorIsAdmin: false }),
    shows: [
      'istio-cluster: aws_eks_access_entry.count',
      'istio-cluster: aws_eks_access_policy_association.count',
    ],
    loses: ['aws_eks_access_entry', 'aws_eks_access_policy_association'],
  },
  'eks.access': {
    to: eks({ access: [TEAM, ADMIN, { ...TEAM, principalArn: role('more') }] }),
    shows: ['istio-cluster: aws_eks_access_entry.principal_arn = role/more'],
  },
  'eks.access[].principalArn': {
    to: access({ principalArn: role('other') }),
    shows: ['istio-cluster: aws_eks_access_entry.principal_arn = role/other'],
    loses: ['aws_eks_access_entry', 'aws_eks_access_policy_association'],
  },
  'eks.access[].level': {
    to: access({ level: 'edit' }),
    shows: ['istio-cluster: aws_eks_access_policy_association.policy_arn = AmazonEKSEditPolicy'],
    loses: ['aws_eks_access_policy_association'],
  },
  'eks.access[].namespaces': {
    to: access({ namespaces: ['default'] }),
    shows: [
      'istio-cluster: aws_eks_access_policy_association.access_scope = "namespaces":["default"]',
    ],
    loses: ['aws_eks_access_policy_association'],
  },
  'eks.oidcProvider': {
    to: eks({ oidcProvider: false }),
    shows: ['istio-cluster: aws_iam_openid_connect_provider.url'],
    loses: ['aws_iam_openid_connect_provider'],
  },
  ...Object.fromEntries(
    ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent', 'coredns', 'aws-ebs-csi-driver'].map(
      (name): [string, SettingChange] => [
        `eks.addonVersions.${name}`,
        {
          to: eks({ addonVersions: { [name]: 'v1.99.0-eksbuild.1' } }),
          shows: ['istio-cluster: aws_eks_addon.addon_version = v1.99.0'],
        },
      ],
    ),
  ),
  'eks.addons': {
    to: eks({ addons: [{ name: 'metrics-server' }, { name: 'kube-state-metrics' }] }),
    shows: ['istio-cluster: aws_eks_addon.addon_name = kube-state-metrics'],
  },
  'eks.addons[].name': {
    to: addon({ name: 'kube-state-metrics' }),
    shows: ['istio-cluster: aws_eks_addon.addon_name = kube-state-metrics'],
    loses: ['aws_eks_addon', 'aws_vpc_security_group_ingress_rule'],
  },
  'eks.addons[].version': {
    to: addon({ version: 'v0.9.0-eksbuild.1' }),
    shows: ['istio-cluster: aws_eks_addon.addon_version = v0.9.0'],
  },
  'eks.addons[].configuration': {
    to: addon({ configuration: { replicas: 1 } }),
    shows: ['istio-cluster: aws_eks_addon.configuration_values = replicas'],
  },
  'eks.webhookPorts': {
    to: eks({ webhookPorts: [PORT, { port: 9445, description: 'c' }] }),
    shows: [`${INGRESS}.from_port = 9445`],
  },
  'eks.webhookPorts[].port': {
    to: port({ port: 9444 }),
    shows: [`${INGRESS}.from_port = 9444`],
    loses: ['aws_vpc_security_group_ingress_rule'],
  },
  'eks.webhookPorts[].description': {
    to: port({ description: 'b' }),
    shows: [`${INGRESS}.description`],
  },
  'eks.networkPolicies': {
    to: eks({ networkPolicies: true }),
    shows: ['istio-cluster: aws_eks_addon.configuration_values = enableNetworkPolicy'],
  },
  'eks.compute': {
    to: istio({
      loadBalancers: 'auto-mode',
      eks: { compute: 'auto', nodeGroups: [], addons: [] },
    }),
    shows: [`${REFUSED} = which is now auto`, `${CLUSTER}.compute_config`],
  },
  'eks.nodeSubnets': {
    to: eks({ nodeSubnets: 'public' }),
    shows: [`${GROUP}.subnet_ids`, 'istio-cluster: aws_subnet.map_public_ip_on_launch'],
    loses: ['aws_eip', 'aws_eks_node_group', 'aws_nat_gateway', 'aws_route'],
  },
  'eks.nodeGroups': {
    to: eks({ nodeGroups: [{ name: 'default' }, GROUP_MORE, { name: 'third' }] }),
    shows: [`${GROUP}.node_group_name_prefix = third`],
  },
  'eks.nodeGroups[].name': {
    to: group({ name: 'other' }),
    shows: [`${GROUP}.node_group_name_prefix = other`],
    loses: ['aws_eks_node_group', 'aws_launch_template', 'terraform_data'],
  },
  'eks.nodeGroups[].instanceTypes': {
    to: group({ instanceTypes: ['t3.large'] }),
    shows: [`${GROUP}.instance_types = t3.large`],
  },
  'eks.nodeGroups[].capacity': {
    to: group({ capacity: 'spot' }),
    shows: [`${GROUP}.capacity_type = SPOT`],
  },
  'eks.nodeGroups[].min': {
    to: group({ min: 0 }),
    shows: [`${GROUP}.scaling_config`],
  },
  'eks.nodeGroups[].desired': {
    to: group({ desired: 3 }),
    shows: [`${GROUP}.scaling_config`],
  },
  'eks.nodeGroups[].max': {
    to: group({ max: 5 }),
    shows: [`${GROUP}.scaling_config`],
  },
  'eks.nodeGroups[].diskGiB': {
    to: group({ diskGiB: 50 }),
    shows: ['istio-cluster: aws_launch_template.block_device_mappings = 50'],
  },
  'eks.nodeGroups[].imageType': {
    to: group({ imageType: 'BOTTLEROCKET_x86_64' }),
    shows: [`${GROUP}.ami_type = BOTTLEROCKET_x86_64`],
  },
  'eks.nodeGroups[].zones': {
    to: group({ zones: 1 }),
    shows: [`${GROUP}.subnet_ids`],
    loses: ['aws_eks_node_group', 'terraform_data'],
  },
  'eks.nodeGroups[].labels': {
    to: group({ labels: { pool: 'a' } }),
    shows: [`${GROUP}.labels = pool`],
  },
  'eks.nodeGroups[].taints': {
    to: group({ taints: [{ key: 'a', effect: 'PreferNoSchedule' }] }),
    shows: [`${GROUP}.taint = PREFER_NO_SCHEDULE`],
  },
  'eks.nodeGroups[].taints[].key': {
    to: taint({ key: 'b' }),
    shows: [`${GROUP}.taint = "key":"b"`],
  },
  'eks.nodeGroups[].taints[].value': {
    to: taint({ value: 'c' }),
    shows: [`${GROUP}.taint = "value":"c"`],
  },
  'eks.nodeGroups[].taints[].effect': {
    to: taint({ effect: 'NoExecute' }),
    shows: [`${GROUP}.taint = NO_EXECUTE`],
  },
  'eks.nodeGroups[].maxUnavailablePercent': {
    to: group({ maxUnavailablePercent: 50 }),
    shows: [`${GROUP}.update_config = 50`],
  },
  'clusters.<name>.name': {
    to: istio({ name: 'other' }),
    shows: [
      `${REFUSED} = which is now other`,
      `${CLUSTER}.name = other`,
      'istio-mesh: terraform_data.lifecycle = which is now EKS other',
    ],
  },
  'clusters.<name>.cidr': {
    to: istio({ cidr: '10.40.0.0/16' }),
    shows: [
      `${REFUSED} = which is now 10.40.0.0/16`,
      'istio-cluster: aws_vpc.cidr_block = 10.40.0.0/16',
    ],
  },
  'clusters.<name>.existingVpc': {
    to: vpc({}),
    shows: [`${REFUSED} = which is now vpc-0a`, `${CLUSTER}.vpc_config = subnet-0a`],
  },
  'clusters.<name>.existingVpc.vpcId': {
    from: vpc({}),
    to: vpc({ vpcId: 'vpc-0b' }),
    shows: [
      `${REFUSED} = which is now vpc-0b`,
      'istio-cluster: aws_security_group.vpc_id = vpc-0b',
    ],
  },
  'clusters.<name>.existingVpc.privateSubnetIds': {
    from: vpc({}),
    to: vpc({ privateSubnetIds: ['subnet-0a', 'subnet-0d'] }),
    shows: [`${CLUSTER}.vpc_config = subnet-0d`, `${GROUP}.subnet_ids = subnet-0d`],
  },
  'clusters.<name>.existingVpc.publicSubnetIds': {
    from: vpc({}),
    to: vpc({ publicSubnetIds: ['subnet-0e'] }),
    shows: ['istio-mesh: helm_release.values = subnet-0e'],
  },
  'clusters.<name>.egressCidrs': {
    to: istio({ egressCidrs: ['198.51.100.0/24'] }),
    shows: [
      'consul-cluster: aws_eks_cluster.vpc_config = 198.51.100.0/24',
      'consul-mesh: helm_release.values = 198.51.100.0/24',
    ],
  },
};
