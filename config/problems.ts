import { z } from 'zod';
import type { Position } from '../constructs/kubernetes/yaml-mistakes';
import { formatProblem, type Problem } from '../constructs/problems';

/** A mistake in settings, and where it is in their file. */
export interface LocatedProblem extends Problem {
  /** @default it is not in the file: something is missing, or comes from elsewhere */
  readonly position?: Position;
}

/** Mistakes in the settings, all of them. */
export class ConfigError extends Error {
  /** One line for each mistake: `path: what is wrong; what would be right`. */
  public readonly problems: readonly string[];

  /**
   * @param source Where the settings come from, such as the path of a file.
   */
  public constructor(problems: readonly LocatedProblem[], source: string) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    const lines = problems.map((problem) => {
      const { position } = problem;
      const place = position && `${source}:${position.line}:${position.column}: `;
      return `  ${place ?? ''}${formatProblem(problem)}`;
    });
    super(`${count} in ${source}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems.map(formatProblem);
  }

  /** Mistakes of several sources. */
  public static all(errors: readonly ConfigError[]): ConfigError {
    const all = new ConfigError([], '');
    all.message = errors.map(({ message }) => message).join('\n');
    return Object.assign(all, { problems: errors.flatMap(({ problems }) => problems) });
  }
}

/** Each problem once. */
export function unique<T extends Problem>(problems: readonly T[]): T[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

/** What `report` leaves with an issue. */
export const verdict = z.object({
  /** Length of the problem's own path: what is before it leads to the schema that reported it. */
  depth: z.number(),
  comparedWith: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
});

/** Reports mistakes that show when settings are seen together, from inside of a schema. */
export function report(context: z.RefinementCtx, problems: readonly Problem[]): void {
  for (const { path, message, comparedWith } of problems) {
    const params: z.input<typeof verdict> = {
      depth: path.length,
      comparedWith: comparedWith?.map((other) => other.filter((key) => typeof key !== 'symbol')),
    };
    context.addIssue({ code: 'custom', path: [...path], message, params });
  }
}

/** A problem that a schema has found. */
export interface Mistake extends Problem {
  /** False for a setting that does not exist. */
  readonly known?: false;
  /** The setting that it was probably meant to be, beside it. */
  readonly meant?: string;
  /** True for what shows only when settings are seen together. */
  readonly together?: true;
}
