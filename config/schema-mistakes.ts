import { stringify } from 'yaml';
import { z } from 'zod';
import { isYamlMap } from '../constructs/kubernetes/yaml-file';
import { ownEntry } from '../constructs/own-entry';
import { choice, closest, formatPath, suggestion } from '../constructs/problems';
import { described, discriminatorValue } from '../constructs/schema-words';
import { notASetting } from './not-settings';
import { type Mistake, verdict } from './problems';
import {
  below,
  type Checked,
  entryOf,
  isObject,
  keysAt,
  objectsAt,
  settingsCalled,
  unwrap,
  type Variant,
  variantsAt,
} from './schema-places';

/**
 * What a schema has found, in words: what is wrong, and what would be right.
 *
 * @param around The place of the schema that has found it, where that is not the outermost.
 */
export function describe(
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
        meant: closest(key, keysAt(checked, [...around, ...path])),
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
          message: `${got(issue.input)}; ${issue.message}${writingHint(issue, source)}${mapHint(issue, checked, around)}${missingHint(issue, checked, around)}${issue.code === 'invalid_value' ? meantHint(issue.input, issue.values) : ''}`,
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

/** What it is that is missing, where its form alone does not say it: an example of it, or what its page says first. */
function missingHint(
  { code, input, path }: z.core.$ZodIssue,
  checked: Checked,
  around: readonly PropertyKey[],
): string {
  const key = path.at(-1);
  if (code !== 'invalid_type' || input !== undefined || typeof key !== 'string') return '';
  for (const object of objectsAt(checked, [...around, ...path.slice(0, -1)], unwrap)) {
    const schema = ownEntry(object._zod.def.shape, key);
    const { examples, description } = (schema && z.globalRegistry.get(schema)) ?? {};
    const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
    if (example !== undefined) return `, such as ${flow(example)}`;
    const [first] = description?.split(/[.;:](?: |$)/) ?? [];
    if (first !== undefined) return ` (${lowerCased(first)})`;
  }
  return '';
}

/** As it is written in one line of a file. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

/** A sentence as a part of another; `AWS` and the like stay. */
function lowerCased(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
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
