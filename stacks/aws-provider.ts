import type { AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import type { AwsSettings } from '../config/aws';
import { emulatedProvider } from './emulated';

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
    ...(emulator && emulatedProvider(emulator.endpoint)),
  };
}
