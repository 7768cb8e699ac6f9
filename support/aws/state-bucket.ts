import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../../config';
import { type AwsAccess, accessTo } from './access';

/** How the bucket of the state is reached: by the person's own credentials, in its region. */
export function bucketAccess(config: Pick<Config, 'aws' | 'state'>): AwsAccess {
  const { aws, state } = config;
  return accessTo(config, (state.kind === 's3' ? state.region : undefined) ?? aws.region);
}

/** For the bucket of the state. */
export function bucketClient(access: AwsAccess): S3Client {
  return new S3Client({ ...access, forcePathStyle: access.endpoint !== undefined });
}
