/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A document of IAM. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** A statement that allows these actions. */
export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement['Condition'],
): Statement {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
}

/**
 * Characters of a managed policy at most, white space apart.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MOST_CHARACTERS = 6144;

/** The same rights as policies that each fit into one managed policy; one, where all fit. */
export function policyParts({ Version, Statement }: Policy): Policy[] {
  const parts: Policy[] = [];
  for (const statement of Statement) {
    const last = parts.at(-1);
    const longer = { Version, Statement: [...(last?.Statement ?? []), statement] };
    const fits = last !== undefined && JSON.stringify(longer).length <= MOST_CHARACTERS;
    parts.splice(fits ? -1 : parts.length, 1, fits ? longer : { Version, Statement: [statement] });
  }
  return parts;
}
