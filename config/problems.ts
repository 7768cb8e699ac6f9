import { z } from 'zod';
import { isYamlMap } from '../constructs/kubernetes/yaml-file';
import type { Position } from '../constructs/kubernetes/yaml-mistakes';
import { choice, closest, formatPath, formatProblem, type Problem } from '../constructs/problems';
import { notASetting } from './not-settings';
import { described, discriminatorValue, expectation } from '../constructs/schema-words';

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
const verdict = z.object({
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

/** More than it ever takes: each pass takes out a level of the settings, or is the last. */
const MAX_PASSES = 10;

/**
 * Checks a value against a schema.
 *
 * A schema does not see settings together while one of them has the wrong type. So what was wrong is
 * replaced and the rest looked at once more, until it can be: all mistakes come at once.
 *
 * @param fallback Takes the place of what is wrong, where it has a value for it.
 * @param written A number or the like as it is written, `1.30`, where it is known.
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
  return { problems: unique([...mistakes, ...sure]) };
}

type Written = (path: readonly PropertyKey[]) => string | undefined;

/** A problem that a schema has found. */
export interface Mistake extends Problem {
  /** False for a setting that does not exist. */
  readonly known?: false;
  /** True for what shows only when settings are seen together. */
  readonly together?: true;
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

/** What was checked, and against what. */
interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly written: Written;
}

function describe(
  issue: z.core.$ZodIssue,
  checked: Checked,
  around: readonly PropertyKey[] = [],
): Mistake[] {
  const { path } = issue;
  const { written } = checked;
  const source = written([...around, ...path]);
  const got = (value: unknown) => (source === undefined ? described(value) : `is ${source}`);
  switch (issue.code) {
    case 'unrecognized_keys': {
      return issue.keys.map((key) => ({
        path: [...path, key],
        known: false as const,
        message: unknownKey(key, [...around, ...path], checked, issue.input),
      }));
    }
    case 'custom': {
      const seen = verdict.safeParse(issue.params);
      if (seen.success) {
        const { depth, comparedWith } = seen.data;
        const base = path.slice(0, path.length - depth);
        const others = comparedWith?.map((other) => [...base, ...other]);
        return [{ path, message: issue.message, comparedWith: others, together: true }];
      }
      const whole = typeof issue.input === 'object' || !issue.message.startsWith('must ');
      return [{ path, message: whole ? issue.message : `${got(issue.input)}; ${issue.message}` }];
    }
    case 'invalid_union':
      if (issue.errors.length > 0 && issue.message === 'Invalid input') {
        // What is of the right form but for something in it was meant, before any other form.
        const [meant = []] = [...issue.errors].sort(
          (a, b) => Number(isOtherForm(a)) - Number(isOtherForm(b)) || a.length - b.length,
        );
        const nested = meant.flatMap((inner) => describe(inner, checked, [...around, ...path]));
        return nested.map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
      }
      return [
        {
          path,
          message:
            `${got(discriminatorValue(issue))}; ${kindRule(issue, variantsAt(checked, [...around, ...path].slice(0, -1)))}` +
            kindHint(issue, variantsAt(checked, [...around, ...path].slice(0, -1))) +
            meantHint(discriminatorValue(issue), 'options' in issue ? (issue.options ?? []) : []),
        },
      ];
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map((inner) => ({
        path,
        message: `${got(inner.input)}; ${inner.message}`,
      }));
    default:
      return [
        {
          path,
          message: `${got(issue.input)}; ${issue.message}${writingHint(issue, source)}${mapHint(issue, checked, around)}${issue.code === 'invalid_value' ? meantHint(issue.input, issue.values) : ''}`,
        },
      ];
  }
}

/** Whether what was written is of another form than the one that has found these. */
function isOtherForm(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}

/** Words that YAML 1.1 took for switches, and 1.2 takes for texts. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'on', 'y', 'enabled'].map((word) => [word, true] as const),
  ...['no', 'off', 'n', 'disabled'].map((word) => [word, false] as const),
]);

/** How to write what was meant: YAML reads `1.30` as the number 1.3, and `"2"` as text. */
function writingHint(issue: z.core.$ZodIssue, source: string | undefined): string {
  if (issue.code !== 'invalid_type') return '';
  const { expected, input } = issue;
  const isNumber = typeof input === 'number';
  if (expected === 'string' && (isNumber || typeof input === 'boolean')) {
    return `: put it in quotes${source === undefined ? '' : `, "${source}"`}`;
  }
  if (expected === 'array' && (isNumber || typeof input === 'string')) {
    return `: put it in brackets, [${source ?? input}]`;
  }
  // Words of YAML 1.1, and units.
  const word = typeof input === 'string' ? input.toLowerCase() : '';
  if (expected === 'boolean' && WORDS.has(word)) return `: write ${String(WORDS.get(word))}`;
  const [, amount] = /^(\d+) ?[a-z]+$/i.exec(String(input)) ?? [];
  if ((expected === 'number' || expected === 'int') && amount !== undefined) {
    return ' without a unit, in that of the setting';
  }
  const bare =
    ((expected === 'number' || expected === 'int') && /^\d+$/.test(String(input))) ||
    (expected === 'boolean' && (input === 'true' || input === 'false'));
  return bare && typeof input === 'string' ? ', without quotes' : '';
}

/** How to write a map, where it is easy to guess what is meant. */
function mapHint(
  issue: z.core.$ZodIssue,
  checked: Checked,
  around: readonly PropertyKey[],
): string {
  if (issue.code !== 'invalid_type' || issue.expected !== 'object') return '';
  const { input, path } = issue;
  if (input === null) return ': write {} for its defaults, or leave it out';
  const [object] = objectsAt(checked, [...around, ...path], unwrap);
  if (object === undefined) return '';
  const { shape } = object._zod.def;
  const on =
    typeof input === 'boolean'
      ? input
      : typeof input === 'string'
        ? WORDS.get(input.toLowerCase())
        : undefined;
  if (on !== undefined && 'enabled' in shape) return `: { enabled: ${String(on)} }`;
  const example = typeof path.at(-1) === 'number' ? entryExample(object, input) : undefined;
  return example === undefined ? '' : `, such as ${example}`;
}

/** An entry of a list, written as a map, with what was written in its place: `{ name: default }`. */
function entryExample(object: z.core.$ZodObject, input: unknown): string | undefined {
  const written = typeof input === 'string' || typeof input === 'number' ? String(input) : '';
  const takes = (schema: z.core.$ZodType, value: unknown) =>
    /^\S+$/.test(written) && z.core.safeParse(schema, value).success;
  const all = Object.entries(object._zod.def.shape);
  const required = all.filter(([, schema]) => !z.core.safeParse(schema, undefined).success);
  const [place] =
    required.find(([, schema]) => takes(schema, input)) ??
    (required.length > 0 ? [] : (all.find(([, schema]) => takes(schema, [input])) ?? []));
  if (required.length === 0) {
    return place === undefined ? undefined : `{ ${place}: [${written}] }`;
  }
  const entries = required.map(([key, schema]) => {
    const [only, ...more] = [...(schema._zod.values ?? [])];
    const value = key === place ? written : more.length > 0 ? undefined : only;
    return `${key}: ${value === undefined ? '...' : String(value)}`;
  });
  return `{ ${entries.join(', ')} }`;
}

function suggestion(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  return meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`;
}

/** For a wrong word where only some are right. */
function meantHint(value: unknown, right: readonly unknown[]): string {
  const words = right.filter((word) => typeof word === 'string');
  const meant = typeof value === 'string' && value !== '' ? closest(value, words, 1) : undefined;
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** A setting that there is not: one of another kind, or another word for one of this kind. */
function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  checked: Checked,
  input: unknown,
): string {
  if (key === '<<') {
    return 'settings know no merge keys; write the settings out, or give a whole map the alias';
  }
  const known = keysAt(checked, path);
  const nested = nestedForm(key, path, checked, entryOf(input, key));
  if (nested !== undefined) return `there is no such setting; write it nested: ${nested}`;
  return (
    notASetting(key, entryOf(input, key)) ??
    ofAnotherKind(key, path, checked) ??
    `there is no such setting; ${placesOf(key, known, checked) ?? suggestion(key, known)}`
  );
}

/** What to say of a setting that this map, or a map around it, would have if it were of another kind. */
function ofAnotherKind(
  key: string,
  path: readonly PropertyKey[],
  checked: Checked,
): string | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const around = path.slice(0, depth);
    const own = entryOf(
      around.reduce((value: unknown, part) => entryOf(value, part), checked.value),
      'kind',
    );
    if (typeof own !== 'string') continue;
    const others = variantsAt(checked, around).filter(
      ({ kind, object }) =>
        kind !== own &&
        path
          .slice(depth)
          .reduce<z.core.$ZodType[]>(
            (schemas, part) => schemas.flatMap((one) => below(one, part)).flatMap(unwrap),
            [object],
          )
          .some((one) => isObject(one) && key in one._zod.def.shape),
    );
    if (others.length === 0) continue;
    const kinds = choice(others.map(({ kind }) => kind));
    return depth === path.length
      ? `there is no such setting of the kind ${own}; write kind: ${kinds} beside it, if that is meant`
      : `there is no such setting of the kind ${own}, which ${formatPath(around)} is; only ${kinds} has it`;
  }
  return undefined;
}

/** `eks.version` as YAML has it: `eks: { version: "1.34" }`. */
function nestedForm(
  key: string,
  path: readonly PropertyKey[],
  checked: Checked,
  value: unknown,
): string | undefined {
  const [first = '', ...rest] = key.split('.');
  const last = rest.at(-1);
  if (last === undefined) return undefined;
  const around = [...path, first, ...rest.slice(0, -1)];
  // The map need not be there yet.
  const known = objectsAt(checked, around, unwrap).flatMap((object) =>
    Object.keys(object._zod.def.shape),
  );
  if (!known.includes(last)) return undefined;
  const text = isYamlMap(value) || Array.isArray(value) ? '...' : JSON.stringify(value);
  return [first, ...rest].reduceRight(
    (inner, one, depth) => (depth === 0 ? `${one}: ${inner}` : `{ ${one}: ${inner} }`),
    text,
  );
}

/** Most places that are worth naming. */
const MOST_PLACES = 3;

/** Where a setting of this name is, which is not where it was written. */
function placesOf(
  key: string,
  known: readonly string[],
  { schema, value }: Checked,
): string | undefined {
  if (closest(key, known) !== undefined) return undefined;
  if (isYamlMap(entryOf(entryOf(value, 'meshes'), key))) return `it is meshes.${key}`;
  const places = settingsCalled(key, schema, '');
  return places.length === 0 || places.length > MOST_PLACES ? undefined : `it is ${choice(places)}`;
}

function settingsCalled(key: string, schema: z.core.$ZodType, path: string): string[] {
  return [
    ...new Set(
      unwrap(schema).flatMap((one): string[] => {
        const { def } = one._zod;
        if (isObject(one)) {
          return Object.entries(one._zod.def.shape).flatMap(([name, inner]) => {
            const here = path === '' ? name : `${path}.${name}`;
            return [...(name === key ? [here] : []), ...settingsCalled(key, inner, here)];
          });
        }
        if (def.type === 'array') {
          return settingsCalled(key, (one as z.core.$ZodArray)._zod.def.element, `${path}[]`);
        }
        return def.type === 'record'
          ? settingsCalled(key, (one as z.core.$ZodRecord)._zod.def.valueType, `${path}.<name>`)
          : [];
      }),
    ),
  ];
}

/** The kinds to choose from; what each is where none was chosen yet. */
function kindRule(issue: z.core.$ZodIssue, variants: readonly Variant[]): string {
  const isMissing = discriminatorValue(issue) === undefined || discriminatorValue(issue) === null;
  if (!isMissing || kindHint(issue, variants) !== '' || variants.length === 0) return issue.message;
  const described = variants.map(({ kind, description }) => {
    const [first = '', ...rest] = description?.replace(/\..*$/s, '') ?? '';
    return first === '' ? kind : `${kind} (${first.toLowerCase()}${rest.join('')})`;
  });
  return `must be ${choice(described)}`;
}

/** Which kind it is by the settings that are there, where the kind itself is missing. */
function kindHint(issue: z.core.$ZodIssue, variants: readonly Variant[]): string {
  const { input } = issue;
  if (!isYamlMap(input) || input['kind'] !== undefined) return '';
  const keys = Object.keys(input);
  const fitting = variants.filter((variant) => keys.every((key) => variant.keys.includes(key)));
  const [only] = fitting;
  const telling = keys.filter((key) => variants.some((variant) => !variant.keys.includes(key)));
  return telling.length === 0 || only === undefined || fitting.length > 1
    ? ''
    : `; by ${telling.join(' and ')} it is ${only.kind}: write kind: ${only.kind}`;
}

/** One of several kinds of a map. */
interface Variant {
  readonly kind: string;
  readonly object: z.core.$ZodObject;
  readonly keys: readonly string[];
  /** What it is, `A new EKS cluster.` */
  readonly description?: string;
}

function variantsAt(checked: Checked, path: readonly PropertyKey[]): Variant[] {
  return objectsAt(checked, path, unwrap).flatMap((object) => {
    const { shape } = object._zod.def;
    const [kind] = [...(shape['kind']?._zod.values ?? [])];
    const description = z.globalRegistry.get(shape['kind'] ?? object)?.description;
    return typeof kind === 'string'
      ? [{ kind, object, keys: Object.keys(shape), description }]
      : [];
  });
}

/** Names of the settings that the schema has at this place. */
function keysAt(checked: Checked, path: readonly PropertyKey[]): string[] {
  const objects = objectsAt(checked, path, variantsOf);
  return [...new Set(objects.flatMap((object) => Object.keys(object._zod.def.shape)))];
}

/** The maps that the schema has at this place. */
function objectsAt(
  { schema, value }: Checked,
  path: readonly PropertyKey[],
  last: (schema: z.core.$ZodType, value: unknown) => z.core.$ZodType[],
): z.core.$ZodObject[] {
  const variants = (inner: z.core.$ZodType, at: unknown, depth: number) =>
    depth === path.length ? last(inner, at) : variantsOf(inner, at);
  let schemas = variants(schema, value, 0);
  let here = value;
  for (const [depth, key] of path.entries()) {
    here = entryOf(here, key);
    schemas = schemas.flatMap((outer) =>
      below(outer, key).flatMap((one) => variants(one, here, depth + 1)),
    );
  }
  return schemas.filter(isObject);
}

/** What the schema has at an entry. */
function below(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const { def } = schema._zod;
  const found = isObject(schema)
    ? schema._zod.def.shape[String(key)]
    : def.type === 'array'
      ? (schema as z.core.$ZodArray)._zod.def.element
      : def.type === 'record'
        ? (schema as z.core.$ZodRecord)._zod.def.valueType
        : undefined;
  return found === undefined ? [] : [found];
}

/** Without defaults and the like; where there are several kinds, the one of the value. */
function variantsOf(schema: z.core.$ZodType, value: unknown): z.core.$ZodType[] {
  const variants = unwrap(schema);
  const kind = entryOf(value, 'kind');
  return variants.filter(isObject).length < 2
    ? variants
    : variants.filter((variant) => {
        const kinds = isObject(variant) ? variant._zod.def.shape['kind']?._zod.values : undefined;
        return kinds === undefined || kinds.has(kind as string);
      });
}

function entryOf(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return (value as unknown[])[Number(key)];
  return isYamlMap(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}

function isObject(schema: z.core.$ZodType): schema is z.core.$ZodObject {
  return schema._zod.def.type === 'object';
}

/** The schemas below defaults, optional and unions. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) {
    return unwrap(schema.unwrap());
  }
  return [schema];
}
