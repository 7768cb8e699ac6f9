import { at, blocks, mayBe, words, type GuardedResource } from './resource';
import { rule, unless } from './rule';

const EVERYWHERE = ['0.0.0.0/0', '::/0'];
const CONTROL_PLANE_LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];
/** CloudWatch's numbers of days that are a year or more; 0 and none mean for ever. */
const YEAR_IN_DAYS = 365;
/** Ports that are never for everybody: SSH, RDP, etcd, the kubelet, the Kubernetes API. */
const PRIVATE_PORTS = [22, 3389, 2379, 2380, 10250, 6443];

/** What a careful operator asks of the AWS side. */
export const AWS_RULES = [
  rule(
    'eks-api-private',
    'The Kubernetes API is reached from inside of the VPC only.',
    ['CKV_AWS_39'],
    ['aws_eks_cluster'],
    (cluster) =>
      unless(
        mayBe(at(cluster, 'vpc_config', 'endpoint_public_access'), false),
        'has a public API; set vpc_config.endpoint_public_access to false',
      ),
  ),
  rule(
    'eks-api-not-for-everybody',
    'A public Kubernetes API admits named addresses only.',
    ['CKV_AWS_38'],
    ['aws_eks_cluster'],
    (cluster) => {
      if (mayBe(at(cluster, 'vpc_config', 'endpoint_public_access'), false)) return [];
      const admitted = words(cluster, 'vpc_config', 'public_access_cidrs');
      return unless(
        admitted.length > 0 && !admitted.some((cidr) => EVERYWHERE.includes(cidr)),
        'admits everybody to its API; list addresses in vpc_config.public_access_cidrs',
      );
    },
  ),
  rule(
    'eks-secrets-encrypted',
    'Secrets are encrypted with a KMS key.',
    ['CKV_AWS_58'],
    ['aws_eks_cluster'],
    (cluster) =>
      unless(
        words(cluster, 'encryption_config', 'resources').some((kind) => mayBe(kind, 'secrets')),
        'stores Secrets without a KMS key; set encryption_config for "secrets"',
      ),
  ),
  rule(
    'eks-all-logs',
    'The control plane writes all of its logs.',
    ['CKV_AWS_37'],
    ['aws_eks_cluster'],
    (cluster) => {
      const written = words(cluster, 'enabled_cluster_log_types');
      const missing = CONTROL_PLANE_LOGS.filter((log) => !written.some((type) => mayBe(type, log)));
      return unless(
        missing.length === 0,
        `does not write the logs ${missing.join(', ')}; add them to enabled_cluster_log_types`,
      );
    },
  ),
  rule(
    'logs-encrypted',
    'Log groups are encrypted with a KMS key.',
    ['CKV_AWS_158'],
    ['aws_cloudwatch_log_group'],
    (group) => unless(at(group, 'kms_key_id') !== undefined, 'has no key; set kms_key_id'),
  ),
  rule(
    'logs-kept-a-year',
    'Logs are kept for a year.',
    ['CKV_AWS_338'],
    ['aws_cloudwatch_log_group'],
    (group) => {
      const days = at(group, 'retention_in_days');
      return unless(
        typeof days !== 'number' || days === 0 || days >= YEAR_IN_DAYS,
        `keeps entries for ${String(days)} days; set retention_in_days to 365 or more`,
      );
    },
  ),
  rule('vpc-flow-logs', 'Each VPC logs its flows.', ['CKV2_AWS_11'], ['aws_vpc'], (_, vpc, all) =>
    unless(
      all.some(
        ({ type, attributes }) =>
          type === 'aws_flow_log' && refersTo(at(attributes, 'vpc_id'), vpc),
      ),
      'logs no flows; add an aws_flow_log for it',
    ),
  ),
  rule('kms-key-rotates', 'Keys rotate.', ['CKV_AWS_7'], ['aws_kms_key'], (key) =>
    unless(
      mayBe(at(key, 'enable_key_rotation'), true) || cannotRotate(key),
      'does not rotate; set enable_key_rotation to true',
    ),
  ),
  rule(
    'kms-key-policy',
    'Each key has a policy that somebody wrote.',
    ['CKV2_AWS_64'],
    ['aws_kms_key'],
    (attributes, key, all) =>
      unless(
        at(attributes, 'policy') !== undefined ||
          all.some(
            (other) =>
              other.type === 'aws_kms_key_policy' && refersTo(at(other.attributes, 'key_id'), key),
          ),
        'has the default policy, by which IAM alone decides; set policy',
      ),
  ),
  rule(
    'instance-imds-v2',
    'Instances hand out their role by IMDSv2 only.',
    ['CKV_AWS_79'],
    ['aws_launch_template', 'aws_instance'],
    (attributes) =>
      unless(
        mayBe(at(attributes, 'metadata_options', 'http_tokens'), 'required') ||
          mayBe(at(attributes, 'metadata_options', 'http_endpoint'), 'disabled'),
        'hands out its role by IMDSv1; set metadata_options.http_tokens to "required"',
      ),
  ),
  rule(
    'instance-imds-one-hop',
    'Pods do not get at the role of their node.',
    ['CKV_AWS_341'],
    ['aws_launch_template'],
    (attributes) => {
      const hops = at(attributes, 'metadata_options', 'http_put_response_hop_limit');
      return unless(
        typeof hops !== 'number' || hops <= 1,
        `lets pods ask for its role; set metadata_options.http_put_response_hop_limit to 1`,
      );
    },
  ),
  rule(
    'disk-encrypted',
    'Disks are encrypted.',
    ['CKV_AWS_3'],
    ['aws_launch_template', 'aws_ebs_volume'],
    (attributes, { type }) =>
      type === 'aws_ebs_volume'
        ? unless(
            mayBe(at(attributes, 'encrypted'), true),
            'is not encrypted; set encrypted to true',
          )
        : blocks(attributes, 'block_device_mappings').map((mapping, index) =>
            at(mapping, 'ebs') === undefined || mayBe(at(mapping, 'ebs', 'encrypted'), true)
              ? undefined
              : `makes a disk that is not encrypted; set block_device_mappings[${index}].ebs.encrypted to true`,
          ),
  ),
  rule(
    'subnet-no-public-addresses',
    'A subnet gives no public address to what starts in it.',
    ['CKV_AWS_130'],
    ['aws_subnet'],
    (subnet) =>
      unless(
        at(subnet, 'map_public_ip_on_launch') !== true,
        'gives a public address to all that starts in it; set map_public_ip_on_launch to false',
      ),
  ),
  rule(
    'ingress-not-for-everybody',
    'No security group admits everybody to SSH, RDP, etcd, the kubelet or the Kubernetes API.',
    ['CKV_AWS_24', 'CKV_AWS_25', 'CKV_AWS_277'],
    ['aws_security_group', 'aws_security_group_rule', 'aws_vpc_security_group_ingress_rule'],
    (attributes, { type }) => {
      if (type === 'aws_security_group_rule' && at(attributes, 'type') !== 'ingress') return [];
      const rules = type === 'aws_security_group' ? blocks(attributes, 'ingress') : [attributes];
      return rules
        .filter(admitsEverybodyToPrivatePorts)
        .map(
          () => `admits everybody to a port of its machines; name the addresses that may reach it`,
        );
    },
  ),
  rule(
    'iam-no-full-rights',
    'No policy allows every action on everything.',
    ['CKV_AWS_62', 'CKV_AWS_63'],
    ['aws_iam_policy', 'aws_iam_role_policy', 'aws_iam_user_policy', 'aws_iam_group_policy'],
    (attributes) =>
      statements(at(attributes, 'policy')).map((statement) =>
        at(statement, 'Effect') === 'Allow' &&
        words(statement, 'Action').includes('*') &&
        words(statement, 'Resource').includes('*')
          ? 'allows every action on everything; name the actions and the resources'
          : undefined,
      ),
  ),
  rule(
    'load-balancer-keeps-bad-headers-out',
    'An application load balancer drops header fields that are not valid.',
    ['CKV_AWS_131'],
    ['aws_lb', 'aws_alb'],
    (attributes) => {
      const kind = at(attributes, 'load_balancer_type') ?? 'application';
      return unless(
        kind !== 'application' || mayBe(at(attributes, 'drop_invalid_header_fields'), true),
        'passes invalid header fields on; set drop_invalid_header_fields to true',
      );
    },
  ),
  rule(
    'state-no-private-keys',
    'No private key is made by Terraform, since its state keeps it.',
    [],
    ['tls_private_key', 'random_password'],
    () => ['is kept in the state, where it can be read; make it where it is used'],
  ),
];

/** Whether an attribute refers to a resource. */
function refersTo(value: unknown, { construct }: GuardedResource): boolean {
  return (
    typeof value === 'string' &&
    value.includes(`${construct.terraformResourceType}.${construct.friendlyUniqueId}.`)
  );
}

/** Asymmetric keys and those for HMAC cannot. */
function cannotRotate(key: unknown): boolean {
  const spec = at(key, 'customer_master_key_spec');
  return typeof spec === 'string' && spec !== 'SYMMETRIC_DEFAULT';
}

function admitsEverybodyToPrivatePorts(ingress: unknown): boolean {
  const sources = ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'].flatMap((key) =>
    words(ingress, key),
  );
  if (!sources.some((source) => EVERYWHERE.includes(source))) return false;
  const protocol = at(ingress, 'ip_protocol') ?? at(ingress, 'protocol');
  if (protocol === '-1' || protocol === 'all') return true;
  const from = at(ingress, 'from_port');
  const to = at(ingress, 'to_port');
  return (
    typeof from === 'number' &&
    typeof to === 'number' &&
    PRIVATE_PORTS.some((port) => from <= port && port <= to)
  );
}

function statements(policy: unknown): readonly unknown[] {
  if (typeof policy !== 'string') return [];
  try {
    return blocks(JSON.parse(policy), 'Statement');
  } catch {
    // Made of other resources; known when it is deployed.
    return [];
  }
}
