import type { ITerraformDependable } from 'cdktf';

/**
 * What is made for which calls. What comes later waits for that of its own calls and for no other's: so the
 * order of a plan grows with the number of calls, and not with that of their pairs. Terraform keeps with each
 * resource the names of all that it waits for, directly or through others.
 */
export class ByCall {
  private readonly made = new Map<string, Set<ITerraformDependable>>();

  /** Notes what is made for these calls. */
  public add(calls: readonly string[], made: readonly ITerraformDependable[]): void {
    for (const call of calls) {
      const ofCall = this.made.get(call) ?? new Set();
      for (const one of made) ofCall.add(one);
      this.made.set(call, ofCall);
    }
  }

  /** What is made for any of these calls. */
  public of(calls: readonly string[]): ITerraformDependable[] {
    return [...new Set(calls.flatMap((call) => [...(this.made.get(call) ?? [])]))];
  }
}
