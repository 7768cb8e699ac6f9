import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { DataAwsRegion } from '@cdktf/provider-aws/lib/data-aws-region';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import { type Example, filled, refuseUnlike } from '../example';
import { servicePrincipal } from '../partitions';
import { type Problem, refuse } from '../problems';
import { isUnresolved } from '../unresolved';
import { accountByIam } from './key-policy';

/** Settings of `LogKey`. */
export interface LogKeyProps {
  /** Name of what writes the logs, for people. */
  readonly name: string;
  /** Names of the log groups that it may encrypt; `*` at the end stands for any. */
  readonly logGroups: readonly string[];
}

const EXAMPLE: Example<LogKeyProps> = {
  name: filled('bank'),
  logGroups: ['/aws/eks/bank/cluster'],
};

/**
 * A KMS key, rotated every year, with which CloudWatch Logs encrypts named log groups. It costs USD 1 a
 * month.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#LogKey}
 */
export class LogKey extends Construct {
  /** The KMS key that encrypts the logs. */
  public readonly key: KmsKey;

  public constructor(scope: Construct, id: string, props: LogKeyProps) {
    super(scope, id);
    refuseUnlike(`LogKey ${this.node.path}`, props, EXAMPLE);
    const { name, logGroups } = props;
    refuse(`LogKey ${this.node.path}`, logGroupProblems(logGroups));
    const partition = new DataAwsPartition(this, 'partition');
    const { accountId } = new DataAwsCallerIdentity(this, 'caller');
    const { name: region } = new DataAwsRegion(this, 'region');
    const logs = `arn:${partition.partition}:logs:${region}:${accountId}:log-group`;
    this.key = new KmsKey(this, 'key', {
      description: `Logs of ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 7,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          accountByIam(partition.partition, accountId),
          {
            Sid: 'CloudWatchLogs',
            Effect: 'Allow',
            Principal: { Service: servicePrincipal(this, `logs.${region}`, partition) },
            Action: [
              'kms:Encrypt',
              'kms:Decrypt',
              'kms:ReEncrypt*',
              'kms:GenerateDataKey*',
              'kms:DescribeKey',
            ],
            Resource: '*',
            Condition: {
              ArnLike: {
                'kms:EncryptionContext:aws:logs:arn': logGroups.map((group) => `${logs}:${group}`),
              },
            },
          },
        ],
      }),
      tags: { Name: `${name}-logs` },
    });
  }

  /** ARN of the key, for `encryptionKeyArn` of a log. */
  public get arn(): string {
    return this.key.arn;
  }
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
function logGroupProblems(logGroups: readonly string[]): Problem[] {
  const path = ['logGroups'];
  if (logGroups.length === 0) {
    return [{ path, message: 'is empty; list one at least, such as /aws/eks/bank/cluster' }];
  }
  return logGroups.flatMap((group, i) =>
    isUnresolved(group) || /^(?=.{1,512}$)[\w./#-]*[\w./#*-]$/.test(group)
      ? []
      : [
          {
            path: [...path, i],
            message: `is "${group}"; must be the name of a log group, or the start of one and "*"`,
          },
        ],
  );
}
