import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { DataAwsS3Objects } from '@cdktf/provider-aws/lib/data-aws-s3-objects';
import { DataTerraformRemoteStateS3 } from 'cdktf';
import { Construct } from 'constructs';
import type { StateInBucket, StateSettings } from '../config/state';
import { awsProviderConfig } from './aws-provider';
import type { Deployment } from './deployed-to';
import { resourcesIn, stateFile } from './local-state';
import { statePrefix } from './bucket';

/** Name of the stack with the private way between clusters. */
export const CROSSING = 'crossing';

/** Output of that stack: by which ways it leads, as long as it is deployed. */
export const WAYS_OUTPUT = 'ways';

const WHAT_TO_DO =
  'Say which it was in federation.crossingFrom (peering or privatelink) and deploy, so that calls go by the new ' +
  `way; then "npx cdktf destroy ${CROSSING} --ignore-missing-stack-dependencies", and take crossingFrom out. ` +
  'Nothing was changed.';

/**
 * Why nothing may be deployed or destroyed now: the private way of a former deploy is still there, and no
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
    `federation.crossing: the private way of a former deploy is still there (${file}), and the settings no ` +
    `longer name it. ${WHAT_TO_DO}`
  );
}

/** Settings of `LeftCrossing`. */
export interface LeftCrossingProps {
  readonly deployment: Deployment;
  readonly state: StateInBucket;
}

/**
 * The same for a state in a bucket, which only Terraform reads: the plan of a stack stops while the state of the
 * crossing has outputs. A state that is not there is not read: that would be an error.
 *
 * @see https://developer.hashicorp.com/terraform/language/state/remote-state-data
 */
export class LeftCrossing extends Construct {
  public constructor(scope: Construct, id: string, { deployment, state }: LeftCrossingProps) {
    super(scope, id);
    const { aws, profile } = deployment;
    const { bucket, kmsKeyArn } = state;
    const region = state.region ?? aws.region;
    // By the credentials themselves, as Terraform keeps it, and not by the role of a cluster.
    const provider = new AwsProvider(this, 'aws', {
      ...awsProviderConfig(aws, { region }),
      alias: 'state',
    });
    const key = `${statePrefix(state, profile)}/${CROSSING}.tfstate`;
    const kept = new DataAwsS3Objects(this, 'kept', { bucket, prefix: key, provider });
    const read = new DataTerraformRemoteStateS3(this, 'state', {
      bucket,
      key,
      region,
      ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
    });
    read.addOverride(
      'for_each',
      `\${toset([for one in ${kept.fqn}.keys : one if one == "${key}"])}`,
    );
    read.addOverride('lifecycle.postcondition', {
      condition: `\${!can(self.outputs["${WAYS_OUTPUT}"])}`,
      // Terraform evaluates the message also where the condition holds.
      error_message:
        `federation.crossing: the private way of a former deploy is still there (\${try(self.outputs["${WAYS_OUTPUT}"], "none")}, ` +
        `s3://${bucket}/${key}), and the settings no longer name it. ${WHAT_TO_DO.replaceAll('"', "'")}`,
    });
  }
}
