import { parseSchedule } from '../../kubernetes/cron-schedule';

/** When roots are published and fetched unless told otherwise: every five minutes. */
export const DEFAULT_SCHEDULE = '*/5 * * * *';

/** Two runs may fail or be late before it is worth a word; and pods take a while to start. */
export function staleSeconds(schedule: string): number {
  const read = parseSchedule(schedule);
  return 2 * ('problems' in read ? 0 : read.longestGapSeconds) + 15 * 60;
}
