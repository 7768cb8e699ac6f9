import type { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { Fn, TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';

/** The ends of service principals in partitions where they differ from `amazonaws.com`. */
const PRINCIPAL_SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

/**
 * Services that have a principal of the partition's own there; all others have `amazonaws.com`
 * everywhere, as has the European Sovereign Cloud for these.
 *
 * @see https://docs.amazonaws.cn/en_us/eks/latest/userguide/create-node-role.html
 * @see https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts
 */
const PARTITIONAL = ['ec2', 'logs'];

/**
 * The principal of an AWS service in the partition that is deployed to.
 *
 * @param scope Where a local value goes that looks it up: within a policy's JSON an expression with
 * quotes could be read by Terraform only.
 * @param service Its name, such as `ec2` or `pods.eks`; with the region behind it for CloudWatch Logs:
 * `logs.eu-north-1`.
 */
export function servicePrincipal(
  scope: Construct,
  service: string,
  partition: DataAwsPartition,
): string {
  const [name = ''] = service.split('.');
  if (!PARTITIONAL.includes(name)) return `${service}.amazonaws.com`;
  const suffix = new TerraformLocal(
    scope,
    `${name}_principal_suffix`,
    Fn.lookup(PRINCIPAL_SUFFIXES, partition.partition, 'amazonaws.com'),
  );
  return `${service}.${suffix.asString}`;
}
