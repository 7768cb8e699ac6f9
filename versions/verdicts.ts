import type { Day } from './types';

/** Today, in UTC. */
export function today(now: Date = new Date()): Day {
  return now.toISOString().slice(0, 10);
}
