import { isYamlMap } from '../constructs/kubernetes/yaml-file';
import { choice, type Problem } from '../constructs/problems';

/*
 * What is wrong with how settings are written, whichever they are.
 */

/** Something that is written in a way that says nothing, or not what it seems to say. */
export interface WrittenProblem extends Problem {
  /** False where it is the key that is wrong. */
  readonly known?: false;
  /** True where anything else that is wrong with the value says more. */
  readonly yields?: true;
}

/** Where it is, and what is there. */
type Visit = (path: readonly PropertyKey[], value: unknown) => WrittenProblem[];

/** A number as it is written, `0o20`, where that is known. */
type Written = (path: readonly PropertyKey[]) => string | undefined;

/**
 * What nobody can have meant: texts for another program to fill in, characters that nobody sees, numbers that
 * people and YAML read differently, a name that every object of JavaScript has.
 */
export function writtenProblems(settings: unknown, written: Written): WrittenProblem[] {
  return walk(settings, [], (path, value) => {
    const key = path.at(-1);
    const name = typeof key === 'string' ? nameProblem(key) : undefined;
    const text = typeof value === 'string' ? textProblem(path, value) : undefined;
    const number = typeof value === 'number' ? numberProblem(written(path)) : undefined;
    return [
      ...(name === undefined ? [] : [{ path, message: name, known: false as const }]),
      ...(text === undefined ? [] : [{ path, message: text }]),
      ...(number === undefined ? [] : [{ path, message: number, yields: true as const }]),
    ];
  });
}

function walk(value: unknown, path: readonly PropertyKey[], visit: Visit): WrittenProblem[] {
  const entries: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? (value as unknown[]).map((one, i) => [i, one] as const)
    : isYamlMap(value)
      ? Object.entries(value)
      : [];
  return [
    ...(path.length === 0 ? [] : visit(path, value)),
    ...entries.flatMap(([key, one]) => walk(one, [...path, key], visit)),
  ];
}

/** `__proto__` is no key like others: libraries pass over it without a word, with all that is under it. */
function nameProblem(key: string): string | undefined {
  return key === '__proto__'
    ? `"${key}" cannot be a name: every object of JavaScript has it already; take another`
    : undefined;
}

/** Settings whose texts are for other programs, which may know such forms, or by them, as certificates are. */
function isForOthers(path: readonly PropertyKey[]): boolean {
  return (
    path[path.length - 2] === 'annotations' ||
    path.includes('configuration') ||
    path[2] === 'partner'
  );
}

/** `${NAME}`, also within a text, `%{ if }`, `{{ name }}`, `<name>`, and `$NAME` alone or before a path. */
const TEMPLATE = /[$%]\{[^}]*\}?|^\$[A-Za-z_]\w*(?=\/|$)|\{\{.*?\}\}|^<[^<>]+>$/;

function textProblem(path: readonly PropertyKey[], text: string): string | undefined {
  const template = TEMPLATE.exec(text)?.[0];
  if (template !== undefined && (!isForOthers(path) || /^[$%]\{/.test(template))) {
    const whole = template === text ? '' : `has ${template}, and `;
    return (
      `is "${text}"; ${whole}nothing puts a value in its place: settings know no variables and templates; ` +
      (/HOME/.test(template) ? 'write ~ for the home directory' : 'write the value itself')
    );
  }
  if (isForOthers(path)) return undefined;
  const [unseen] = UNSEEN.exec(text) ?? [];
  return unseen === undefined
    ? undefined
    : `has ${nameOf(unseen)} in it, after ${JSON.stringify(text.slice(0, text.indexOf(unseen)))}; take it out`;
}

/** All but the joiners that some languages write words with. */
const UNSEEN = /[\p{Cc}\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

function nameOf(character: string): string {
  const names: Readonly<Record<string, string>> = {
    '\n': 'a line break',
    '\r': 'a line break',
    '\t': 'a tab',
  };
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return names[character] ?? `a character that nobody sees (U+${code})`;
}

/** YAML 1.2 reads `011` as eleven and `0o20` as sixteen; other programs, and people, read other numbers. */
function numberProblem(text: string | undefined): string | undefined {
  if (text === undefined || /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  const read = Number.isFinite(value) && Math.abs(value) < 1e15 ? String(value) : undefined;
  const ways = [
    ...(read === undefined ? [] : [read]),
    ...(/^0\d+$/.test(text) ? [`"${text}", in quotes, where a text is meant`] : []),
  ];
  return `is ${text}, which not everybody reads alike; write it in decimal${ways.length === 0 ? '' : `: ${choice(ways)}`}`;
}
