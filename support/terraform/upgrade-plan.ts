import { TerraformStack, Testing } from 'cdktf';
import { addDefaultPair } from '../synth/default-pair';

/** Addresses in Terraform's state, by stack. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

/** What a build has, and what it moves in the state. */
export interface Build {
  readonly addresses: Addresses;
  /** From where to where, by stack. */
  readonly moved: Readonly<Record<string, readonly Move[]>>;
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** What becomes of one stack's resources when a build is deployed over an earlier one. */
export interface StackChanges {
  readonly stack: string;
  readonly stay: number;
  readonly moved: readonly Move[];
  readonly gone: readonly string[];
  readonly added: readonly string[];
}

/** The pair of the default profile, as this build makes it. */
export function currentBuild(): Build {
  const app = Testing.app();
  addDefaultPair(app);
  const stacks = app.node.children
    .filter((child) => TerraformStack.isStack(child))
    .map((stack) => ({
      id: stack.node.id,
      ...(JSON.parse(Testing.synth(stack, false)) as {
        readonly resource?: Readonly<Record<string, object>>;
        readonly moved?: readonly Move[];
      }),
    }));
  return {
    addresses: Object.fromEntries(
      stacks.map(({ id, resource = {} }) => [
        id,
        Object.entries(resource)
          .flatMap(([type, byId]) => Object.keys(byId).map((name) => `${type}.${name}`))
          .sort(),
      ]),
    ),
    moved: Object.fromEntries(stacks.map(({ id, moved = [] }) => [id, moved])),
  };
}

/** What becomes of the resources of an earlier build. */
export function changesSince(earlier: Addresses, { addresses, moved }: Build): StackChanges[] {
  const stacks = [...new Set([...Object.keys(earlier), ...Object.keys(addresses)])].sort();
  return stacks.map((stack) => {
    const [before, now] = [earlier, addresses].map((build) => new Set(build[stack] ?? []));
    const moves = (moved[stack] ?? []).filter(
      ({ from, to }) => before?.has(from) === true && now?.has(to) === true,
    );
    return {
      stack,
      stay: [...(before ?? [])].filter((address) => now?.has(address)).length,
      moved: moves,
      gone: [...(before ?? [])].filter(
        (address) => !now?.has(address) && !moves.some(({ from }) => from === address),
      ),
      added: [...(now ?? [])].filter(
        (address) => !before?.has(address) && !moves.some(({ to }) => to === address),
      ),
    };
  });
}

/** To read, in Markdown. */
export function changesText(changes: readonly StackChanges[]): string {
  return changes
    .map(({ stack, stay, moved, gone, added }) =>
      [
        `## ${stack}\n`,
        `${stay} stay, ${moved.length} keep what they are under a new address, ${gone.length} go, ${added.length} are new.\n`,
        ...moved.map(({ from, to }) => `- \`${from}\` is now \`${to}\``),
        ...gone.map((address) => `- goes: \`${address}\``),
        ...added.map((address) => `- new: \`${address}\``),
        ...(moved.length + gone.length + added.length === 0 ? [] : ['']),
      ].join('\n'),
    )
    .join('\n');
}
