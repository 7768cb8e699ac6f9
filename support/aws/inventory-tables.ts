import type { EksCluster, Inventory, KmsKey } from './inventory';
import type { Leftover } from './left-behind';
import { table } from '../terminal/table';

/** What exists, as tables to read in a terminal. */
export function inventoryTables(inventory: Inventory): string {
  return [
    networks(inventory),
    subnets(inventory),
    clusters(inventory),
    nodeGroups(inventory),
    addons(inventory),
  ].join('\n\n');
}

/** A list of what was found where nothing should be. */
export function leftoverTable(leftovers: readonly Leftover[]): string {
  return table(
    'Left behind',
    ['What', 'Name', 'Id'],
    leftovers.map(({ kind, name, id }) => [kind, name, id]),
  );
}

/** How many there were of each kind, and how many there are. */
export function countsTable(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): string {
  return table(
    'What the AWS API says',
    ['What', 'Before', 'After'],
    [...before]
      .filter(([kind, count]) => count > 0 || after.get(kind) !== 0)
      .map(([kind, count]) => [kind, String(count), String(after.get(kind) ?? 0)]),
  );
}

function networks({ vpcs, subnets, natGateways }: Inventory): string {
  return table(
    'Networks',
    ['VPC', 'CIDR', 'Zones', 'Subnets', 'Internet gateway', 'NAT gateways', 'S3 endpoint'],
    vpcs.map((vpc) => {
      const own = subnets.filter((subnet) => subnet.vpc === vpc.id);
      return [
        vpc.name || vpc.id,
        vpc.cidr,
        String(new Set(own.map((subnet) => subnet.zone)).size),
        String(own.length),
        yesNo(vpc.internetGateway),
        String(natGateways.filter((nat) => nat.vpc === vpc.id).length),
        yesNo(vpc.s3Endpoint),
      ];
    }),
  );
}

function subnets({ vpcs, subnets }: Inventory): string {
  const kind = {
    'internet gateway': 'public',
    'NAT gateway': 'private',
    none: 'isolated',
  } as const;
  return table(
    'Subnets',
    ['VPC', 'Zone', 'Type', 'CIDR', 'Way out'],
    vpcs.flatMap((vpc) =>
      subnets
        .filter((subnet) => subnet.vpc === vpc.id)
        .map((s) => [vpc.name || vpc.id, s.zone, kind[s.wayOut], s.cidr, s.wayOut])
        .sort((a, b) => a.slice(0, 3).join().localeCompare(b.slice(0, 3).join())),
    ),
  );
}

function clusters({ clusters, kmsKeys, oidcProviders, logGroups }: Inventory): string {
  return table(
    'EKS clusters',
    [
      'Cluster',
      'Version',
      'Status',
      'API reached from',
      'KMS key of Secrets',
      'OIDC',
      'Log kept',
      'Access entries',
    ],
    clusters.map(({ name, cluster, accessEntries }) => {
      const log = logGroups.find((group) => group.name === `/aws/eks/${name}/cluster`);
      const issuer = cluster.identity?.oidc?.issuer?.replace('https://', '');
      return [
        name,
        cluster.version ?? '',
        cluster.status ?? '',
        endpoint(cluster),
        encryption(cluster, kmsKeys),
        yesNo(oidcProviders.some((provider) => provider.name === issuer)),
        log ? `${log.retentionDays ?? 'endless'} days` : 'no',
        String(accessEntries.length),
      ];
    }),
  );
}

function endpoint(cluster: EksCluster['cluster']): string {
  const vpc = cluster.resourcesVpcConfig;
  return [
    ...(vpc?.endpointPrivateAccess ? ['its VPC'] : []),
    ...(vpc?.endpointPublicAccess ? (vpc.publicAccessCidrs ?? []) : []),
  ].join('\n');
}

function encryption(cluster: EksCluster['cluster'], keys: readonly KmsKey[]): string {
  const arn = cluster.encryptionConfig?.[0]?.provider?.keyArn;
  const key = keys.find((candidate) => candidate.arn === arn);
  if (!key) return 'none';
  return `${key.name || key.id.slice(0, 8)}${key.rotates ? ', rotates' : ''}`;
}

function nodeGroups({ clusters }: Inventory): string {
  return table(
    'Node groups',
    [
      'Cluster',
      'Node group',
      'Status',
      'Instance types',
      'Capacity',
      'min / desired / max',
      'Image type',
    ],
    clusters.flatMap(({ name, nodeGroups }) =>
      nodeGroups.map((group) => [
        name,
        group.nodegroupName ?? '',
        group.status ?? '',
        group.instanceTypes?.join(', ') ?? '',
        group.capacityType ?? '',
        [
          group.scalingConfig?.minSize,
          group.scalingConfig?.desiredSize,
          group.scalingConfig?.maxSize,
        ].join(' / '),
        group.amiType ?? '',
      ]),
    ),
  );
}

function addons({ clusters }: Inventory): string {
  return table(
    'Add-ons',
    ['Cluster', 'Add-on', 'Version', 'Status', 'AWS identity'],
    clusters.flatMap(({ name, addons }) =>
      addons.map((addon) => [
        name,
        addon.addonName ?? '',
        addon.addonVersion ?? '',
        addon.status ?? '',
        addon.podIdentityAssociations?.length
          ? 'Pod Identity'
          : (addon.serviceAccountRoleArn?.split('/').at(-1) ?? "the node's"),
      ]),
    ),
  );
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
