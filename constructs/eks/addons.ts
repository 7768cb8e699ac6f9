import { DataAwsEksAddonVersion } from '@cdktf/provider-aws/lib/data-aws-eks-addon-version';
import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { DEPENDABLE, type Example, filled, Must, refuseUnlike } from '../example';
import type { IpFamily } from '../ip-family';
import { refuse, repeatProblems } from '../problems';
import type { IEksCluster } from './interface';
import { ServiceRole, type VersionedPolicy } from './service-role';
import { minorVersionProblems } from './validate';

/** Settings of `Addons`. */
export interface AddonsProps {
  /** The cluster; a token of its name orders them after it. */
  readonly cluster: Pick<IEksCluster, 'clusterName'>;
  /** Start of the names of the add-ons' roles. */
  readonly rolePrefix: string;
  /** Kubernetes version that the add-ons must fit. */
  readonly version: string;
  /** Names of the add-ons, such as `coredns`. */
  readonly names: readonly string[];
  /** Versions to keep to; the others are looked up. */
  readonly addonVersions: Readonly<Partial<Record<string, string>>>;
  /**
   * Settings of add-ons, by the add-on's own schema: `aws eks describe-addon-configuration` shows it.
   * @default those of the add-on
   */
  readonly configuration?: Readonly<Partial<Record<string, Readonly<Record<string, unknown>>>>>;
  /**
   * Which addresses pods have.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /** AWS partition, `aws` but for China and GovCloud. */
  readonly partition: string;
  /** Resources that must exist before these. */
  readonly dependsOn: readonly ITerraformDependable[];
}

const EXAMPLE: Example<AddonsProps> = {
  cluster: { clusterName: 'bank' },
  rolePrefix: filled('bank'),
  version: '1.35',
  names: ['coredns'],
  addonVersions: new Must('be a map'),
  partition: filled('aws'),
  dependsOn: [DEPENDABLE],
};

interface Identity {
  readonly serviceAccount: string;
  readonly role: string;
  /** Managed policy of AWS that its role has. */
  readonly policy: string | VersionedPolicy;
  /** In its place where pods have IPv6 addresses; AWS has none for that. */
  readonly ipv6Policy?: (partition: string) => unknown;
}

/** Add-ons that call AWS: each with a role of its own, for its own service account only. */
const IDENTITIES: Readonly<Partial<Record<string, Identity>>> = {
  'vpc-cni': {
    serviceAccount: 'aws-node',
    role: 'cni',
    policy: 'AmazonEKS_CNI_Policy',
    ipv6Policy: assignIPv6,
  },
  'aws-ebs-csi-driver': {
    serviceAccount: 'ebs-csi-controller-sa',
    role: 'ebs',
    // The second version is for what the driver has made, which it tags so:
    // https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/2918
    policy: {
      name: 'AmazonEBSCSIDriverPolicyV2',
      first: 'service-role/AmazonEBSCSIDriverPolicy',
    },
  },
};

/**
 * What vpc-cni does where pods have IPv6 addresses: it gives the network interface of a node a prefix of them.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html#cni-iam-role-create-ipv6-policy
 */
function assignIPv6(partition: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [
          'ec2:AssignIpv6Addresses',
          'ec2:DescribeInstances',
          'ec2:DescribeTags',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeInstanceTypes',
        ],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Action: 'ec2:CreateTags',
        Resource: `arn:${partition}:ec2:*:*:network-interface/*`,
      },
    ],
  };
}

/**
 * Add-ons of one cluster that are installed at the same time.
 *
 * @throws Error listing every mistake in their names.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#Addons}
 */
export class Addons extends Construct {
  /** The add-ons, by name. */
  public readonly addons: Readonly<Partial<Record<string, EksAddon>>>;
  /** Roles of the add-ons that have one, taken by EKS Pod Identity. */
  public readonly roles: Readonly<Partial<Record<string, ServiceRole>>>;
  /** Policies of our own that roles have in place of AWS's, by the add-on. */
  public readonly ownPolicies: Readonly<Partial<Record<string, IamRolePolicy>>>;

  public constructor(scope: Construct, id: string, props: AddonsProps) {
    super(scope, id);
    refuseUnlike(`Addons ${this.node.path}`, props, EXAMPLE);
    refuse(`Addons ${this.node.path}`, [
      ...minorVersionProblems(props.version),
      ...props.names.flatMap((name, i) =>
        name.trim() === '' ? [{ path: ['names', i], message: 'is empty; name an add-on' }] : [],
      ),
      ...repeatProblems(['names'], props.names),
    ]);
    const addons: Partial<Record<string, EksAddon>> = {};
    const roles: Partial<Record<string, ServiceRole>> = {};
    const ownPolicies: Partial<Record<string, IamRolePolicy>> = {};
    for (const name of props.names) {
      const configuration = props.configuration?.[name];
      const identity = IDENTITIES[name];
      const ownPolicy = props.ipFamily === 'ipv6' ? identity?.ipv6Policy : undefined;
      const role =
        identity &&
        new ServiceRole(this, `${name}_role`, {
          name: `${props.rolePrefix}-${identity.role}`,
          service: 'pods.eks.amazonaws.com',
          managedPolicies: ownPolicy === undefined ? [identity.policy] : [],
          partition: props.partition,
        });
      if (role && ownPolicy) {
        ownPolicies[name] = new IamRolePolicy(this, `${name}_policy`, {
          name: 'assign-ipv6-addresses',
          role: role.role.name,
          policy: JSON.stringify(ownPolicy(props.partition)),
        });
      }
      // The agent hands a role's credentials to the pods.
      const agent = identity && addons['eks-pod-identity-agent'];
      if (role !== undefined) roles[name] = role;
      addons[name] = new EksAddon(this, name, {
        clusterName: props.cluster.clusterName,
        addonName: name,
        addonVersion: props.addonVersions[name] ?? this.defaultVersion(name, props.version),
        ...(configuration && { configurationValues: JSON.stringify(configuration) }),
        resolveConflictsOnCreate: 'OVERWRITE',
        resolveConflictsOnUpdate: 'PRESERVE',
        ...(identity &&
          role && {
            podIdentityAssociation: [
              { serviceAccount: identity.serviceAccount, roleArn: role.role.arn },
            ],
          }),
        dependsOn: [
          ...props.dependsOn,
          ...(role?.policies ?? []),
          ...[ownPolicies[name], agent].filter((one) => one !== undefined),
        ],
      });
    }
    this.addons = addons;
    this.roles = roles;
    this.ownPolicies = ownPolicies;
  }

  private defaultVersion(name: string, kubernetesVersion: string): string {
    return new DataAwsEksAddonVersion(this, `${name}_version`, {
      addonName: name,
      kubernetesVersion,
    }).version;
  }
}
