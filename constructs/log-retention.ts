import type { Problem } from './problems';
import { isUnresolvedNumber } from './unresolved';

/**
 * For how many days CloudWatch can keep a log.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** What is wrong with the days for which a log is kept; nothing where they are left out. */
export function retentionProblems(path: Problem['path'], days: number | undefined): Problem[] {
  // The provider keeps a log for ever by 0.
  return days === undefined ||
    days === 0 ||
    isUnresolvedNumber(days) ||
    RETENTION_DAYS.includes(days)
    ? []
    : [{ path, message: `is ${days}; must be one of ${RETENTION_DAYS.join(', ')}, or 0 for ever` }];
}
