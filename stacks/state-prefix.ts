import type { StateInBucket } from '../config/state';

/** The folder of a profile's states in the bucket. */
export function statePrefix({ prefix }: StateInBucket, profile: string): string {
  return profile === 'default' ? prefix : `${prefix}/${profile}`;
}
