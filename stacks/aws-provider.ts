import type { AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import type { AwsSettings } from '../config/aws';

/** The AWS provider of every stack. */
export function awsProviderConfig(
  settings: AwsSettings,
  region = settings.region,
): AwsProviderConfig {
  const { accountId, tags, emulator } = settings;
  return {
    region,
    ...(accountId !== undefined && { allowedAccountIds: [accountId] }),
    defaultTags: [{ tags }],
    ...(emulator && emulated(emulator.endpoint)),
  };
}

/** The services that the stacks call. */
const SERVICES = [
  'autoscaling',
  'cloudwatchlogs',
  'ec2',
  'eks',
  'elbv2',
  'iam',
  'kms',
  's3',
  'sts',
] as const;

/** All that an emulator needs and AWS does not. No construct and no other stack knows of it. */
function emulated(endpoint: string): AwsProviderConfig {
  return {
    endpoints: [Object.fromEntries(SERVICES.map((service) => [service, endpoint]))],
    // Nobody checks them.
    accessKey: 'emulated',
    secretKey: 'emulated',
    skipCredentialsValidation: true,
    skipMetadataApiCheck: 'true',
    s3UsePathStyle: true,
  };
}
