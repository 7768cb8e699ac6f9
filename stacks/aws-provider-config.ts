import type { AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import type { AwsSettings } from '../config/aws';
import { emulatedProvider } from './emulated';

/** How every stack calls AWS. */
export function awsProviderConfig(
  { region: ofAll, tags, emulator }: AwsSettings,
  { region = ofAll, roleArn }: { readonly region?: string; readonly roleArn?: string } = {},
): AwsProviderConfig {
  return {
    region,
    ...(roleArn !== undefined && { assumeRole: [{ roleArn }] }),
    defaultTags: [{ tags }],
    ...(emulator && emulatedProvider(emulator.endpoint)),
  };
}
