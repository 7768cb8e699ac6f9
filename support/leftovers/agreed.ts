import type { Judged } from './judge';

/** A kind that could not be looked for, and why. */
export interface Unseen {
  readonly kind: string;
  readonly reason: string;
}

/** What was not deleted. */
export interface Failure {
  readonly thing: Judged;
  readonly reason: string;
}

/** What may be deleted. */
export function leftBehind(things: readonly Judged[]): Judged[] {
  return things.filter(({ verdict }) => verdict === 'left behind');
}

/**
 * What was agreed to, as it is now: between the question and the answer something may have come into use. What
 * stays for that, or since it could not be looked at again, is told; what is gone is neither.
 */
export function agreedNow(
  agreed: readonly Judged[],
  { things, unseen }: { readonly things: readonly Judged[]; readonly unseen: readonly Unseen[] },
): { readonly going: Judged[]; readonly failures: Failure[] } {
  const now = new Map(things.map((one) => [key(one), one]));
  const unknown = new Map(unseen.map(({ kind, reason }) => [kind, reason]));
  const found = agreed.flatMap((thing) => now.get(key(thing)) ?? []);
  return {
    going: leftBehind(found),
    failures: [
      ...agreed.flatMap((thing) => {
        const reason = unknown.get(thing.kind);
        return reason === undefined
          ? []
          : { thing, reason: `it could not be looked at again: ${reason}` };
      }),
      ...found.flatMap((thing) =>
        thing.verdict === 'in use' || thing.verdict === 'kept'
          ? { thing, reason: `it may be in use by now: ${thing.why}` }
          : [],
      ),
    ],
  };
}

function key({ kind, id }: Judged): string {
  return `${kind} ${id}`;
}
