import { parseSchedule } from '../../kubernetes/cron-schedule';
import type { Range } from '../../kubernetes/name-problems';

/** When roots are published and fetched unless told otherwise: every five minutes. */
export const DEFAULT_SCHEDULE = '*/5 * * * *';

/** Two runs may fail or be late before it is worth a word; and pods take a while to start. */
export function staleSeconds(schedule: string): number {
  const read = parseSchedule(schedule);
  return 2 * ('problems' in read ? 0 : read.longestGapSeconds) + 15 * 60;
}

/**
 * Days for which a root that its mesh no longer publishes may be trusted: at least as long as a certificate of
 * Consul's lives.
 */
export const KEEP_WITHDRAWN_DAYS: Range = { min: 3, max: 3650 };
