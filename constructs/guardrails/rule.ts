import type { GuardedResource } from './resource';

/** A rule that resources have to keep. */
export interface GuardrailRule {
  /** Name of the rule, such as `eks-api-private`. */
  readonly id: string;
  /** What it asks for, as a sentence. */
  readonly asks: string;
  /**
   * Checks of scanners that ask for the same: `CKV...` are checkov's.
   * @see https://www.checkov.io/5.Policy%20Index/terraform.html
   */
  readonly scanners: readonly string[];
  /**
   * Says what is wrong with a resource: nothing where it keeps the rule.
   *
   * @param resource the one to judge
   * @param all every resource of its stack
   * @returns what is wrong and what would be right, once for each mistake
   */
  readonly check: (resource: GuardedResource, all: readonly GuardedResource[]) => readonly string[];
}

/** The rule's id, and those of the checks that it stands for. */
export function namesOf({ id, scanners }: GuardrailRule): readonly string[] {
  return [id, ...scanners];
}

/** A rule for resources of some types. */
export function rule(
  id: string,
  asks: string,
  scanners: readonly string[],
  types: readonly string[],
  check: (
    attributes: unknown,
    resource: GuardedResource,
    all: readonly GuardedResource[],
  ) => readonly (string | undefined)[],
): GuardrailRule {
  return {
    id,
    asks,
    scanners,
    check: (resource, all) =>
      types.includes(resource.type)
        ? check(resource.attributes, resource, all).filter((found) => found !== undefined)
        : [],
  };
}

/** One mistake, or none. */
export function unless(right: boolean, mistake: string): readonly (string | undefined)[] {
  return [right ? undefined : mistake];
}
