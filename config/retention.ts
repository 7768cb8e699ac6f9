import { z } from 'zod';

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const ACCEPTED = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** How long CloudWatch keeps a log. */
export function retentionDays(standard: number) {
  return z
    .int()
    .refine((days) => ACCEPTED.includes(days), `must be one of ${ACCEPTED.join(', ')}`)
    .default(standard)
    .describe('Days until a log entry is deleted.');
}
