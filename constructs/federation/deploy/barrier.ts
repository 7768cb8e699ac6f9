import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { TerraformData } from '../../terraform-data';

/**
 * A point that many resources wait for in place of many others, so that the order of a plan is written
 * with a line for each resource, not for each pair of them.
 *
 * @returns what to wait for: nothing where nothing comes before.
 */
export function barrier(
  scope: Construct,
  id: string,
  dependsOn: readonly ITerraformDependable[],
): ITerraformDependable[] {
  return dependsOn.length === 0
    ? []
    : [new TerraformData(scope, id, { dependsOn: [...dependsOn] })];
}
