import { stripVTControlCharacters } from 'node:util';

/** How many resources are to be added, changed and destroyed. */
export interface Plan {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
}

/** How far one stack is. */
export interface StackProgress {
  readonly phase: 'waiting' | 'initialising' | 'initialised' | 'planning' | 'applying' | 'complete';
  /** What the plan says. */
  readonly plan: Plan;
  /** How many changes are done; a replacement counts twice, as in the plan. */
  readonly done: number;
  /** Addresses of the resources that are being changed, e.g. `aws_eks_cluster.cluster`. */
  readonly busy: readonly string[];
}

const NO_CHANGES: Plan = { add: 0, change: 0, destroy: 0 };

const WAITING: StackProgress = { phase: 'waiting', plan: NO_CHANGES, done: 0, busy: [] };

/** How many changes a plan comes to. */
export function size({ add, change, destroy }: Plan): number {
  return add + change + destroy;
}

/**
 * Follows `cdktf deploy` or `cdktf destroy` by what it prints: lines of Terraform, the first of
 * each batch with the stack's name before it.
 */
export class DeployProgress {
  private readonly progress: Map<string, StackProgress>;
  private readonly errorLines: string[] = [];
  private current: string | undefined;
  private inError = false;

  public constructor(stacks: readonly string[]) {
    this.progress = new Map(stacks.map((stack) => [stack, WAITING]));
  }

  public get stacks(): ReadonlyMap<string, StackProgress> {
    return this.progress;
  }

  /**
   * Did Terraform itself say of every stack that it was through? The exit code is not enough:
   * cdktf returns 0 when its Terraform was killed.
   */
  public get complete(): boolean {
    return [...this.progress.values()].every(({ phase }) => phase === 'complete');
  }

  /** What Terraform reported as errors, in its own words. */
  public get errors(): string {
    return this.errorLines.join('\n');
  }

  /** Takes the next line in. */
  public read(line: string): void {
    const plain = stripVTControlCharacters(line);
    const [, stack = '', rest = ''] = /^(\S+) {2}(.*)$/.exec(plain) ?? [];
    const startsBatch = this.progress.has(stack);
    const text = startsBatch ? rest : plain.trim();
    if (startsBatch) this.current = stack;

    if (text.startsWith('Error: ')) this.inError = true;
    else if (startsBatch || /^\d+ Stacks? deploying/.test(text)) this.inError = false;
    if (this.inError) this.errorLines.push(startsBatch ? `${stack}: ${text}` : text);

    const known = this.progress.get(this.current ?? '');
    if (this.current && known) this.progress.set(this.current, next(known, text));
  }
}

function isBefore({ phase }: StackProgress): boolean {
  return phase === 'initialising' || phase === 'initialised';
}

function next(progress: StackProgress, text: string): StackProgress {
  const plan = /Plan: (\d+) to add, (\d+) to change, (\d+) to destroy/.exec(text);
  if (plan) {
    const [add = 0, change = 0, destroy = 0] = plan.slice(1).map(Number);
    return { ...progress, phase: 'applying', plan: { add, change, destroy } };
  }
  const [, address = '', begun, ended] =
    /^(\S+?)(?: \([^)]*\))?: (?:(Creating|Modifying|Destroying)\.\.\.|(Creation|Modifications|Destruction) complete)/.exec(
      text,
    ) ?? [];
  const others = progress.busy.filter((busy) => busy !== address);
  if (begun) return { ...progress, busy: [...others, address] };
  if (ended) return { ...progress, busy: others, done: progress.done + 1 };
  if (/^(Apply|Destroy) complete!|^No changes\./.test(text)) {
    return { ...progress, phase: 'complete', busy: [] };
  }
  if (text.startsWith('Initializing the backend')) return { ...progress, phase: 'initialising' };
  if (/ has been successfully initialized!/.test(text) && progress.phase === 'initialising') {
    return { ...progress, phase: 'initialised' };
  }
  if (/Refreshing state\.\.\.|: Reading\.\.\./.test(text) && isBefore(progress)) {
    return { ...progress, phase: 'planning' };
  }
  return progress;
}
