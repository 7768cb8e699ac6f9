import type { Config } from '../../config';
import { AWS_ENDPOINTS } from '../../constructs/network/aws-services';
import type { Thing } from './kind';
import { escapeName, templateName } from './names';

/*
 * Whose something is. A tag alone does not say it: two federations of one account may have the same tags. So it
 * takes the tags and a name that only a cluster of these settings gives, or the tags by which AWS and Kubernetes
 * say that it is of such a cluster. A name that only starts like ours is a stranger's.
 */

/** A cluster of the settings, as far as it says what is the federation's. */
export interface Named {
  /** Its name in AWS. */
  readonly name: string;
  /** The stack that makes it; nothing where it exists anyhow. */
  readonly stack?: string;
  readonly groups: readonly string[];
  /** A VPC of the user's that it is in. */
  readonly existingVpc?: string;
}

/** What the settings say. */
export interface Owner {
  readonly tags: Readonly<Record<string, string>>;
  readonly clusters: readonly Named[];
  /** Names of what connects two clusters, each with those two. */
  readonly connections: readonly {
    readonly kind: string;
    readonly name: string;
    readonly cluster: string;
  }[];
}

/** To which cluster something belongs. */
export interface Tie {
  readonly cluster: Named;
  /** Who makes such things: Terraform, or EKS and the controllers in the cluster by themselves. */
  readonly madeBy: 'Terraform' | 'the cluster';
}

/** The clusters of one place, and what they give names to. */
export function ownerOf(config: Config, clusters: readonly string[]): Owner {
  const named = Object.entries(config.clusters).flatMap(
    ([key, cluster]): (Named & { key: string })[] => {
      if (cluster.kind === 'kubeconfig' || !clusters.includes(cluster.name)) return [];
      return [
        cluster.kind === 'eks'
          ? {
              key,
              name: cluster.name,
              stack: `${key}-cluster`,
              groups: cluster.eks.nodeGroups.map(({ name }) => name),
              existingVpc: cluster.existingVpc?.vpcId,
            }
          : { key, name: cluster.name, groups: [] },
      ];
    },
  );
  // A connection may lead to a cluster of another place.
  const all = Object.values(config.clusters).flatMap((one) => (one.kind === 'eks' ? one.name : []));
  const meshes = Object.keys(config.meshes);
  const partners = Object.keys(config.partners);
  const connections = named.flatMap(({ name }) => [
    // Of an accepted peering the provider only forgets: it is there until somebody deletes it.
    ...partners.flatMap((partner) => [
      { kind: 'VPC peering connection', name: `${name}-${partner}`, cluster: name },
      ...['VPC endpoint', 'security group'].map((kind) => ({
        kind,
        name: `${name}-to-${partner}`,
        cluster: name,
      })),
    ]),
    ...all.flatMap((other) =>
      other === name
        ? []
        : [
            { kind: 'VPC peering connection', name: `${name}-${other}`, cluster: name },
            { kind: 'VPC peering connection', name: `${other}-${name}`, cluster: name },
            ...meshes.flatMap((mesh) =>
              ['VPC endpoint', 'security group'].map((kind) => ({
                kind,
                name: `${name}-to-${other}-${mesh}`,
                cluster: name,
              })),
            ),
          ],
    ),
    ...meshes.map((mesh) => ({
      kind: 'VPC endpoint service',
      name: `${name}-${mesh}`,
      cluster: name,
    })),
  ]);
  return { tags: config.aws.tags, clusters: named, connections };
}

/** Whether it has all tags of the settings. Where there are none, no tag says anything. */
export function hasTags({ tags }: Pick<Thing, 'tags'>, wanted: Owner['tags']): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => tags[key] === value);
}

/** Names that Terraform gives, by kind, of the cluster `N`. */
const NAMES: Readonly<Record<string, (cluster: string) => string>> = {
  'EKS cluster': (N) => N,
  VPC: (N) => N,
  'internet gateway': (N) => N,
  'egress-only internet gateway': (N) => N,
  'flow log': (N) => N,
  'OIDC provider': (N) => N,
  subnet: (N) => `${N}-(public|private)-\\d+`,
  'route table': (N) => `${N}-(public|private-\\d+)`,
  'NAT gateway': (N) => `${N}-\\d+`,
  'Elastic IP address': (N) => `${N}-nat-\\d+`,
  'VPC endpoint': (N) => `${N}-(${['s3', ...AWS_ENDPOINTS].map(escapeName).join('|')})`,
  'security group': (N) => `${N}-(node|endpoints)`,
  'KMS key': (N) => `${N}(-logs)?`,
  'log group': (N) => `/aws/vpc/${N}/flow-log`,
};

/** What EKS and controllers in a cluster make. */
const OF_CLUSTERS: ReadonlySet<string> = new Set([
  'load balancer',
  'classic load balancer',
  'target group',
  'security group',
  'network interface',
  'EBS volume',
  'EBS snapshot',
  'EC2 instance',
  'Auto Scaling group',
  'launch template',
  'log group',
]);

/** Keys of tags whose value is the name of the cluster. */
const CLUSTER_TAGS = [
  'eks:cluster-name',
  'eks:eks-cluster-name',
  'aws:eks:cluster-name',
  'elbv2.k8s.aws/cluster',
  'cluster.k8s.amazonaws.com/name',
  'KubernetesCluster',
];

/** @param ownVpcs VPCs that are the federation's, or that it was given */
export function tieOf(thing: Thing, owner: Owner, ownVpcs: ReadonlySet<string>): Tie | undefined {
  const tagged = hasTags(thing, owner.tags);
  for (const cluster of owner.clusters) {
    if (tagged && isMade(thing, cluster, owner)) return { cluster, madeBy: 'Terraform' };
    if (OF_CLUSTERS.has(thing.kind) && isOfCluster(thing, cluster.name)) {
      // Of a cluster that somebody else has made, only what the federation has asked for.
      if (cluster.stack === undefined && !tagged) continue;
      // A cluster of that name that is none of EKS has a VPC of its own.
      if (!tagged && thing.vpc !== undefined && !ownVpcs.has(thing.vpc)) continue;
      return { cluster, madeBy: 'the cluster' };
    }
  }
  return undefined;
}

function isMade({ kind, name, cluster }: Thing, { name: N, stack, groups }: Named, owner: Owner) {
  if (stack === undefined) return false;
  if (kind === 'node group' || kind === 'IAM role') return cluster === N;
  if (kind === 'launch template') return templateName(N, groups).test(name);
  const form = NAMES[kind]?.(escapeName(N));
  return (
    (form !== undefined && new RegExp(`^${form}$`).test(name)) ||
    owner.connections.some((one) => one.kind === kind && one.name === name && one.cluster === N)
  );
}

/** Whether AWS or Kubernetes says that it is of the cluster `N`. */
export function isOfCluster({ tags, cluster }: Thing, N: string): boolean {
  return (
    cluster === N ||
    // Others share what has "shared".
    tags[`kubernetes.io/cluster/${N}`] === 'owned' ||
    CLUSTER_TAGS.some((key) => tags[key] === N)
  );
}
