import { z } from 'zod';
import { RETENTION_DAYS } from '../constructs/log-retention';

/** How long CloudWatch keeps a log. */
export function retentionDays(standard: number) {
  return z
    .int()
    .refine((days) => RETENTION_DAYS.includes(days), `must be one of ${RETENTION_DAYS.join(', ')}`)
    .default(standard)
    .describe('Days until a log entry is deleted.');
}
