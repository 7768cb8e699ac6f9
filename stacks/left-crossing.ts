import { DataAwsS3Object } from '@cdktf/provider-aws/lib/data-aws-s3-object';
import { DataAwsS3Objects } from '@cdktf/provider-aws/lib/data-aws-s3-objects';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Construct } from 'constructs';
import { CROSSING } from '../config/crossing';
import type { StateInBucket, StateSettings } from '../config/state';
import { mustHold } from '../constructs/must-hold';
import { awsProviderConfig } from './aws-provider-config';
import type { Deployment } from './deployed-to';
import { resourcesIn, stateFile } from './local-state';
import { statePrefix } from './state-prefix';

const WHAT_TO_DO =
  'Set federation.crossingFrom to what it was (peering or privatelink) and deploy, so that calls go by the new ' +
  `way; then "npx cdktf destroy ${CROSSING} --ignore-missing-stack-dependencies", and remove crossingFrom. ` +
  'Nothing was changed.';

/**
 * Why nothing may be deployed or destroyed now: the private connection of a former deploy is still there, and no
 * stack knows of it any more. Gateways would lose the Services that calls come by, and no VPC could be
 * deleted. Of a state in a bucket `LeftCrossing` tells.
 *
 * @param stacks Names of the stacks.
 */
export function leftCrossingProblem(
  stacks: readonly string[],
  settings: StateSettings,
): string | undefined {
  if (settings.kind !== 'local' || stacks.includes(CROSSING)) return undefined;
  const file = stateFile(settings.directory, CROSSING);
  if (resourcesIn(file).every(({ mode }) => mode !== 'managed')) return undefined;
  return (
    `federation.crossing: the private connection of a former deploy is still there (${file}), and the settings no ` +
    `longer name it. ${WHAT_TO_DO}`
  );
}

/** Settings of `LeftCrossing`. */
export interface LeftCrossingProps {
  readonly deployment: Deployment;
  readonly state: StateInBucket;
}

/**
 * The same for a state in a bucket, which only Terraform reads: the plan of a stack stops while resources are in
 * the state of the crossing. Its outputs would not tell: a destroy that is interrupted has removed them first. A
 * state that is not there is not read: that would be an error. One that is read stays in the state of the stack
 * only when nothing is in it.
 *
 * Terraform writes a state as `application/json`, and the provider reads that and text only; a copy by another
 * program may have another type, and then nobody knows what is in it.
 *
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/s3/object_data_source.go
 */
export class LeftCrossing extends Construct {
  public constructor(scope: Construct, id: string, { deployment, state }: LeftCrossingProps) {
    super(scope, id);
    const { aws, profile } = deployment;
    const { bucket } = state;
    // By the credentials themselves, as Terraform keeps it, and not by the role of a cluster.
    const provider = new AwsProvider(this, 'aws', {
      ...awsProviderConfig(aws, { region: state.region ?? aws.region }),
      alias: 'state',
    });
    const key = `${statePrefix(state, profile)}/${CROSSING}.tfstate`;
    const kept = new DataAwsS3Objects(this, 'kept', { bucket, prefix: key, provider });
    const managed =
      'try([for one in jsondecode(self.body).resources : one.type if one.mode == "managed"], ["unknown resources"])';
    const read = new DataAwsS3Object(this, 'state', {
      bucket,
      key,
      provider,
      lifecycle: mustHold(
        `length(${managed}) == 0`,
        // Terraform evaluates the message also where the condition holds.
        `federation.crossing: the private connection of a former deploy is still there (s3://${bucket}/${key}, with ` +
          `\${join(", ", distinct(${managed}))}), and the settings no longer name it. ` +
          `${WHAT_TO_DO.replaceAll('"', "'")} A state of no resources that was copied by another program than ` +
          'Terraform, and is not application/json, may be deleted.',
      ),
    });
    read.addOverride(
      'for_each',
      `\${toset([for one in ${kept.fqn}.keys : one if one == "${key}"])}`,
    );
  }
}
