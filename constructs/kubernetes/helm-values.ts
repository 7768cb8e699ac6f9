import { isDeepStrictEqual } from 'node:util';
import { packageFile } from '../package-files';
import { formatPath, messageOf, type Problem } from '../problems';
import { helmYaml, readHelmValues } from './helm-yaml';
import { expandPath, isYamlMap, type YamlMap, yamlMap } from './yaml-file';

/**
 * Something in a chart's values that others rely on, so that a user's values file may not take it away.
 * Everything else in the values is a default, and a values file may change it.
 */
export type KeptValue = {
  /** Keys that lead to it; `*` for each entry of a list. */
  readonly path: readonly string[];
} & (
  | {
      /** Why a values file may not say another value, and what to do in its place: a sentence. */
      readonly reason: string;
      /**
       * The values that it may not say.
       * @default all but ours
       */
      readonly never?: readonly unknown[];
    }
  | {
      /**
       * A list. A user's entries come behind ours, and change those of ours that have the same value
       * under this key.
       */
      readonly listBy: string;
    }
);

/**
 * A value that a values file may not change.
 *
 * @param path Its keys, with "." between them.
 */
export function kept(path: string, reason: string): KeptValue & { readonly reason: string } {
  return { path: path.split('.'), reason };
}

/** The layers that a chart's values are made of; a later one wins. */
export interface ValuesLayers {
  /** Name of a file in `helm-values/`, without `.yaml`: what does not depend on settings. */
  readonly base: string;
  /** What a construct works out from its props. */
  readonly settings: YamlMap;
  /**
   * Paths of the user's own values files, merged last and in this order.
   * @default none
   */
  readonly files?: readonly string[];
  /**
   * What the user's files may not take away.
   * @default nothing
   */
  readonly keep?: readonly KeptValue[];
}

/**
 * Puts the layers together as `helm --values a --values b` does: mappings are merged, everything
 * else is replaced, and `null` takes the chart's own default away. What is to be kept stays.
 *
 * @throws When a file is missing, is no YAML (with line and column), is no mapping, or would take away
 * what is to be kept: all of that at once, with the file and the reason.
 * @see https://helm.sh/docs/chart_template_guide/values_files/
 */
export function layeredValues(layers: ValuesLayers): YamlMap {
  const { values, problems } = layer(layers);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return values;
}

/** What of the user's files would take away what is to be kept: a sentence each. */
export function valuesProblems(layers: ValuesLayers): readonly string[] {
  const { files = [] } = layers;
  return files.length === 0 ? [] : layer(layers).problems;
}

/** What is wrong with the user's files, also that one cannot be read; all of it at a path. */
export function valuesFilesProblems(path: Problem['path'], layers: ValuesLayers): Problem[] {
  try {
    return valuesProblems(layers).map((message) => ({ path, message }));
  } catch (error) {
    return [{ path, message: messageOf(error) }];
  }
}

/** Values as the text of a Helm release, with Terraform's own `${` and `%{` made harmless. */
export function valuesText(values: YamlMap): string {
  return escapeTemplates(helmYaml(values));
}

/**
 * Keeps `${...}` and `%{...}` in a text from being evaluated by Terraform. CDKTF's own tokens stay
 * as they are.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function escapeTemplates(text: string): string {
  return text.replace(/\$\{(?!TfToken\[)/g, () => '$${').replace(/%\{/g, () => '%%{');
}

function layer({ base, settings, files = [], keep = [] }: ValuesLayers) {
  const own = merge(baseValues(base), settings);
  const contents = files.map((file) => ({ file, values: readHelmValues(file) }));
  const theirs = contents.reduce((under, { values }) => merge(under, values), {});
  const merger = new Merger(keep);
  const values = merger.map(own, theirs, []);
  const problems = merger.problems.map(({ path, message }) => {
    const source = contents.findLast(({ values }) => has(values, path)) ?? contents.at(-1);
    return `values file ${expandPath(source?.file ?? '')}: ${formatPath(path)} ${message}`;
  });
  return { values, problems };
}

const BASES = new Map<string, YamlMap>();

/** A file of this package, which nothing changes while a program runs: read once for all meshes. */
function baseValues(name: string): YamlMap {
  const before = BASES.get(name);
  if (before !== undefined) return before;
  const values = readHelmValues(packageFile('helm-values', `${name}.yaml`));
  BASES.set(name, values);
  return values;
}

/** Puts the user's values over ours, and finds what would be lost. */
class Merger {
  public readonly problems: { path: readonly string[]; message: string }[] = [];

  public constructor(private readonly keep: readonly KeptValue[]) {}

  public map(ours: YamlMap, theirs: YamlMap, path: readonly string[]): YamlMap {
    const merged: Record<string, unknown> = { ...ours };
    for (const [key, value] of Object.entries(theirs)) {
      merged[key] = this.value(ours[key], value, [...path, key]);
    }
    return merged;
  }

  private value(ours: unknown, theirs: unknown, path: readonly string[]): unknown {
    const kept = this.keep.find(({ path: pattern }) => matches(pattern, path));
    if (kept !== undefined && 'listBy' in kept) return this.list(ours, theirs, kept.listBy, path);
    if (kept !== undefined && kept.never?.includes(theirs) !== false) {
      if (!isDeepStrictEqual(ours, theirs)) this.refuse(path, kept.reason);
      return ours;
    }
    if (isYamlMap(theirs)) return this.map(yamlMap(ours), theirs, path);
    const inside = this.keep.find(
      ({ path: pattern }) =>
        pattern.length > path.length && matches(pattern.slice(0, path.length), path),
    );
    if (inside === undefined || !isYamlMap(ours)) return theirs;
    this.refuse(path, `takes away ${formatPath(inside.path)}, which must stay`);
    return ours;
  }

  private list(ours: unknown, theirs: unknown, key: string, path: readonly string[]): unknown {
    const own = Array.isArray(ours) ? (ours as unknown[]) : [];
    if (theirs === null) return ours;
    if (!Array.isArray(theirs)) {
      this.refuse(path, 'must be a list');
      return ours;
    }
    const left = [...(theirs as unknown[])];
    const merged = own.map((entry) => {
      const i = left.findIndex((other) => sameUnder(key, entry, other));
      if (i < 0) return entry;
      const [same] = left.splice(i, 1);
      return this.value(entry, same, [...path, '*']);
    });
    return [...merged, ...left];
  }

  private refuse(path: readonly string[], message: string): void {
    this.problems.push({ path, message });
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((key, i) => key === path[i]);
}

function sameUnder(key: string, one: unknown, other: unknown): boolean {
  return isYamlMap(one) && isYamlMap(other) && isDeepStrictEqual(one[key], other[key]);
}

function has(values: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (Array.isArray(values)) return values.some((entry) => has(entry, rest));
  return isYamlMap(values) && key in values && has(values[key], rest);
}

function merge(under: YamlMap, over: YamlMap): YamlMap {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) {
      continue;
    }
    const below = merged[key];
    merged[key] = isYamlMap(below) && isYamlMap(value) ? merge(below, value) : value;
  }
  return merged;
}
