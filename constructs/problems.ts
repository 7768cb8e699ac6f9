/** One mistake in settings: where, and what is wrong and right. */
export interface Problem {
  /** Keys and positions that lead to the setting. */
  readonly path: readonly PropertyKey[];
  /** A sentence in the form `what is wrong; what would be right`. */
  readonly message: string;
  /**
   * Settings that were looked at, beside those that the path leads through. If one of them is wrong itself,
   * this may be no mistake.
   * @default what is at the path
   */
  readonly comparedWith?: readonly (readonly PropertyKey[])[];
}

/**
 * The one of some names that was probably meant by another, if any is close to it.
 *
 * @param edits that may be between them, however short the name is
 */
export function closest(name: string, known: readonly string[], edits = 2): string | undefined {
  const [best] = known
    .map((one) => ({ one, edits: distance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(edits, name.length / 3)
    ? best.one
    : undefined;
}

/** For a name that is not known: the one that was probably meant, or all that there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  return meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`;
}

/** Edit distance of Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The problem of a part, as one of the whole. */
export function within(prefix: readonly PropertyKey[], problem: Problem): Problem {
  const { path, comparedWith } = problem;
  return {
    ...problem,
    path: [...prefix, ...path],
    ...(comparedWith && { comparedWith: comparedWith.map((other) => [...prefix, ...other]) }),
  };
}

/**
 * The first problem of each setting. What is the same in several places is wrong once in each but the first,
 * not once for every pair of them.
 */
export function oncePerSetting(problems: readonly Problem[]): Problem[] {
  const first = new Map<string, Problem>();
  for (const problem of problems) {
    const setting = formatPath(problem.path);
    if (!first.has(setting)) first.set(setting, problem);
  }
  return [...first.values()];
}

/** The positions of the entries of a list that repeat an earlier one. */
export function repeats(list: readonly unknown[]): number[] {
  return list.flatMap((entry, i) => (list.slice(0, i).includes(entry) ? [i] : []));
}

/**
 * A problem for each entry of a list that repeats an earlier one.
 *
 * @param list What must not repeat itself: the entries, or what is under `key` of each.
 */
export function repeatProblems(
  path: Problem['path'],
  list: readonly (string | number)[],
  ...key: readonly string[]
): Problem[] {
  return repeats(list).map((i) => ({
    path: [...path, i, ...key],
    message: `${list[i]} is listed twice; list it once`,
  }));
}

/** Writes a path for people: `eks.nodeGroups[0].min`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** Writes a problem as one line: `path: what is wrong; what would be right`. */
export function formatProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/**
 * Refuses a construct's props, or the attributes of something that exists. What reads one value, such as a
 * CIDR block or a file, throws the sentence of a problem alone: its place is known to whoever asked for it.
 *
 * @param owner The construct, such as `EksCluster one`.
 * @param verdict What becomes of it.
 * @throws Error with all the problems, when there are any.
 */
export function refuse(
  owner: string,
  problems: readonly Problem[],
  verdict = 'cannot be made',
): void {
  if (problems.length > 0) throw refusal(owner, problems, verdict);
}

/** The error with which `refuse` refuses. */
export function refusal(owner: string, problems: readonly Problem[], verdict: string): Error {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return new Error(`${owner} ${verdict}:\n${lines.join('\n')}`);
}

/**
 * An error for what no settings and no props can lead to, as they were looked at before. Whoever sees it has
 * found a fault of this package.
 */
export function internalError(what: string): Error {
  return new Error(
    `${what}: a fault of cdktf-mesh-federation, not of your settings; please report it, with the settings`,
  );
}

/** What is wrong, of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Lists values to choose from: `a, b or c`. */
export function choice(values: readonly unknown[]): string {
  const words = values.map(String);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}
