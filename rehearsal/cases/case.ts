import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world';

export const GROUPS = [
  'works',
  'authentication',
  'confidentiality',
  'exposure',
  'rotation',
  'faults',
  'cost',
] as const;

export type Group = (typeof GROUPS)[number];

/** One row of the table. */
export interface Case {
  /** For `--only`. */
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  /** Takes long and disturbs nobody: begun before the others. */
  readonly background?: boolean;
  /** Takes too long for a quick rehearsal, which leaves it out. */
  readonly slow?: boolean;
  /** Mostly waits: runs at the same time as its neighbours of which the same is true. */
  readonly together?: boolean;
  run(world: World, effort: Effort): Promise<Outcome>;
}

export interface Outcome {
  readonly passed: boolean;
  readonly seen: string;
  /** Numbers for the JSON report. */
  readonly measures?: Readonly<Record<string, number>>;
}

/** How long to take. */
export interface Effort {
  readonly quick: boolean;
  /** Seconds of load or of a stream. */
  seconds(full: number, quick: number): number;
}

/** Seconds within which a busy machine gets to whatever takes a moment, or a few seconds. */
export const PATIENCE = 60;

/** Waits until something is so, and says whether it came to that. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  seconds: number,
): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
}
