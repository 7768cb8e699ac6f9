/** One mistake in settings: where, and what is wrong and right. */
export interface Problem {
  /** Keys and positions that lead to the setting. */
  readonly path: readonly PropertyKey[];
  /** `what is wrong; what would be right` */
  readonly message: string;
  /**
   * Other settings that were looked at. If one of them is wrong itself, this may be no mistake.
   * @default none
   */
  readonly comparedWith?: readonly (readonly PropertyKey[])[];
}

/** The problem of a part, as one of the whole. */
export function within(prefix: readonly PropertyKey[], problem: Problem): Problem {
  const { path, comparedWith = [] } = problem;
  return {
    ...problem,
    path: [...prefix, ...path],
    comparedWith: comparedWith.map((other) => [...prefix, ...other]),
  };
}

/** `eks.nodeGroups[0].min` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** `path: what is wrong; what would be right` */
export function formatProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/**
 * Refuses a construct's props.
 *
 * @param owner The construct, such as `EksCluster one`.
 * @throws Error with all the problems, when there are any.
 */
export function refuse(owner: string, problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new Error(
      `${owner} cannot be made:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
    );
  }
}

/** `a, b or c` */
export function choice(values: readonly unknown[]): string {
  const words = values.map(String);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}
