import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, Must, Optional, refuseUnlike, unlikeProblems } from '../example';
import { refuse, repeatProblems } from '../problems';
import { isUnresolved } from '../unresolved';

/** A policy of AWS's that has a narrower second version. */
export interface VersionedPolicy {
  /** Name of the narrower version. */
  readonly name: string;
  /** Name of the version that it replaces, which every partition has. */
  readonly first: string;
}

/** Settings of `ServiceRole`. */
export interface ServiceRoleProps {
  /** Start of the role's name, at most 37 characters. */
  readonly name: string;
  /** Service that takes the role, such as `eks.amazonaws.com`. */
  readonly service: string;
  /**
   * AWS's own policies, without `arn:aws:iam::aws:policy/`. One with a second version is attached in that one where
   * it is known to be: in the partition `aws`.
   */
  readonly managedPolicies: readonly (string | VersionedPolicy)[];
  /** Partition of the account, `aws` in most regions. */
  readonly partition: string;
  /**
   * Whether the service passes tags on to the sessions of the role.
   * @default for Pod Identity only, which passes the pod's names on
   */
  readonly sessionTags?: boolean;
}

const POLICY = new Must(
  'be the name of a policy, such as AmazonEKSWorkerNodePolicy, or { name, first }',
  (value) =>
    typeof value === 'string' ||
    unlikeProblems([], value, { name: 'AmazonEKSWorkerNodePolicy', first: '' }).length === 0,
);

const EXAMPLE: Example<ServiceRoleProps> = {
  name: 'bank-node',
  service: filled('ec2.amazonaws.com'),
  managedPolicies: [POLICY],
  partition: filled('aws'),
  sessionTags: new Optional(true),
};

/**
 * A role for an AWS service, with policies that AWS maintains.
 *
 * @throws Error listing every mistake in its name and its policies.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ServiceRole}
 */
export class ServiceRole extends Construct {
  /** The IAM role that the service takes. */
  public readonly role: IamRole;
  /** The AWS policies attached to the role. */
  public readonly policies: readonly IamRolePolicyAttachment[];

  public constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id);
    refuseUnlike(`ServiceRole ${this.node.path}`, props, EXAMPLE);
    const named = props.managedPolicies.map(firstName);
    refuse(`ServiceRole ${props.name}`, [
      ...(isUnresolved(props.name) || /^[\w+=,.@-]{1,37}$/.test(props.name)
        ? []
        : [
            {
              path: ['name'],
              message: `is "${props.name}"; must be 1 to 37 letters, digits and "+=,.@_-"`,
            },
          ]),
      ...named.flatMap((name, i) =>
        name.trim() === '' ? [{ path: ['managedPolicies', i], message: 'is empty' }] : [],
      ),
      ...repeatProblems(['managedPolicies'], named),
    ]);
    const { sessionTags = props.service === 'pods.eks.amazonaws.com' } = props;
    this.role = new IamRole(this, 'role', {
      namePrefix: `${props.name}-`,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: props.service },
            Action: sessionTags ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole',
          },
        ],
      }),
      // A policy that somebody attached by hand must not stop a destroy.
      forceDetachPolicies: true,
    });
    const { partition } = props;
    this.policies = props.managedPolicies.map((policy) => {
      const name = typeof policy === 'string' ? policy : versionIn(partition, policy);
      // By the first version, so that a role which is there already keeps the address of its attachment.
      const id = firstName(policy).replace(/^.*\//, '');
      return new IamRolePolicyAttachment(this, id, {
        role: this.role.name,
        policyArn: `arn:${partition}:iam::aws:policy/${name}`,
      });
    });
  }
}

function firstName(policy: string | VersionedPolicy): string {
  return typeof policy === 'string' ? policy : policy.first;
}

/** The second version in the partition `aws`; no public source says whether the others have it. */
function versionIn(partition: string, { name, first }: VersionedPolicy): string {
  if (!Token.isUnresolved(partition)) return partition === 'aws' ? name : first;
  return Token.asString(Fn.lookup({ aws: name }, partition, first));
}
