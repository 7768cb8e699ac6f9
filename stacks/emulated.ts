import type { AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import type { TerraformStack } from 'cdktf';

/*
 * All that an emulator needs and AWS does not. No construct and no other stack knows of it.
 */

/** The services that the stacks call. */
const SERVICES = [
  'autoscaling',
  'cloudwatchlogs',
  'ec2',
  'eks',
  'elbv2',
  'iam',
  'kms',
  'route53',
  's3',
  'sts',
] as const;

/**
 * The AWS provider's settings that lead it to an emulator.
 *
 * Whenever the provider starts, it checks the block `endpoints`, and writes out the whole block for each service that
 * it knows, which takes six times as long as the rest. So there is none where the environment says the same.
 *
 * @param env Environment variables, which Terraform is run with too.
 */
export function emulatedProvider(
  endpoint: string,
  env: NodeJS.ProcessEnv = process.env,
): AwsProviderConfig {
  return {
    ...(env['AWS_ENDPOINT_URL'] !== endpoint && {
      endpoints: [Object.fromEntries(SERVICES.map((service) => [service, endpoint]))],
    }),
    // Nobody checks them.
    accessKey: 'emulated',
    secretKey: 'emulated',
    skipCredentialsValidation: true,
    skipMetadataApiCheck: 'true',
    s3UsePathStyle: true,
  };
}

/** Whether a stack can be deployed without a Kubernetes API, which no emulator of AWS has. */
export function isEmulated(stack: TerraformStack): boolean {
  return !stack.node
    .findAll()
    .some((part) => part instanceof KubernetesProvider || part instanceof HelmProvider);
}
