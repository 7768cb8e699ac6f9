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
    const name = typeof key === 'string' ? nameProblem(path, key) : undefined;
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
function nameProblem(path: readonly PropertyKey[], key: string): string | undefined {
  if (key === '__proto__') {
    return `"${key}" cannot be a name: every object of JavaScript has it already; take another`;
  }
  return isForOthers(path) ? undefined : unseenProblem(key, 'in its name');
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
  return unseenProblem(text, 'in it');
}

function unseenProblem(text: string, where: string): string | undefined {
  const [unseen] = UNSEEN.exec(text) ?? [];
  return unseen === undefined
    ? undefined
    : `has ${nameOf(unseen)} ${where}, after ${JSON.stringify(text.slice(0, text.indexOf(unseen)))}; take it out`;
}

/** Letters, digits and signs of other writings that look like those of ASCII: `і`, `－`, `０`. */
const ALIKE =
  /[\p{Script=Cyrillic}\p{Script=Greek}\u00a0\u0131\u2000-\u200a\u2010-\u2015\u2018-\u201f\u202f\u2044\u2212\u3000\uff01-\uff5e]/u;

/** What nobody can see in a mistake: that a character of the text is not the one that it looks like. */
export function alikeNote(text: string): string {
  const [character] = ALIKE.exec(text) ?? [];
  return character === undefined
    ? ''
    : ` ("${character}" in it is U+${codeOf(character)}, which only looks like another)`;
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** All but the joiners that some languages write words with. */
const UNSEEN = /[\p{Cc}\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

function nameOf(character: string): string {
  const names: Readonly<Record<string, string>> = {
    '\n': 'a line break',
    '\r': 'a line break',
    '\t': 'a tab',
  };
  return names[character] ?? `a character that nobody sees (U+${codeOf(character)})`;
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
