import type { HttpPermission } from '../../crossing';

/*
 * Who may send which requests, cut into parts that do not overlap. Linkerd finds one route for a request
 * and asks that one's policies alone. Of routes that match it takes the one with more matched characters of
 * the path, where a regular expression counts as the whole path, like an exact one; then one with a method;
 * then the older one. So no two routes here match one request, but for one with a method beside one without. And
 * none has PathPrefix, which a route of before or after a change would go before.
 *
 * @see https://github.com/linkerd/linkerd2-proxy/blob/release/v2.366.0/linkerd/http/route/src/http/match/path.rs
 */

/** Requests that some may send. */
export interface Grant {
  /** Who, in whatever words. */
  readonly to: string;
  /** Empty means every request. */
  readonly allow: readonly HttpPermission[];
}

/** Requests, and all that may send them. */
export interface Part {
  readonly match: PartMatch;
  /** Names of the callers in order; never empty. */
  readonly callers: readonly string[];
}

/** One match of an HTTPRoute's rule. */
export type PartMatch = {
  readonly path: {
    readonly type: 'Exact' | 'RegularExpression';
    readonly value: string;
  };
  readonly method?: string;
};

/** Most characters of a path that the CRD takes. */
export const PATH_LENGTH = 1024;

/**
 * The parts in which somebody is admitted; whatever is in none is refused.
 *
 * @param length Most characters of a path. Only a path that is longer by itself stays so.
 */
export function partsOf(grants: readonly Grant[], length = PATH_LENGTH): Part[] {
  const entries = grants.flatMap(({ to, allow }) =>
    (allow.length === 0 ? [{}] : allow).map((permission) => ({ to, ...pattern(permission) })),
  );
  const methods = [...new Set(entries.flatMap((entry) => entry.methods ?? []))].sort();
  const callersOf = (path: Pattern, method: string | undefined) =>
    [
      ...new Set(
        entries
          .filter((entry) => covers(entry.path, path))
          .filter(
            (entry) =>
              entry.methods === undefined ||
              (method !== undefined && entry.methods.includes(method)),
          )
          .map(({ to }) => to),
      ),
    ].sort();
  const signature = (path: Pattern) =>
    JSON.stringify([undefined, ...methods].map((method) => callersOf(path, method)));
  const paths = distinct(entries.map(({ path }) => path)).filter(
    // One whose callers are those of what is around it needs no part of its own.
    (path, _, all) => {
      const around = closest(all, path);
      return around === undefined || signature(around) !== signature(path);
    },
  );
  return paths.flatMap((path) => {
    const others = callersOf(path, undefined);
    const parts = methods
      .map((method) => ({ method, callers: callersOf(path, method) }))
      .filter(({ callers }) => JSON.stringify(callers) !== JSON.stringify(others));
    return pathMatches(path, paths, length).flatMap((value) =>
      [
        ...parts.map(({ method, callers }) => ({ match: { path: value, method }, callers })),
        { match: { path: value }, callers: others },
      ].filter(({ callers }) => callers.length > 0),
    );
  });
}

/** A path, or all that begin so. */
interface Pattern {
  readonly exact: boolean;
  readonly text: string;
}

function pattern({ methods, pathExact, pathPrefix }: HttpPermission) {
  return {
    methods,
    path:
      pathExact === undefined
        ? // Every path begins with a slash.
          { exact: false, text: pathPrefix === undefined ? '/' : pathPrefix }
        : { exact: true, text: pathExact },
  };
}

function distinct(patterns: readonly Pattern[]): Pattern[] {
  return [...new Map(patterns.map((one) => [`${one.exact} ${one.text}`, one])).values()].sort(
    (one, other) => one.text.length - other.text.length || (one.text < other.text ? -1 : 1),
  );
}

/** Whether all paths of one pattern are of the other too. */
function covers(outer: Pattern, inner: Pattern): boolean {
  return outer.exact ? inner.exact && inner.text === outer.text : inner.text.startsWith(outer.text);
}

/** The innermost of those around a pattern. */
function closest(all: readonly Pattern[], inner: Pattern): Pattern | undefined {
  return all
    .filter((one) => !one.exact && covers(one, inner) && one !== inner)
    .sort((one, other) => other.text.length - one.text.length)[0];
}

/** The paths of a pattern without those of others within it. */
function pathMatches(
  { exact, text }: Pattern,
  all: readonly Pattern[],
  length: number,
): PartMatch['path'][] {
  if (exact) return [{ type: 'Exact', value: text }];
  const within = all.filter(
    (other) => other.text.startsWith(text) && (other.exact || other.text !== text),
  );
  return expressions(text, within, length).map((value) => ({ type: 'RegularExpression', value }));
}

/** What begins with a text and is of no pattern within: one expression, or several that are short enough. */
function expressions(text: string, within: readonly Pattern[], length: number): string[] {
  const whole = `^${escaped(text)}${beyond(text, within)}$`;
  const { ends, others, further } = continued(text, within);
  if (whole.length <= length || others === undefined) return [whole];
  return [
    `^${escaped(text)}${ends ? `(?:${others})?` : others}$`,
    ...further.flatMap((longer) => expressions(longer, within, length)),
  ];
}

/** What may follow a text so that the whole is of no pattern within. */
function beyond(text: string, within: readonly Pattern[]): string {
  const { ends, others, further } = continued(text, within);
  if (others === undefined) return ends ? '.*' : '.+';
  const all = further.map((longer) => `${escaped(longer.slice(-1))}${beyond(longer, within)}`);
  return `(?:${[others, ...all].join('|')})${ends ? '?' : ''}`;
}

/** How a text may go on. */
interface Continued {
  /** Whether it may end here. */
  readonly ends: boolean;
  /** An expression of all that leads to no pattern within; none where nothing leads to one. */
  readonly others?: string;
  /** The text with one more character, for each that leads to some. */
  readonly further: readonly string[];
}

function continued(text: string, within: readonly Pattern[]): Continued {
  const longer = within.filter((one) => one.text.length > text.length && one.text.startsWith(text));
  const ends = !within.some((one) => one.exact && one.text === text);
  if (longer.length === 0) return { ends, further: [] };
  const next = [...new Set(longer.map((one) => one.text.charAt(text.length)))].sort();
  const listed = next.map((character) => (character === '-' ? String.raw`\-` : character)).join('');
  return {
    ends,
    others: `[^${listed}].*`,
    further: next
      .map((character) => `${text}${character}`)
      .filter((whole) => !within.some((one) => !one.exact && one.text === whole)),
  };
}

function escaped(text: string): string {
  return text.replaceAll('.', String.raw`\.`);
}
