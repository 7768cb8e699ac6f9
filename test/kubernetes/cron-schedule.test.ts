import { describe, expect, it } from '@jest/globals';
import { parseSchedule } from '../../constructs/kubernetes/cron-schedule';

/*
 * What is accepted and refused here was shown to a real API server (1.35.4) as the schedule of a CronJob,
 * and is accepted and refused there, apart from times that never come, and from steps past the end of a field.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the schedule of a CronJob', () => {
  it.each([
    ['*/5 * * * *', 5 * MINUTE],
    ['0 * * * *', HOUR],
    ['*/7 * * * *', 7 * MINUTE],
    ['5/20 * * * *', 20 * MINUTE],
    ['*/59 * * * *', 59 * MINUTE],
    ['0 3 * * *', DAY],
    ['0 0,6 * * *', 18 * HOUR],
    ['30 8-18/2 * * MON-fri', 2 * DAY + 14 * HOUR],
    ['0 0 ? * ?', DAY],
    ['0 0 1 jan *', 366 * DAY],
    ['0 0 29 2 *', 4 * 365 * DAY + DAY],
    // Either of the two, where both are given.
    ['0 0 1 * 0', 7 * DAY],
    ['  0   0 * * 6 ', 7 * DAY],
    ['@hourly', HOUR],
    ['@midnight', DAY],
    ['@weekly', 7 * DAY],
    ['@yearly', 366 * DAY],
    ['@every 1h30m', 90 * MINUTE],
  ])('%s comes after %d s at the latest', (schedule, seconds) => {
    expect(parseSchedule(schedule)).toEqual({ longestGapSeconds: seconds });
  });

  it.each([
    ['hourly', 'must be five fields'],
    ['* * * *', 'must be five fields'],
    ['0 * * * * *', 'must be five fields'],
    ['', 'must be five fields'],
    ['99 * * * *', 'has "99" as its minute, which must be 0 to 59'],
    ['* 24 * * *', 'has "24" as its hour, which must be 0 to 23'],
    ['* * 0 * *', 'has "0" as its day of the month, which must be 1 to 31'],
    ['* * * 13 *', 'has "13" as its month, which must be 1 to 12'],
    ['* * * * 7', 'has "7" as its day of the week, which must be 0 to 6'],
    ['10-5 * * * *', 'has "10-5" as its minute, whose end is before its beginning'],
    ['*/0 * * * *', 'and 0 is no step'],
    ['*/90 * * * *', 'only 0 is left of it; write 0, a step of 59 at most, or "@every 90m"'],
    ['0 */36 * * *', 'only 0 is left of it; write 0, a step of 23 at most, or "@every 36h"'],
    ['0-10/30 * * * *', 'only 0 is left of it; write 0, or a step of 10 at most'],
    ['0 0 5/40 * *', 'only 5 is left of it; write 5, or a step of 26 at most'],
    ['0 0 1 */12 *', 'only 1 is left of it; write 1, or a step of 11 at most'],
    ['0-70 * * * *', 'which must be 0 to 59'],
    ['*/-1 * * * *', 'and -1 is no step'],
    ['1-2-3 * * * *', 'with too many hyphens'],
    ['*/2/3 * * * *', 'with too many slashes'],
    ['* * * foo *', 'which is no number and no name such as feb'],
    ['* * L * *', 'which is no number'],
    ['* * * * 5#2', 'which is no number'],
    ['1.5 * * * *', 'which is no number'],
    ['-5 * * * *', 'which is no number'],
    ['@reboot', 'must be five fields, @yearly,'],
    ['@Hourly', 'must be five fields, @yearly,'],
    ['@every', 'must be five fields, @yearly,'],
    ['@every fortnight', 'must be five fields, @yearly,'],
    ['TZ=Europe/Helsinki 0 * * * *', 'must not name a time zone'],
    ['CRON_TZ=UTC 0 * * * *', 'must not name a time zone'],
    ['0 0 30 2 *', 'names a time that never comes'],
    ['0 0 31 4,6,9,11 *', 'names a time that never comes'],
  ])('%s is none', (schedule, message) => {
    expect(parseSchedule(schedule)).toEqual({
      problems: expect.arrayContaining([expect.stringContaining(message)]),
    });
  });

  it('has all of its mistakes named at once', () => {
    expect(parseSchedule('61 25 * * 9')).toEqual({
      problems: [
        'has "61" as its minute, which must be 0 to 59',
        'has "25" as its hour, which must be 0 to 23',
        'has "9" as its day of the week, which must be 0 to 6',
      ],
    });
  });
});
