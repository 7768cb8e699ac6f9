import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsIamSessionContext } from '@cdktf/provider-aws/lib/data-aws-iam-session-context';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import type { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import type { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import type { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import { EksCluster as AwsEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import { type Example, oneOf, Optional, refuseUnlike } from '../example';
import { MadeWith } from '../made-with';
import { servicePrincipal } from '../partitions';
import type { EksConnection } from '../kubernetes/connection';
import { eksNameProblem } from '../eks-name';
import { refuse } from '../problems';
import { grantAccess } from './access';
import { Addons } from './addons';
import { allowTags, AUTO_CLUSTER_POLICIES, AUTO_NODE_POLICIES, autoMode } from './auto-mode';
import { ControlPlaneLogs } from './control-plane-logs';
import { DEFAULT_LOGS, DEFAULT_SERVICE_CIDR, nodeGroupsOf } from './defaults';
import { accountByIam } from './key-policy';
import { eksConnection, ExistingEksCluster } from './existing-cluster';
import type { EksClusterAttributes, IEksCluster } from './interface';
import { NodeGroup } from './node-group';
import { NodeSecurityGroup } from './node-security-group';
import {
  ACCESS_LEVELS,
  type AccessGrant,
  ADDON_PORTS,
  type AddonName,
  type EksClusterProps,
  type EndpointAccess,
  type FurtherAddon,
  NODE_GROUP_EXAMPLE,
  type NodeGroupSettings,
  type WebhookPort,
  WEBHOOK_PORT_EXAMPLE,
} from './props';
import { ServiceRole } from './service-role';
import { clusterNameProblem, clusterProblems, placementProblems } from './validate';
import { DEFAULT_KUBERNETES_VERSION } from './versions';
import { NETWORK_EXAMPLE } from '../network/props';

/**
 * An EKS cluster with its nodes and add-ons.
 *
 * The control plane starts as soon as its subnets exist. The nodes start when it is up, the network
 * add-on is in it and their subnets are routed; coredns and the volume driver follow them. Destroy
 * goes the same way back.
 *
 * @throws Error listing every mistake in the props.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#EksCluster}
 */
export class EksCluster extends Construct implements IEksCluster {
  /** The `aws_eks_cluster`. */
  public readonly cluster: AwsEksCluster;
  /** Role of the control plane. */
  public readonly clusterRole: ServiceRole;
  /** Key that encrypts Secrets, unless one was given. */
  public readonly encryptionKey?: KmsKey;
  /** Lets the control plane use the key. */
  public readonly encryptionPolicy: IamRolePolicy;
  /** The log group; it is kept where the log is off, with what was written before. */
  public readonly logs: ControlPlaneLogs;
  /**
   * Security group of all nodes. None with `compute: 'auto'`, where EKS puts the nodes into the group of the
   * control plane; `nodeSecurityGroupId` is right either way.
   */
  public readonly nodeSecurityGroup?: NodeSecurityGroup;
  /** Role of the nodes: to join the cluster and fetch images, nothing else. */
  public readonly nodeRole: ServiceRole;
  /** Groups of nodes, by name. */
  public readonly nodeGroups: Readonly<Record<string, NodeGroup>>;
  /** What the nodes need: network, Service addresses, identities. */
  public readonly nodeAddons: Addons;
  /** What needs nodes: DNS, volumes. */
  public readonly workloadAddons: Addons;
  /** Those that were asked for beside the usual ones. */
  public readonly furtherAddons: Addons;
  /** What lets IAM trust the cluster's service accounts, unless it was turned off. */
  public readonly oidcProvider?: IamOpenidConnectProvider;
  /** Who else may use the cluster, one entry for each `access`. */
  public readonly accessEntries: readonly EksAccessEntry[];
  /** The access policies that the entries of `access` are given. */
  public readonly accessPolicies: readonly EksAccessPolicyAssociation[];
  /** Access entry of who made the cluster. */
  public readonly creatorEntry: EksAccessEntry;
  /** What who made the cluster may do. */
  public readonly creatorPolicy: EksAccessPolicyAssociation;
  public readonly clusterName: string;

  /** A cluster that exists. Nothing in it is changed. */
  public static fromAttributes(
    scope: Construct,
    id: string,
    attributes: EksClusterAttributes,
  ): IEksCluster {
    refuseUnlike(`EksCluster ${id}`, attributes, ATTRIBUTES, 'cannot be used');
    const problem = eksNameProblem(attributes.clusterName);
    refuse(
      `EksCluster ${attributes.clusterName}`,
      problem === undefined ? [] : [{ path: ['clusterName'], message: problem }],
      'cannot be used',
    );
    return new ExistingEksCluster(scope, id, attributes);
  }

  public constructor(scope: Construct, id: string, props: EksClusterProps) {
    super(scope, id);
    refuseUnlike(`EksCluster ${this.node.path}`, props, EXAMPLE);
    const { name, network, version = DEFAULT_KUBERNETES_VERSION, extendedSupport = false } = props;
    const nameProblem = clusterNameProblem(name);
    refuse(`EksCluster ${name}`, [
      ...(nameProblem === undefined ? [] : [{ path: ['name'], message: nameProblem }]),
      ...clusterProblems(props),
      ...placementProblems(props),
    ]);
    this.clusterName = name;
    const { compute = 'node-groups' } = props;
    const isAuto = compute === 'auto';
    const { ipFamily = 'ipv4' } = props;
    const isIPv6 = ipFamily === 'ipv6';
    const dataPartition = new DataAwsPartition(this, 'partition');
    const partition = dataPartition.partition;
    const caller = new DataAwsCallerIdentity(this, 'caller');
    const madeWith = new MadeWith(this, 'made_with', {
      what: `The cluster ${name}`,
      settings: {
        name,
        // Of one key for both: clusters that were made before there was a choice have kept it.
        serviceCidr: isIPv6
          ? 'of IPv6 (ipFamily: ipv6)'
          : (props.serviceCidr ?? DEFAULT_SERVICE_CIDR),
        compute,
      },
      otherwise: 'To have another cluster, make it beside this one, or destroy this one first.',
    });
    const encryptedWith = new MadeWith(this, 'encrypted_with', {
      what: `The cluster ${name}`,
      settings: { encryptionKeyArn: props.encryptionKeyArn ?? 'none: a key of its own' },
      because:
        'EKS keeps the key that a cluster was made with, and nobody can read its Secrets when that ' +
        'key is deleted.',
      otherwise: 'A cluster with another key is a new cluster: destroy this one first.',
    });

    this.clusterRole = new ServiceRole(this, 'cluster_role', {
      name: `${name}-api`,
      service: servicePrincipal(this, 'eks', dataPartition),
      managedPolicies: ['AmazonEKSClusterPolicy', ...(isAuto ? AUTO_CLUSTER_POLICIES : [])],
      partition,
      ...(isAuto && { sessionTags: true }),
    });
    const autoPolicies = isAuto ? [allowTags(this, this.clusterRole, partition)] : [];
    this.nodeRole = new ServiceRole(this, 'node_role', {
      name: `${name}-node`,
      service: servicePrincipal(this, 'ec2', dataPartition),
      managedPolicies: isAuto
        ? AUTO_NODE_POLICIES
        : ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'],
      partition,
    });
    const { elasticLoadBalancing, ...auto } = isAuto
      ? autoMode(this.nodeRole.role.arn)
      : { elasticLoadBalancing: undefined };
    if (props.encryptionKeyArn === undefined) {
      this.encryptionKey = new KmsKey(this, 'encryption_key', {
        description: `Secrets of the EKS cluster ${name}`,
        enableKeyRotation: true,
        // The shortest that AWS has; a key costs nothing while it waits for its deletion.
        deletionWindowInDays: 7,
        policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [accountByIam(partition, caller.accountId)],
        }),
        tags: { Name: name },
      });
    }
    const keyArn = props.encryptionKeyArn ?? this.encryptionKey?.arn ?? '';
    this.encryptionPolicy = new IamRolePolicy(this, 'encryption_policy', {
      name: 'encrypt-secrets',
      role: this.clusterRole.role.name,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ListGrants', 'kms:DescribeKey'],
            Resource: keyArn,
          },
        ],
      }),
    });
    const logs = { ...DEFAULT_LOGS, ...props.logs };
    this.logs = new ControlPlaneLogs(this, 'logs', { clusterName: name, ...logs });
    const publicCidrs = props.endpoint?.publicCidrs ?? [];
    this.cluster = new AwsEksCluster(this, 'cluster', {
      name,
      version,
      roleArn: this.clusterRole.role.arn,
      // Network, DNS and proxy come as add-ons, with a version and an owner.
      bootstrapSelfManagedAddons: false,
      accessConfig: {
        authenticationMode: 'API',
        // Who makes it has an entry like all others, which can be taken away again.
        bootstrapClusterCreatorAdminPermissions: false,
      },
      vpcConfig: {
        subnetIds: [...network.privateSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: publicCidrs.length > 0,
        ...(publicCidrs.length > 0 && { publicAccessCidrs: [...publicCidrs] }),
      },
      kubernetesNetworkConfig: {
        // EKS chooses a block of IPv6 by itself.
        ...(isIPv6 ? { ipFamily } : { serviceIpv4Cidr: props.serviceCidr ?? DEFAULT_SERVICE_CIDR }),
        ...(elasticLoadBalancing && { elasticLoadBalancing }),
      },
      ...auto,
      encryptionConfig: { provider: { keyArn }, resources: ['secrets'] },
      enabledClusterLogTypes: [...logs.types],
      upgradePolicy: { supportType: extendedSupport ? 'EXTENDED' : 'STANDARD' },
      // EKS uses it once, and another value would replace a cluster that was made with it.
      lifecycle: {
        ignoreChanges: ['access_config[0].bootstrap_cluster_creator_admin_permissions'],
      },
      dependsOn: [
        ...this.clusterRole.policies,
        this.encryptionPolicy,
        ...autoPolicies,
        // Auto Mode's first nodes come with the cluster.
        ...(isAuto ? [...this.nodeRole.policies, ...network.egress] : []),
        ...this.logs.ready,
        madeWith,
        encryptedWith,
      ],
    });

    if (!isAuto) {
      this.nodeSecurityGroup = new NodeSecurityGroup(this, 'node_security_group', {
        cluster: this,
        vpcId: network.vpcId,
        ipFamily,
        webhookPorts: controlPlanePorts(props),
      });
    }
    // By a token of the name, what is in the cluster comes after it.
    const inCluster = { clusterName: this.cluster.name };
    const addons = {
      cluster: inCluster,
      rolePrefix: name,
      version,
      ipFamily,
      addonVersions: props.addonVersions ?? {},
      partition,
    };
    this.nodeAddons = new Addons(this, 'node_addons', {
      ...addons,
      names: isAuto ? [] : ['eks-pod-identity-agent', 'vpc-cni', 'kube-proxy'],
      // The add-on's schema wants the word, not a boolean.
      ...(props.networkPolicies !== undefined && {
        configuration: { 'vpc-cni': { enableNetworkPolicy: String(props.networkPolicies) } },
      }),
      dependsOn: [],
    });

    const nodes = this.nodeSecurityGroup;
    const nodeNeeds = [
      ...network.egress,
      ...values(this.nodeAddons.addons),
      ...this.nodeRole.policies,
      ...(nodes ? [...Object.values(nodes.ingress), nodes.egress, nodes.apiIngress] : []),
      ...(nodes?.ipv6Egress ? [nodes.ipv6Egress] : []),
    ];
    this.nodeGroups = Object.fromEntries(
      nodeGroupsOf(props).map((settings) => [
        settings.name,
        new NodeGroup(this, `node_group_${settings.name}`, {
          ...settings,
          cluster: inCluster,
          version,
          nodeRoleArn: this.nodeRole.role.arn,
          subnetIds:
            props.nodeSubnets === 'public' ? network.publicSubnetIds : network.privateSubnetIds,
          securityGroupIds: [this.nodeSecurityGroupId],
          instanceTags: props.instanceTags ?? {},
          dependsOn: nodeNeeds,
        }),
      ]),
    );
    this.workloadAddons = new Addons(this, 'workload_addons', {
      ...addons,
      names: isAuto ? [] : ['coredns', 'aws-ebs-csi-driver'],
      dependsOn: Object.values(this.nodeGroups).map(({ nodeGroup }) => nodeGroup),
    });

    const further = props.addons ?? [];
    this.furtherAddons = new Addons(this, 'further_addons', {
      ...addons,
      names: further.map((addon) => addon.name),
      addonVersions: Object.fromEntries(further.map((addon) => [addon.name, addon.version])),
      configuration: Object.fromEntries(further.map((addon) => [addon.name, addon.configuration])),
      dependsOn: isAuto ? [this.cluster] : values(this.workloadAddons.addons),
    });

    if (props.oidcProvider ?? true) {
      this.oidcProvider = new IamOpenidConnectProvider(this, 'oidc_provider', {
        url: this.oidcIssuer,
        clientIdList: ['sts.amazonaws.com'],
        tags: { Name: name },
      });
    }
    const access = grantAccess(this, {
      clusterName: this.cluster.name,
      partition,
      // For the session of a role EKS wants the role.
      caller: new DataAwsIamSessionContext(this, 'session', { arn: caller.arn }).issuerArn,
      creatorIsAdmin: props.creatorIsAdmin ?? true,
      grants: props.access ?? [],
    });
    this.creatorEntry = access.creator;
    this.creatorPolicy = access.creatorPolicy;
    this.accessEntries = access.entries;
    this.accessPolicies = access.policies;
  }

  public get endpoint(): string {
    return this.cluster.endpoint;
  }

  public get certificateAuthority(): string {
    return this.cluster.certificateAuthority.get(0).data;
  }

  public get oidcIssuer(): string {
    return this.cluster.identity.get(0).oidc.get(0).issuer;
  }

  public get securityGroupId(): string {
    return this.cluster.vpcConfig.clusterSecurityGroupId;
  }

  /** Id of the security group that all nodes have. */
  public get nodeSecurityGroupId(): string {
    return this.nodeSecurityGroup?.group.id ?? this.securityGroupId;
  }

  /** The add-ons of the cluster by their names. */
  public get addons(): Readonly<Partial<Record<AddonName, EksAddon>>> {
    return { ...this.nodeAddons.addons, ...this.workloadAddons.addons };
  }

  public connection(region: string): EksConnection {
    return eksConnection(this.clusterName, region);
  }
}

/** Ports that were asked for, and those that add-ons need beside them. */
function controlPlanePorts({ webhookPorts = [], addons = [] }: EksClusterProps): WebhookPort[] {
  const needed = addons.flatMap(({ name }) => ADDON_PORTS[name] ?? []);
  const asked = new Set(webhookPorts.map(({ port }) => port));
  return [...webhookPorts, ...needed.filter(({ port }) => !asked.has(port))];
}

function values<T>(record: Readonly<Partial<Record<string, T>>>): T[] {
  return Object.values(record).filter((value): value is T => value !== undefined);
}

const EXAMPLE: Example<EksClusterProps> = {
  name: 'shop',
  network: NETWORK_EXAMPLE,
  encryptionKeyArn: new Optional('arn:aws:kms:eu-north-1:111122223333:key/0123'),
  access: new Optional<readonly AccessGrant[]>([
    { principalArn: 'arn:aws:iam::111122223333:role/team', level: oneOf(...ACCESS_LEVELS) },
  ]),
  addons: new Optional<readonly FurtherAddon[]>([{ name: 'aws-efs-csi-driver' }]),
  nodeGroups: new Optional<readonly NodeGroupSettings[]>([NODE_GROUP_EXAMPLE]),
  webhookPorts: new Optional<readonly WebhookPort[]>([WEBHOOK_PORT_EXAMPLE]),
  endpoint: new Optional<EndpointAccess>({
    publicCidrs: new Optional<readonly string[]>(['203.0.113.7/32']),
    allowAnywhere: new Optional(true),
  }),
  extendedSupport: new Optional(true),
  oidcProvider: new Optional(true),
  networkPolicies: new Optional(true),
  creatorIsAdmin: new Optional(true),
};

const ATTRIBUTES: Example<EksClusterAttributes> = { clusterName: 'shop' };
