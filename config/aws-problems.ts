import { DEFAULT_NODE_GROUP } from '../constructs/eks/defaults';
import { WEBHOOK_PORTS } from '../constructs/eks/props';
import type { Problem } from '../constructs/problems';
import { gatewayPortCount, sourceCount } from './gateways';
import type { Config } from './schema';
import { type Side, SIDES } from './sides';

/** What does not fit between a mesh and the EKS cluster that is made for it; paths from the root. */
export function meshOnEksProblems(config: Omit<Config, 'profile'>): Problem[] {
  return [
    ...SIDES.flatMap((side) => [
      ...publicSubnetProblems(config, side),
      ...securityGroupProblems(config, side),
    ]),
    ...serverProblems(config),
  ];
}

function publicSubnetProblems(
  { clusters, meshes }: Pick<Config, 'clusters' | 'meshes'>,
  side: Side,
): Problem[] {
  const cluster = clusters[side];
  if (cluster.kind !== 'eks' || cluster.existingVpc === undefined) return [];
  // Nodes in public subnets are another mistake.
  if (cluster.eks.nodeSubnets === 'public') return [];
  if (cluster.existingVpc.publicSubnetIds.length > 0 || meshes[side].gateway.internal) return [];
  return [
    {
      path: ['clusters', side, 'existingVpc', 'publicSubnetIds'],
      message:
        'is empty, and the internet is to reach the load balancer of the gateway; list public subnets, ' +
        `or set meshes.${side}.gateway.internal: true`,
      comparedWith: [['meshes', side, 'gateway', 'internal']],
    },
  ];
}

/** Inbound rules of a security group, unless AWS raised the quota of the account. */
const MAX_RULES = 60;

/**
 * The controller that makes load balancers gives the nodes' security group a rule for each port and
 * source, and for each port and subnet from which the load balancer looks whether the nodes are there.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
 * @see https://github.com/kubernetes/cloud-provider-aws/blob/master/pkg/providers/v1/aws_loadbalancer.go
 */
function securityGroupProblems(config: Omit<Config, 'profile'>, side: Side): Problem[] {
  const { clusters, meshes } = config;
  const cluster = clusters[side];
  if (cluster.kind !== 'eks') return [];
  const { existingVpc, network, eks } = cluster;
  const zones = typeof network.zones === 'number' ? network.zones : network.zones.length;
  const { internal } = meshes[side].gateway;
  const listed =
    (internal ? existingVpc?.privateSubnetIds : existingVpc?.publicSubnetIds)?.length ?? zones;
  // With those of the policy, and with the other cluster, which is let in too.
  const gatewayPorts = gatewayPortCount(config, side);
  const sources = sourceCount(config, side);
  // The nodes to each other, and the kubelet.
  const own = 2 + WEBHOOK_PORTS[side].length + eks.webhookPorts.length + eks.addons.length;
  const rules = gatewayPorts * (sources + listed) + own;
  if (rules <= MAX_RULES) return [];
  const most = Math.floor((MAX_RULES - own) / gatewayPorts) - listed;
  return [
    {
      path: ['meshes', side, 'gateway', 'allowedSources'],
      message:
        `${sources} sources and ${gatewayPorts} ports come to ${rules} rules of the nodes' security ` +
        `group, which takes ${MAX_RULES}: the load balancer would wait for ever. ` +
        (most > 0
          ? `List ${most} at most, such as larger blocks, or fewer ports`
          : 'Open fewer ports'),
      comparedWith: [['meshes', side, 'gateway'], ['clusters'], ['accessPolicy']],
    },
  ];
}

/** By its chart no two servers of Consul share a node, and none runs on a node with a taint. */
function serverProblems({ clusters, meshes }: Pick<Config, 'clusters' | 'meshes'>): Problem[] {
  const { servers, values } = meshes.consul;
  // A values file may say otherwise.
  if (clusters.consul.kind !== 'eks' || values.length > 0) return [];
  const nodes = clusters.consul.eks.nodeGroups
    .filter(({ taints }) => taints.every(({ effect }) => effect === 'PreferNoSchedule'))
    .reduce((sum, { desired = DEFAULT_NODE_GROUP.desired }) => sum + desired, 0);
  // No node at all is another mistake.
  if (servers <= nodes || nodes === 0) return [];
  return [
    {
      path: ['meshes', 'consul', 'servers'],
      message:
        `is ${servers}, each on a node of its own, and clusters.consul starts with ${nodes} nodes ` +
        'without taints; set eks.nodeGroups[].desired to as many, or fewer servers',
      comparedWith: [['clusters', 'consul']],
    },
  ];
}
