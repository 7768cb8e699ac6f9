import type { z } from 'zod';
import { isYamlMap } from '../constructs/kubernetes/yaml-file';
import { formatPath, formatProblem } from '../constructs/problems';
import { expectation } from '../constructs/schema-words';
import { type Mistake, unique } from './problems';
import { describe } from './schema-mistakes';
import type { Written } from './schema-places';

/** More than it ever takes: each pass takes out a level of the settings, or is the last. */
const MAX_PASSES = 10;

/**
 * Checks a value against a schema.
 *
 * A schema does not see settings together while one of them has the wrong type. So what was wrong is
 * replaced and the rest looked at once more, until it can be: all mistakes come at once.
 *
 * @param fallback Takes the place of what is wrong, where it has a value for it.
 * @returns The parsed value with its defaults, or every mistake.
 */
export function check<T extends z.ZodType>(
  schema: T,
  value: unknown,
  fallback?: unknown,
  written: Written = () => undefined,
): { readonly value: z.output<T> } | { readonly problems: readonly Mistake[] } {
  const result = parse(schema, value, written);
  if ('value' in result) return result;
  const mistakes = result.problems.filter(({ together }) => !together);
  const wrong = mistakes.filter(({ known }) => known !== false).map(({ path }) => whole(path));
  const verdicts = result.problems.filter((problem) => problem.together);

  let outs = mistakes.map(({ path }) => whole(path));
  let rest = value;
  const replaced = new Set<string>();
  for (let pass = 0; outs.length > 0 && pass < MAX_PASSES; pass++) {
    rest = outs.reduce((left, path) => replace(left, path, fallback), rest);
    for (const path of outs) replaced.add(formatPath(path));
    const again = parse(schema, withoutGone(rest), written);
    if ('value' in again) break;
    const problems = again.problems.map((problem) => asBefore(problem, rest));
    // What is wrong now is so because of what was replaced: it goes with all that is beside it.
    outs = problems
      .filter(({ together, path }) => !together && path.length > 0)
      .map(({ path }) => (replaced.has(formatPath(path)) ? path.slice(0, -1) : path));
    wrong.push(...outs);
    verdicts.push(
      ...problems.filter(
        ({ together, path, comparedWith }) =>
          together && (comparedWith !== undefined || !wrong.some((other) => related(path, other))),
      ),
    );
  }
  const sure = verdicts.filter(
    ({ path, comparedWith = [] }) =>
      !wrong.some((other) => other.every((key, i) => path[i] === key)) &&
      !comparedWith.some((setting) => wrong.some((other) => related(setting, other))),
  );
  const problems = unique([...mistakes, ...sure]);
  const misspelt = mistakes.filter((one) => isMisspelt(one, value));
  if (misspelt.length === 0) return { problems };
  const meant = misspelt.reduce((left, { path, meant: name }) => renamed(left, path, name), value);
  // What is not wrong with the settings as they were meant is so by the misspelt name alone.
  const again = check(schema, meant, fallback, written);
  const left = 'problems' in again ? again.problems.map(formatProblem) : [];
  return {
    problems: problems.filter((one) => one.known === false || left.includes(formatProblem(one))),
  };
}

/** Whether a name was misspelt, and nothing has the right one. */
function isMisspelt({ path, meant }: Mistake, value: unknown): boolean {
  const around = valueAt(value, path.slice(0, -1));
  return meant !== undefined && isYamlMap(around) && !Object.hasOwn(around, meant);
}

/** The value with another name for the setting at this path, if that is not taken. */
function renamed(
  value: unknown,
  [key, ...rest]: readonly PropertyKey[],
  name: string | undefined,
): unknown {
  if (Array.isArray(value)) {
    return (value as unknown[]).map((one, i) => (i === key ? renamed(one, rest, name) : one));
  }
  if (!isYamlMap(value) || name === undefined) return value;
  if (rest.length === 0 && Object.hasOwn(value, name)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([own, one]) => {
      if (own !== key) return [own, one];
      return rest.length === 0 ? [name, one] : [own, renamed(one, rest, name)];
    }),
  );
}

function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  written: Written,
): { readonly value: z.output<T> } | { readonly problems: readonly Mistake[] } {
  const result = schema.safeParse(value, { reportInput: true, error: expectation });
  return result.success
    ? { value: result.data }
    : {
        problems: tightest(result.error.issues).flatMap((issue) =>
          describe(issue, { schema, value, written }),
        ),
      };
}

/** Of several bounds that a value is beyond the nearest one: a whole number has some of its own. */
function tightest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.filter(
    (one) =>
      !issues.some(
        (other) =>
          other !== one &&
          formatPath(other.path) === formatPath(one.path) &&
          ((one.code === 'too_big' && other.code === 'too_big' && other.maximum < one.maximum) ||
            (one.code === 'too_small' &&
              other.code === 'too_small' &&
              other.minimum > one.minimum)),
      ),
  );
}

/** Of a thing of no known kind nothing can be judged, and of an offer with a mistake nothing is used. */
function whole(path: readonly PropertyKey[]): readonly PropertyKey[] {
  if (path[0] === 'meshes' && path[2] === 'partner') return path.slice(0, 3);
  return path.at(-1) === 'kind' ? path.slice(0, -1) : path;
}

/** In the place of an entry that was taken out of a list, so that the others keep their positions. */
const GONE = Symbol('gone');

function withoutGone(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value as unknown[];
    return list.filter((entry) => entry !== GONE).map(withoutGone);
  }
  if (!isYamlMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutGone(one)]));
}

/** A problem of a value without what is gone, with the positions that entries had before. */
function asBefore(problem: Mistake, value: unknown): Mistake {
  const before = (path: readonly PropertyKey[]): readonly PropertyKey[] => {
    let node = value;
    return path.map((key) => {
      const place = Array.isArray(node) ? positionIn(node, Number(key)) : key;
      node = Array.isArray(node) || isYamlMap(node) ? Reflect.get(node, place) : undefined;
      return place;
    });
  };
  const { path, message, comparedWith } = problem;
  const lists = path.flatMap((key, i) => {
    const list = Array.isArray(valueAt(value, before(path.slice(0, i + 1)))) ? String(key) : '';
    return list === '' ? [] : [{ list, at: path.slice(0, i + 1) }];
  });
  return {
    ...problem,
    path: before(path),
    // `repeats rules[0]`
    message: lists.reduce(
      (text, { list, at }) =>
        text.replace(
          new RegExp(`\\b${list}\\[(\\d+)\\]`, 'g'),
          (_, index: string) => `${list}[${String(before([...at, Number(index)]).at(-1))}]`,
        ),
      message,
    ),
    comparedWith: comparedWith?.map(before),
  };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (Array.isArray(node) || isYamlMap(node) ? Reflect.get(node, key) : undefined),
    value,
  );
}

/** Where the entry is that is this one among those which are left. */
function positionIn(list: readonly unknown[], index: number): number {
  const left = list.flatMap((entry, i) => (entry === GONE ? [] : [i]));
  return left[index] ?? index;
}

/** The value with the fallback's at this path, or nothing. */
function replace(
  value: unknown,
  [key, ...rest]: readonly PropertyKey[],
  fallback: unknown,
): unknown {
  if (key === undefined || value === undefined) return fallback;
  if (Array.isArray(value)) {
    const list = value as unknown[];
    const entry = replace(list[Number(key)], rest, undefined) ?? GONE;
    return list.map((old, i) => (i === key ? entry : old));
  }
  if (!isYamlMap(value)) return fallback;
  const name = String(key);
  const left = replace(value[name], rest, isYamlMap(fallback) ? fallback[name] : undefined);
  const others = Object.entries(value).filter(([other]) => other !== name);
  return Object.fromEntries(left === undefined ? others : [...others, [name, left]]);
}

/** Whether one of the two settings is the other, or is inside of it. */
function related(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.every((key, i) => long[i] === key);
}
