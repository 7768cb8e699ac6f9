import type { AwsProviderConfig } from '@cdktf/provider-aws/lib/provider';
import type { AwsSettings } from '../config/aws';
import { emulatedProvider } from './emulated';

/** How every stack calls AWS. */
export function awsProviderConfig(
  { region: ofAll, tags, emulator }: AwsSettings,
  region = ofAll,
): AwsProviderConfig {
  return {
    region,
    defaultTags: [{ tags }],
    ...(emulator && emulatedProvider(emulator.endpoint)),
  };
}
