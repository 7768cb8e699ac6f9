import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';

/** Settings of `ServiceRole`. */
export interface ServiceRoleProps {
  /** Start of the role's name, at most 37 characters. */
  readonly name: string;
  /** Service that takes the role, such as `eks.amazonaws.com`. */
  readonly service: string;
  /** AWS's own policies, without `arn:aws:iam::aws:policy/`. */
  readonly managedPolicies: readonly string[];
  /** Partition of the account, `aws` in most regions. */
  readonly partition: string;
  /**
   * Whether the service passes tags on to the sessions of the role.
   * @default for Pod Identity only, which passes the pod's names on
   */
  readonly sessionTags?: boolean;
}

/**
 * A role for an AWS service, with policies that AWS maintains.
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
    this.policies = props.managedPolicies.map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy.replace(/^.*\//, ''), {
          role: this.role.name,
          policyArn: `arn:${props.partition}:iam::aws:policy/${policy}`,
        }),
    );
  }
}
