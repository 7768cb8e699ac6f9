import {
  type ControlPlaneLogSettings,
  type EksClusterProps,
  LOG_TYPES,
  type NodeGroupSettings,
} from './props';

/** The groups of a cluster for which none were said. */
export function nodeGroupsOf({
  compute,
  nodeGroups,
}: Pick<EksClusterProps, 'compute' | 'nodeGroups'>): readonly NodeGroupSettings[] {
  return nodeGroups ?? (compute === 'auto' ? [] : [{ name: 'default' }]);
}

/** A node group for which nothing was said. */
export const DEFAULT_NODE_GROUP = {
  instanceTypes: ['t3.medium'],
  capacity: 'on-demand',
  min: 2,
  desired: 2,
  max: 3,
  diskGiB: 30,
  imageType: 'AL2023_x86_64_STANDARD',
  labels: {},
  taints: [],
  maxUnavailablePercent: 33,
} as const satisfies Omit<Required<NodeGroupSettings>, 'name' | 'zones'>;

/** The control plane's log when nothing was said. */
export const DEFAULT_LOGS = {
  types: LOG_TYPES,
  retentionDays: 365,
  destroyDelaySeconds: 60,
} as const satisfies Required<Omit<ControlPlaneLogSettings, 'encryptionKeyArn'>>;

/** Addresses of Services when nothing was said. */
export const DEFAULT_SERVICE_CIDR = '172.20.0.0/16';
