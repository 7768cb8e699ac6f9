import { HeadBucketCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { Config } from '../../config';
import { bucketAccess, bucketClient } from '../aws/state-bucket';
import { reasonOf } from '../terminal/reason';
import { findOut, type Finding } from './finding';

const area = 'account';

/** Whether the bucket of the state is there, and open to these credentials. None where it is on this machine. */
export function stateBucketFindings(config: Pick<Config, 'aws' | 'state'>): Promise<Finding[]> {
  const { state } = config;
  if (state.kind === 'local') return Promise.resolve([]);
  const { bucket: Bucket } = state;
  const what = 'Bucket of the state';
  return findOut(area, what, async () => {
    const access = bucketAccess(config);
    const s3 = bucketClient({ ...access, maxAttempts: 2 });
    try {
      await s3.send(new HeadBucketCommand({ Bucket }));
      return { area, what, verdict: 'right', found: `${Bucket} in ${access.region}` };
    } catch (error) {
      const wrong = problemOf(error, Bucket, access.region);
      if (wrong === undefined) throw error;
      return { area, what, verdict: 'wrong', ...wrong };
    }
  });
}

/** AWS answers without a body, so the status is all that there is. */
function problemOf(
  error: unknown,
  bucket: string,
  region: string,
): Pick<Finding, 'found' | 'remedy'> | undefined {
  switch (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined) {
    case 404:
      return {
        found: `there is no ${bucket}`,
        remedy:
          `"aws s3 mb s3://${bucket} --region ${region}", then turn its versioning on; or set state.bucket to ` +
          'one that is there',
      };
    case 301:
      return {
        found: `${bucket} is in another region than ${region}`,
        remedy: `Set state.region to its own: "aws s3api get-bucket-location --bucket ${bucket}" says which`,
      };
    case 403:
      return {
        found: `${bucket} is closed to these credentials (${reasonOf(error)})`,
        remedy:
          'Its name may be taken by somebody else; if it is yours, the deployer needs the rights "State" of "npm run iam"',
      };
    default:
      return undefined;
  }
}
