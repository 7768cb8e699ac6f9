import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, filled, oneOf, refuseUnlike } from '../example';
import { refuse } from '../problems';
import { TerraformData } from '../terraform-data';
import { waitOnDestroy } from '../wait';
import type { ControlPlaneLogSettings } from './props';
import { logProblems } from './validate';
import { LOG_TYPES } from './props';

/** Settings of `ControlPlaneLogs`. */
export interface ControlPlaneLogsProps extends Required<
  Omit<ControlPlaneLogSettings, 'encryptionKeyArn'>
> {
  /** The EKS cluster that writes the logs. */
  readonly clusterName: string;
  /**
   * ARN of a KMS key that encrypts the log; its policy must let CloudWatch Logs use it, as that of a
   * `LogKey` does.
   * @default CloudWatch's own
   */
  readonly encryptionKeyArn?: string;
}

const EXAMPLE: Example<ControlPlaneLogsProps> = {
  clusterName: filled('shop'),
  types: [oneOf(...LOG_TYPES)],
  retentionDays: 365,
  destroyDelaySeconds: 60,
};

/**
 * The log group of a cluster's control plane. EKS writes to a group of this very name, and makes one
 * that never expires if there is none: so it must be there before the cluster, and go well after it.
 *
 * @throws Error listing every mistake in the numbers.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ControlPlaneLogs}
 */
export class ControlPlaneLogs extends Construct {
  /** The log group in CloudWatch. */
  public readonly group: CloudwatchLogGroup;
  /** What the cluster must depend on. */
  public readonly ready: readonly ITerraformDependable[];

  public constructor(scope: Construct, id: string, props: ControlPlaneLogsProps) {
    super(scope, id);
    refuseUnlike(`ControlPlaneLogs ${this.node.path}`, props, EXAMPLE);
    refuse(`ControlPlaneLogs ${this.node.path}`, logProblems([], props));
    this.group = new CloudwatchLogGroup(this, 'group', {
      name: `/aws/eks/${props.clusterName}/cluster`,
      retentionInDays: props.retentionDays,
      kmsKeyId: props.encryptionKeyArn,
    });
    this.ready = [this.group];
    if (props.destroyDelaySeconds > 0) {
      // EKS writes its last entries after the cluster is gone, by its service-linked role, whose
      // permission to make the group nobody can take away:
      // https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763
      const delay = new TerraformData(this, 'destroy_delay', {
        provisioners: [waitOnDestroy(props.destroyDelaySeconds)],
        dependsOn: [this.group],
      });
      this.ready = [delay];
    }
  }
}
