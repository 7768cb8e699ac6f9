import { internalError } from '../constructs/problems';

/** What becomes of a pair that is deployed when a setting of it is changed. */
const CHANGES = {
  nothing: 'nothing',
  'in-place': 'in place',
  'restarts-pods': 'restarts pods',
  'replaces-nodes': 'replaces the nodes, new ones first',
  refused: 'refused',
  replaces: 'recreates',
  removes: 'removes what it takes away',
} as const;

/** One of the things that a change does. */
export type Change = keyof typeof CHANGES;

declare module 'zod' {
  interface GlobalMeta {
    /** What changing the setting on a deployed pair does, in words: made by `whenChanged`. */
    readonly whenChanged?: string;
  }
}

/**
 * Declares, beside a setting, what changing it on a deployed pair does. The page of the settings prints
 * it, and a test holds it to what Terraform plans.
 *
 * @param words What more there is to know.
 */
export function whenChanged(change: Change, words?: string): { readonly whenChanged: string } {
  return { whenChanged: words === undefined ? CHANGES[change] : `${CHANGES[change]}: ${words}` };
}

/** Which of them is meant by what `whenChanged` made. */
export function changeIn(declared: string): Change {
  const found = Object.entries(CHANGES).find(
    ([, words]) => declared === words || declared.startsWith(`${words}: `),
  );
  if (found === undefined) throw internalError(`"${declared}" says nothing that a change does`);
  return found[0] as Change;
}
