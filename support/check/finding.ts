import { troubleOf } from '../aws/trouble';
import { reasonOf } from '../terminal/reason';

/** What was found out about one thing that a deploy needs. */
export interface Finding {
  /** Where it belongs: `machine`, `partners`, `account`, `quotas`, `clusters`, `downloads`. */
  readonly area: string;
  /** `AWS credentials` */
  readonly what: string;
  /** `wrong` stops a deploy; `unknown` could not be found out. */
  readonly verdict: 'right' | 'wrong' | 'unknown';
  /** What is there. */
  readonly found: string;
  /** What to do, where it is not right or will not be for long. */
  readonly remedy?: string;
}

/** Something to find out. What it throws is a finding, too: `unknown`. */
export type Check = () => Promise<Finding | readonly Finding[]>;

/** Finds out one thing, whatever happens. */
export async function findOut(area: string, what: string, check: Check): Promise<Finding[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    const trouble = troubleOf(error);
    const reason = trouble?.reason ?? reasonOf(error);
    return [
      {
        area,
        what,
        verdict: 'unknown',
        found: `could not be found out: ${reason}`,
        ...(trouble !== undefined && { remedy: trouble.remedy }),
      },
    ];
  }
}
