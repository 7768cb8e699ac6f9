import { type Example, filled, oneOf, Optional } from '../example';
import type { IpFamily } from '../ip-family';
import type { INetwork } from '../network';

/** Settings of `EksCluster`. */
export interface EksClusterProps {
  /** Name of the cluster, unique in its account and region. At most 32 characters. */
  readonly name: string;
  /** The VPC: a `Network`, or the ids of one that exists. */
  readonly network: INetwork;
  /**
   * Kubernetes version, such as `1.35`.
   * @default DEFAULT_KUBERNETES_VERSION
   */
  readonly version?: string;
  /**
   * Whether the cluster may be on a version in extended support, which costs USD 0.50 more by the
   * hour. Otherwise AWS upgrades the cluster at the end of standard support.
   * @default false
   */
  readonly extendedSupport?: boolean;
  /**
   * Where the Kubernetes API can be reached from.
   * @default inside the VPC only
   */
  readonly endpoint?: EndpointAccess;
  /**
   * Address family of pods and Services. With `ipv6` the network must have IPv6 too. Nodes also keep an IPv4
   * address, through which pods reach IPv4-only destinations. It cannot be changed once the cluster exists.
   * @default 'ipv4'
   * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
   */
  readonly ipFamily?: IpFamily;
  /**
   * CIDR block of Services. It must not overlap with the VPC or with networks connected to it, and cannot be
   * changed once the cluster exists.
   * @default 172.20.0.0/16; a block that EKS chooses with `ipFamily: 'ipv6'`
   */
  readonly serviceCidr?: string;
  /**
   * ARN of a KMS key that encrypts Secrets. It cannot be changed once the cluster exists: EKS keeps the first
   * key, and without that nobody can read the cluster's Secrets.
   * @default a new key that rotates every year
   * @see https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
   */
  readonly encryptionKeyArn?: string;
  /**
   * The control plane's log in CloudWatch.
   * @default all parts, kept for a year
   */
  readonly logs?: ControlPlaneLogSettings;
  /**
   * Whether the identity that creates the cluster is its administrator, by an access entry. That identity stays
   * the same whoever deploys later. This can be changed at any time.
   * @default true
   */
  readonly creatorIsAdmin?: boolean;
  /**
   * Further users and roles that may use the cluster.
   * @default none
   */
  readonly access?: readonly AccessGrant[];
  /**
   * Whether IAM trusts the cluster's service accounts (IRSA), for workloads that do not use Pod
   * Identity.
   * @default true
   */
  readonly oidcProvider?: boolean;
  /**
   * Versions of add-ons, such as `v1.20.4-eksbuild.2`.
   * @default AWS's default for the Kubernetes version
   */
  readonly addonVersions?: Readonly<Partial<Record<AddonName, string>>>;
  /**
   * Further add-ons of EKS. For `metrics-server` the control plane may call its port.
   * @default none
   */
  readonly addons?: readonly FurtherAddon[];
  /**
   * Whether vpc-cni enforces the cluster's NetworkPolicies. If neither it nor another program does, they have no
   * effect. It is off by default, as in the add-on itself: its agent once stopped all traffic of a new cluster,
   * so try it where that does no harm. To turn it off again, set `false`; if this is left out, the add-on keeps
   * its former setting.
   * @default the add-on's own default, which is off
   * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html
   * @see https://github.com/aws/aws-network-policy-agent/issues/553
   */
  readonly networkPolicies?: boolean;
  /**
   * What runs the pods: managed node groups, or EKS Auto Mode, which creates and replaces nodes by itself and
   * brings its own network, DNS, volumes and load balancers instead of the add-ons. It cannot be changed later:
   * volumes do not move from one to the other.
   * @default 'node-groups'
   * @see https://docs.aws.amazon.com/eks/latest/userguide/automode.html
   */
  readonly compute?: Compute;
  /**
   * Groups of nodes; at least one, or coredns has nowhere to run. None with `compute: 'auto'`.
   * @default one, called `default`; none with `compute: 'auto'`
   */
  readonly nodeGroups?: readonly NodeGroupSettings[];
  /**
   * Which subnets of the VPC nodes are put in.
   * @default private
   */
  readonly nodeSubnets?: 'private' | 'public';
  /**
   * Ports of pods that the control plane calls: admission webhooks and extension APIs. Apart from these and the
   * kubelet's port, the nodes are closed to the control plane. See `WEBHOOK_PORTS`.
   * @default none
   */
  readonly webhookPorts?: readonly WebhookPort[];
  /**
   * Tags of instances, their volumes and network interfaces, which Terraform does not make itself
   * and the provider's `default_tags` therefore do not reach.
   * @default none
   */
  readonly instanceTags?: Readonly<Record<string, string>>;
}

/** What may run the pods of a cluster. */
export const COMPUTES = ['node-groups', 'auto'] as const;
/** What provides a cluster's nodes: one of `COMPUTES`. */
export type Compute = (typeof COMPUTES)[number];

/** Where the Kubernetes API can be reached from. */
export interface EndpointAccess {
  /**
   * Addresses on the internet from which it is reachable, such as `203.0.113.7/32`.
   * @default none: from inside the VPC only
   */
  readonly publicCidrs?: readonly string[];
  /**
   * Allows `0.0.0.0/0` in `publicCidrs`.
   * @default false
   */
  readonly allowAnywhere?: boolean;
}

/** A part of the control plane's log. */
export const LOG_TYPES = [
  'api',
  'audit',
  'authenticator',
  'controllerManager',
  'scheduler',
] as const;
/** A log of the control plane: one of `LOG_TYPES`. */
export type LogType = (typeof LOG_TYPES)[number];

/** The control plane's log in CloudWatch. */
export interface ControlPlaneLogSettings {
  /**
   * Parts to keep. An empty list turns the log off; what was written stays.
   * @default all
   */
  readonly types?: readonly LogType[];
  /**
   * Days until an entry is deleted.
   * @default 365
   */
  readonly retentionDays?: number;
  /**
   * Seconds between the end of the cluster and the deletion of its log group. EKS writes for a
   * while longer, and makes a group that is gone again: one that never expires, and stops the next
   * deploy ("The specified log group already exists").
   * @default 60
   * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763
   */
  readonly destroyDelaySeconds?: number;
  /**
   * ARN of a KMS key that encrypts the log, such as that of a `LogKey`.
   * @default CloudWatch's own
   */
  readonly encryptionKeyArn?: string;
}

/** Cluster access for an IAM user or role. */
export interface AccessGrant {
  /** ARN of the user or role. If it is a token, it must not be the identity that creates the cluster. */
  readonly principalArn: string;
  /** What the role or user may do in the cluster. */
  readonly level: AccessLevel;
  /**
   * Namespaces to which the access is limited.
   * @default in the whole cluster
   */
  readonly namespaces?: readonly string[];
}

/** What an `AccessGrant` allows: names of the EKS access policies without their prefix. */
export const ACCESS_LEVELS = ['cluster-admin', 'admin', 'edit', 'view'] as const;
/** What somebody may do in a cluster: one of `ACCESS_LEVELS`. */
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The EKS add-ons of every cluster. */
export const ADDONS = [
  'vpc-cni',
  'kube-proxy',
  'eks-pod-identity-agent',
  'coredns',
  'aws-ebs-csi-driver',
] as const;
/** An EKS add-on of this package: one of `ADDONS`. */
export type AddonName = (typeof ADDONS)[number];

/** An EKS add-on in addition to those that every cluster has. */
export interface FurtherAddon {
  /** Its name, such as `metrics-server`: `aws eks describe-addon-versions` lists all. */
  readonly name: string;
  /**
   * Version of the add-on, such as `v0.8.0-eksbuild.2`.
   * @default AWS's default for the Kubernetes version
   */
  readonly version?: string;
  /**
   * Its settings. `aws eks describe-addon-configuration` shows their schema.
   * @default those of the add-on
   */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Types of node image that EKS keeps up to date for managed node groups, by CPU. */
export const IMAGE_TYPES = [
  'AL2023_x86_64_STANDARD',
  'AL2023_ARM_64_STANDARD',
  'BOTTLEROCKET_x86_64',
  'BOTTLEROCKET_ARM_64',
] as const;
/** The operating system of nodes: one of `IMAGE_TYPES`. */
export type ImageType = (typeof IMAGE_TYPES)[number];

/** A managed node group. */
export interface NodeGroupSettings {
  /** Name of the group, unique in the cluster. */
  readonly name: string;
  /**
   * Instance types. Of several, the first that is available; for Spot, the one least likely to be reclaimed.
   * @default t3.medium
   */
  readonly instanceTypes?: readonly string[];
  /**
   * How they are paid for. Spot costs about a third, and may be reclaimed with two minutes' notice.
   * @default on-demand
   */
  readonly capacity?: 'on-demand' | 'spot';
  /**
   * Smallest number of nodes in the group.
   * @default 2
   */
  readonly min?: number;
  /**
   * Initial number of nodes. After that, whatever scales the group decides.
   * @default 2
   */
  readonly desired?: number;
  /**
   * Largest number of nodes in the group.
   * @default 3
   */
  readonly max?: number;
  /**
   * Size of the root volume in GiB.
   * @default 30
   */
  readonly diskGiB?: number;
  /**
   * Number of zones that the nodes are in, counted from the network's first. A volume stays in its zone, so
   * there should be a node in each: no more zones than `min`. Changing it replaces the nodes.
   * @default as many as `min` at the first deploy, at least one, at most all
   */
  readonly zones?: number;
  /**
   * Type of the node image, which goes with the CPU of the instance types.
   * @default AL2023_x86_64_STANDARD
   */
  readonly imageType?: ImageType;
  /**
   * Kubernetes labels that every node of the group has.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Kubernetes taints that every node of the group has.
   * @default none
   */
  readonly taints?: readonly Taint[];
  /**
   * How many nodes an update may replace at the same time, in percent.
   * @default 33
   */
  readonly maxUnavailablePercent?: number;
}

/** What a `Taint` can do to pods that do not tolerate it. */
export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** A Kubernetes taint: only pods that tolerate it run on the nodes. */
export interface Taint {
  /** Key of the taint. */
  readonly key: string;
  /**
   * Value of the taint.
   * @default empty
   */
  readonly value?: string;
  /** What happens to pods that do not tolerate it. */
  readonly effect: (typeof TAINT_EFFECTS)[number];
}

/** Add-ons that the control plane calls, beside webhooks of their own. */
export const ADDON_PORTS: Readonly<Partial<Record<string, readonly WebhookPort[]>>> = {
  // https://docs.aws.amazon.com/eks/latest/userguide/metrics-server.html
  'metrics-server': [{ port: 10251, description: 'metrics-server: resource metrics API' }],
};

/** A port of pods that the control plane calls. */
export interface WebhookPort {
  /** Port of the pods, not of their Service. */
  readonly port: number;
  /** What listens there; the rule's description. */
  readonly description: string;
}

/**
 * The ports that the control plane of a cluster with this mesh calls.
 *
 * @see https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
 * @see https://github.com/hashicorp/consul-k8s/blob/main/charts/consul/templates/connect-injector-deployment.yaml
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/charts/linkerd-control-plane/templates/destination.yaml
 */
export const WEBHOOK_PORTS: Readonly<
  Record<'istio' | 'consul' | 'linkerd', readonly WebhookPort[]>
> = {
  istio: [{ port: 15017, description: 'Istio: injection and validation webhooks' }],
  consul: [{ port: 8080, description: 'Consul: injection and validation webhooks' }],
  linkerd: [
    { port: 8443, description: 'Linkerd: injection and validation webhooks' },
    { port: 9443, description: 'Linkerd: validation of policies' },
  ],
};

/** What a group of nodes is like. */
export const NODE_GROUP_EXAMPLE = {
  name: 'default',
  capacity: new Optional<'on-demand' | 'spot'>(oneOf('on-demand', 'spot')),
  taints: new Optional<readonly Taint[]>([{ key: 'batch', effect: oneOf(...TAINT_EFFECTS) }]),
} satisfies Example<NodeGroupSettings>;

/** What a port is like that the control plane may call. */
export const WEBHOOK_PORT_EXAMPLE: Example<WebhookPort> = {
  port: 15017,
  description: filled('webhook'),
};
