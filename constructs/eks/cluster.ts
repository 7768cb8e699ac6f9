import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import type { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import { EksCluster as AwsEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import type { EksConnection } from '../kubernetes/connection';
import { refuse } from '../problems';
import { Addons } from './addons';
import { ControlPlaneLogs } from './control-plane-logs';
import { DEFAULT_LOGS, DEFAULT_SERVICE_CIDR } from './defaults';
import { NodeGroup } from './node-group';
import { NodeSecurityGroup } from './node-security-group';
import type { AccessGrant, AccessLevel, AddonName, EksClusterProps } from './props';
import { ServiceRole } from './service-role';
import { clusterNameProblem, clusterProblems, placementProblems } from './validate';
import { DEFAULT_KUBERNETES_VERSION } from './versions';

/** Names of the EKS access policies. */
const ACCESS_POLICIES: Readonly<Record<AccessLevel, string>> = {
  'cluster-admin': 'AmazonEKSClusterAdminPolicy',
  admin: 'AmazonEKSAdminPolicy',
  edit: 'AmazonEKSEditPolicy',
  view: 'AmazonEKSViewPolicy',
};

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
export class EksCluster extends Construct {
  /** The `aws_eks_cluster`. */
  public readonly cluster: AwsEksCluster;
  /** Role of the control plane. */
  public readonly clusterRole: ServiceRole;
  /** Key that encrypts Secrets, unless one was given. */
  public readonly encryptionKey?: KmsKey;
  /** The log group, unless the log is off. */
  public readonly logs?: ControlPlaneLogs;
  /** Security group of all nodes. */
  public readonly nodeSecurityGroup: NodeSecurityGroup;
  /** Role of the nodes: to join the cluster and fetch images, nothing else. */
  public readonly nodeRole: ServiceRole;
  /** By name. */
  public readonly nodeGroups: Readonly<Record<string, NodeGroup>>;
  /** What the nodes need: network, Service addresses, identities. */
  public readonly nodeAddons: Addons;
  /** What needs nodes: DNS, volumes. */
  public readonly workloadAddons: Addons;
  /** Unless it was turned off. */
  public readonly oidcProvider?: IamOpenidConnectProvider;
  /** One for each `access`. */
  public readonly accessEntries: readonly EksAccessEntry[];
  /** What each of `access` may do. */
  public readonly accessPolicies: readonly EksAccessPolicyAssociation[];
  /** Name of the cluster, known at synthesis. */
  public readonly clusterName: string;

  private readonly partition: DataAwsPartition;

  public constructor(scope: Construct, id: string, props: EksClusterProps) {
    super(scope, id);
    const { name, network, version = DEFAULT_KUBERNETES_VERSION, extendedSupport = false } = props;
    const nameProblem = clusterNameProblem(name);
    refuse(`EksCluster ${name}`, [
      ...(nameProblem === undefined ? [] : [{ path: ['name'], message: nameProblem }]),
      ...clusterProblems(props),
      ...placementProblems(props),
    ]);
    this.clusterName = name;
    this.partition = new DataAwsPartition(this, 'partition');
    const partition = this.partition.partition;

    this.clusterRole = new ServiceRole(this, 'cluster_role', {
      name: `${name}-api`,
      service: 'eks.amazonaws.com',
      managedPolicies: ['AmazonEKSClusterPolicy'],
      partition,
    });
    if (props.encryptionKeyArn === undefined) {
      this.encryptionKey = new KmsKey(this, 'encryption_key', {
        description: `Secrets of the EKS cluster ${name}`,
        enableKeyRotation: true,
        // The shortest that AWS has; a key costs nothing while it waits for its deletion.
        deletionWindowInDays: 7,
        tags: { Name: name },
      });
    }
    const keyArn = props.encryptionKeyArn ?? this.encryptionKey?.arn ?? '';
    const keyPolicy = new IamRolePolicy(this, 'encryption_policy', {
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
    if (logs.types.length > 0) {
      this.logs = new ControlPlaneLogs(this, 'logs', { clusterName: name, ...logs });
    }
    const publicCidrs = props.endpoint?.publicCidrs ?? [];
    this.cluster = new AwsEksCluster(this, 'cluster', {
      name,
      version,
      roleArn: this.clusterRole.role.arn,
      // Network, DNS and proxy come as add-ons, with a version and an owner.
      bootstrapSelfManagedAddons: false,
      accessConfig: {
        authenticationMode: 'API',
        bootstrapClusterCreatorAdminPermissions: props.creatorIsAdmin ?? true,
      },
      vpcConfig: {
        subnetIds: [...network.privateSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: publicCidrs.length > 0,
        ...(publicCidrs.length > 0 && { publicAccessCidrs: [...publicCidrs] }),
      },
      kubernetesNetworkConfig: { serviceIpv4Cidr: props.serviceCidr ?? DEFAULT_SERVICE_CIDR },
      encryptionConfig: { provider: { keyArn }, resources: ['secrets'] },
      enabledClusterLogTypes: [...logs.types],
      upgradePolicy: { supportType: extendedSupport ? 'EXTENDED' : 'STANDARD' },
      dependsOn: [...this.clusterRole.policies, keyPolicy, ...(this.logs?.ready ?? [])],
    });

    this.nodeSecurityGroup = new NodeSecurityGroup(this, 'node_security_group', {
      clusterName: name,
      vpcId: network.vpcId,
      clusterSecurityGroupId: this.securityGroupId,
      webhookPorts: props.webhookPorts ?? [],
    });
    const addons = {
      clusterName: this.cluster.name,
      rolePrefix: name,
      kubernetesVersion: version,
      versions: props.addonVersions ?? {},
      partition,
    };
    this.nodeAddons = new Addons(this, 'node_addons', {
      ...addons,
      names: ['eks-pod-identity-agent', 'vpc-cni', 'kube-proxy'],
      // The add-on's schema wants the word, not a boolean.
      ...(props.networkPolicies !== undefined && {
        configuration: { 'vpc-cni': { enableNetworkPolicy: String(props.networkPolicies) } },
      }),
      dependsOn: [],
    });

    this.nodeRole = new ServiceRole(this, 'node_role', {
      name: `${name}-node`,
      service: 'ec2.amazonaws.com',
      managedPolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'],
      partition,
    });
    const { ingress, egress, apiIngress, group } = this.nodeSecurityGroup;
    const nodeNeeds = [
      ...network.egress,
      ...values(this.nodeAddons.addons),
      ...this.nodeRole.policies,
      ...Object.values(ingress),
      egress,
      apiIngress,
    ];
    this.nodeGroups = Object.fromEntries(
      props.nodeGroups.map((settings) => [
        settings.name,
        new NodeGroup(this, `node_group_${settings.name}`, {
          ...settings,
          clusterName: this.cluster.name,
          version,
          nodeRoleArn: this.nodeRole.role.arn,
          subnetIds:
            props.nodeSubnets === 'public' ? network.publicSubnetIds : network.privateSubnetIds,
          securityGroupIds: [group.id],
          instanceTags: props.instanceTags ?? {},
          dependsOn: nodeNeeds,
        }),
      ]),
    );
    this.workloadAddons = new Addons(this, 'workload_addons', {
      ...addons,
      names: ['coredns', 'aws-ebs-csi-driver'],
      dependsOn: Object.values(this.nodeGroups).map(({ nodeGroup }) => nodeGroup),
    });

    if (props.oidcProvider ?? true) {
      this.oidcProvider = new IamOpenidConnectProvider(this, 'oidc_provider', {
        url: this.oidcIssuer,
        clientIdList: ['sts.amazonaws.com'],
        tags: { Name: name },
      });
    }
    const grants = (props.access ?? []).map((grant, i) => this.grant(grant, i));
    this.accessEntries = grants.map(({ entry }) => entry);
    this.accessPolicies = grants.map(({ policy }) => policy);
  }

  /** URL of the Kubernetes API. */
  public get endpoint(): string {
    return this.cluster.endpoint;
  }

  /** Certificate of the Kubernetes API's CA, PEM in base64. */
  public get certificateAuthority(): string {
    return this.cluster.certificateAuthority.get(0).data;
  }

  /** URL of the issuer of the service accounts' tokens. */
  public get oidcIssuer(): string {
    return this.cluster.identity.get(0).oidc.get(0).issuer;
  }

  /** The security group that EKS made for the control plane's network interfaces. */
  public get securityGroupId(): string {
    return this.cluster.vpcConfig.clusterSecurityGroupId;
  }

  /** Add-ons by name. */
  public get addons(): Readonly<Partial<Record<AddonName, EksAddon>>> {
    return { ...this.nodeAddons.addons, ...this.workloadAddons.addons };
  }

  /** How later stacks find the cluster. */
  public connection(region: string): EksConnection {
    return { kind: 'eks', clusterName: this.clusterName, region };
  }

  private grant({ principalArn, level, namespaces }: AccessGrant, index: number) {
    const who = Token.isUnresolved(principalArn)
      ? String(index)
      : principalArn.replace(/[^0-9A-Za-z]+/g, '_');
    const entry = new EksAccessEntry(this, `access_entry_${who}`, {
      clusterName: this.cluster.name,
      principalArn,
    });
    const policy = new EksAccessPolicyAssociation(this, `access_policy_${who}`, {
      clusterName: this.cluster.name,
      principalArn,
      policyArn: `arn:${this.partition.partition}:eks::aws:cluster-access-policy/${ACCESS_POLICIES[level]}`,
      accessScope: namespaces
        ? { type: 'namespace', namespaces: [...namespaces] }
        : { type: 'cluster' },
      dependsOn: [entry],
    });
    return { entry, policy };
  }
}

function values<T>(record: Readonly<Partial<Record<string, T>>>): T[] {
  return Object.values(record).filter((value): value is T => value !== undefined);
}
