import type { Problem } from '../problems';
import { type GuardrailRule, namesOf } from './rule';

/** Something that a rule asks for and that shall not be so. */
export interface GuardrailWaiver {
  /** Id of the rule, or of a scanner's check that it stands for. */
  readonly rule: string;
  /**
   * Where: the path of a construct, such as `shop/cluster`; all below it are meant, too. `*` stands for
   * any letters but a slash.
   */
  readonly at: string;
  /** Why, for whoever reads the output of a synthesis. */
  readonly reason: string;
}

/**
 * Whether a waiver is meant for what was found at a path.
 *
 * @param names the rule's id and those of the checks that it stands for
 */
export function isWaived(waiver: GuardrailWaiver, names: readonly string[], path: string): boolean {
  if (!names.includes(waiver.rule)) return false;
  const pattern = waiver.at
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('[^/]*');
  return new RegExp(`^${pattern}(/|$)`).test(path);
}

/** What is wrong with waivers: words that are missing, rules that do not exist. */
export function waiverProblems(
  waivers: readonly GuardrailWaiver[],
  rules: readonly GuardrailRule[],
): readonly Problem[] {
  const known = rules.flatMap(namesOf);
  return waivers.flatMap(({ rule, at, reason }, index) => [
    ...(known.includes(rule)
      ? []
      : [
          {
            path: ['waivers', index, 'rule'],
            message: `there is no rule "${rule}"; one of ${rules.map(({ id }) => id).join(', ')}`,
          },
        ]),
    ...(at.trim() === ''
      ? [{ path: ['waivers', index, 'at'], message: 'is empty; the path of a construct' }]
      : []),
    ...(reason.trim() === ''
      ? [{ path: ['waivers', index, 'reason'], message: 'is empty; say why in a sentence' }]
      : []),
    ...(waivers.findIndex((other) => other.rule === rule && other.at === at) < index
      ? [{ path: ['waivers', index], message: 'is there already; leave one of them' }]
      : []),
  ]);
}
