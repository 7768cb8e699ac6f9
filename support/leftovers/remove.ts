import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../terminal/reason';
import { unwatched, type Watch } from '../terminal/progress';
import type { Failure } from './agreed';
import type { Judged } from './judge';
import { type Aws, isGone, type Kind, type Thing } from './kind';
import { look } from './look';

/** How a deletion goes on. */
export interface RemoveOptions {
  /** Milliseconds that AWS is given to let go of one thing. @default 15 minutes */
  readonly timeout?: number;
  /** Called with each that is gone, or whose end has begun. */
  readonly onRemoved?: (thing: Judged) => void;
}

/** The same, and where. */
export interface RemovalOptions extends RemoveOptions {
  /** Names of the clusters that things are of. */
  readonly clusters: readonly string[];
  /** Is given each deletion. @default nobody looks */
  readonly watch?: Watch;
}

/**
 * Deletes things, kind after kind, in the order of the kinds. What something needs that could not be deleted is not
 * tried: AWS would refuse it for as long.
 *
 * @returns what was not deleted
 */
export async function removeAll(
  kinds: readonly Kind[],
  aws: Aws,
  going: readonly Judged[],
  options: RemovalOptions,
): Promise<Failure[]> {
  const { watch = unwatched } = options;
  const failures: Failure[] = [];
  for (const kind of kinds) {
    const ofKind = going.filter((one) => one.kind === kind.name);
    const results = await Promise.all(
      ofKind.map(async (thing): Promise<Failure[]> => {
        const user = failures.find((failure) => needs(failure.thing, thing));
        return user === undefined
          ? watch(titleOf(thing), remove(kind, aws, thing, options))
          : [{ thing, reason: `${titleOf(user.thing)} stays and needs it` }];
      }),
    );
    const failed = results.flat();
    failures.push(...failed);
    const gone = ofKind.filter((thing) => !failed.some((one) => one.thing === thing));
    if (kind.slow && gone.length > 0) {
      const ends = awaitEnd(kind, aws, gone, options);
      failures.push(...(await watch(`the end of ${gone.map(titleOf).join(', ')}`, ends)));
    }
  }
  return failures;
}

/** Whether the second cannot go while the first is there. */
function needs(one: Thing, { id, arn, heldBy = [] }: Thing): boolean {
  const { uses = [], vpc } = one;
  return (
    heldBy.includes(one.id) ||
    vpc === id ||
    uses.includes(id) ||
    (arn !== undefined && uses.includes(arn))
  );
}

/** What it is called where it is deleted. */
export function titleOf({ kind, name, id }: Thing): string {
  return `${kind} ${name || id}`;
}

/** What to do about what its owner has protected. */
function protectedText(lift: string): string {
  return `it is protected against deletion; where it may go: ${lift}`;
}

/** AWS says so of what something else still needs, and often for minutes after that has gone. */
const IN_USE =
  /DependencyViolation|InUse|DeleteConflict|ConflictException|OperationNotPermitted|ScalingActivityInProgress|ExistingVpcEndpointConnections|AuthFailure/;

/** Milliseconds until the next try: short at first, since most things go at once, and at most 5 seconds. */
function pauseAfter(attempt: number): number {
  return Math.min(200 * 1.5 ** attempt, 5000);
}

/** What AWS says of what its owner has protected. */
const PROTECTED = /deletion.?protection|disableApiTermination/i;

async function remove(
  kind: Kind,
  aws: Aws,
  thing: Judged,
  { timeout = 15 * 60_000, onRemoved, clusters }: RemovalOptions,
): Promise<Failure[]> {
  const end = Date.now() + timeout;
  for (let attempt = 0; ; attempt++) {
    try {
      await kind.remove(aws, thing);
      onRemoved?.(thing);
      return [];
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      const gone = isGone(error);
      if (gone && !(await isThere(kind, aws, clusters, thing))) return [];
      const reason = `${name}: ${reasonOf(error)}`;
      if (PROTECTED.test(reason)) {
        const lift = kind.lift?.(thing, aws.region);
        return [{ thing, reason: lift === undefined ? reason : protectedText(lift) }];
      }
      if ((!gone && !IN_USE.test(name)) || Date.now() > end) {
        return [{ thing, reason }];
      }
      await sleep(pauseAfter(attempt));
    }
  }
}

/** What AWS calls gone may be something else that it has to do with. */
async function isThere(
  kind: Kind,
  aws: Aws,
  clusters: readonly string[],
  { id }: Judged,
): Promise<boolean> {
  // The end of what takes long is awaited by itself.
  if (kind.slow) return false;
  const { things, reason } = await look(kind, aws, clusters);
  return reason !== undefined || things.some((one) => one.id === id && one.ending === undefined);
}

async function awaitEnd(
  kind: Kind,
  aws: Aws,
  things: readonly Judged[],
  { timeout = 15 * 60_000, clusters }: RemovalOptions,
): Promise<Failure[]> {
  const end = Date.now() + timeout;
  let left = things;
  let unseen: string | undefined;
  for (let attempt = 0; left.length > 0; attempt++) {
    // What fails while things go is asked again: nothing is known of them then.
    const { things: found, reason } = await look(kind, aws, clusters);
    const there = new Set(found.map(({ id }) => id));
    if (reason === undefined) left = left.filter(({ id }) => there.has(id));
    unseen = reason;
    if (Date.now() > end) break;
    if (left.length > 0) await sleep(pauseAfter(attempt));
  }
  return left.map((thing) => ({
    thing,
    reason:
      unseen === undefined
        ? 'AWS was asked to delete it, and it is still there'
        : `AWS was asked to delete it, and whether it is gone is not known: ${unseen}`,
  }));
}
