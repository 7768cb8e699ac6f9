import { DEFAULT_NODE_GROUP } from '../constructs/eks/defaults';
import { WEBHOOK_PORTS } from '../constructs/eks/props';
import { zoneCount } from '../constructs/network/validate';
import type { Problem } from '../constructs/problems';
import { valuesAt } from './chart-values';
import { hasEntrance, hasOwnLoadBalancer } from './crossing';
import { gatewayPortCount, sourceCount } from './gateways';
import { type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Settings } from './schema';

/** What does not fit between a mesh and the EKS cluster that is made for it; paths from the root. */
export function meshOnEksProblems(config: Settings): Problem[] {
  return placedMeshes(config).flatMap((placed) => [
    ...publicSubnetProblems(config, placed),
    ...securityGroupProblems(config, placed),
    ...serverProblems(placed),
  ]);
}

function publicSubnetProblems(config: Settings, placed: PlacedMesh): Problem[] {
  const { name, mesh, clusterName, cluster } = placed;
  if (cluster.kind !== 'eks' || cluster.existingVpc === undefined) return [];
  // Nodes in public subnets are another mistake.
  if (cluster.eks.nodeSubnets === 'public') return [];
  if (cluster.existingVpc.publicSubnetIds.length > 0 || mesh.gateway.internal) return [];
  // A private connection has a load balancer of its own.
  if (!hasOwnLoadBalancer(config, placed) && !hasEntrance(config, placed)) return [];
  return [
    {
      path: ['clusters', clusterName, 'existingVpc', 'publicSubnetIds'],
      message:
        'is empty, but the internet is to reach the load balancer of the gateway; list public subnets, ' +
        `or set meshes.${name}.gateway.internal: true`,
      comparedWith: [['meshes', name, 'gateway', 'internal']],
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
function securityGroupProblems(config: Settings, placed: PlacedMesh): Problem[] {
  const { name, mesh, cluster } = placed;
  if (cluster.kind !== 'eks') return [];
  const { existingVpc, network, eks } = cluster;
  const { internal } = mesh.gateway;
  const listed =
    (internal ? existingVpc?.privateSubnetIds : existingVpc?.publicSubnetIds)?.length ??
    zoneCount(network.zones);
  // With those of the policy, and with the clusters that call, which are let in too.
  const gatewayPorts = gatewayPortCount(config, placed);
  const sources = sourceCount(config, placed);
  // The nodes to each other, and the kubelet.
  const own = 2 + WEBHOOK_PORTS[mesh.kind].length + eks.webhookPorts.length + eks.addons.length;
  const rules = gatewayPorts * (sources + listed) + own;
  if (rules <= MAX_RULES) return [];
  const most = Math.floor((MAX_RULES - own) / gatewayPorts) - listed;
  return [
    {
      path: ['meshes', name, 'gateway', 'allowedSources'],
      message:
        `${sources} sources and ${gatewayPorts} ports come to ${rules} rules of the nodes' security ` +
        `group, which takes ${MAX_RULES}: the load balancer would wait for ever. ` +
        (most > 0
          ? `List ${most} at most, such as larger blocks, or fewer ports`
          : 'Open fewer ports'),
      comparedWith: [['meshes', name, 'gateway'], ['clusters'], ['accessPolicy']],
    },
  ];
}

/** By its chart no two servers of Consul share a node, and none runs on a node with a taint. */
function serverProblems({ name, mesh, clusterName, cluster }: PlacedMesh): Problem[] {
  if (mesh.kind !== 'consul' || cluster.kind !== 'eks') return [];
  const said = valuesAt(mesh.values, ['server.replicas', 'server.affinity']);
  // Whoever lets servers share a node has said so.
  if (said.some(({ key }) => key === 'server.affinity')) return [];
  const last = said.findLast(({ value }) => typeof value === 'number');
  const servers = last === undefined ? mesh.servers : Number(last.value);
  const path = ['meshes', name, ...(last === undefined ? ['servers'] : ['values', last.file])];
  const nodes = cluster.eks.nodeGroups
    .filter(({ taints }) => taints.every(({ effect }) => effect === 'PreferNoSchedule'))
    .reduce((sum, { desired = DEFAULT_NODE_GROUP.desired }) => sum + desired, 0);
  // No node at all is another mistake.
  if (servers <= nodes || nodes === 0) return [];
  return [
    {
      path,
      message:
        `${last === undefined ? 'is' : 'sets server.replicas to'} ${servers}, each on a node of its own, ` +
        `and clusters.${clusterName} starts with ${nodes} nodes ` +
        'without taints; set eks.nodeGroups[].desired to as many, or fewer servers',
      comparedWith: [['clusters', clusterName]],
    },
  ];
}
