import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isMap, isPair, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';
import { environmentProblem } from '../constructs/environment-problem';
import { isYamlMap, type YamlMap, yamlMap } from '../constructs/kubernetes/yaml-file';
import { parseYaml, type Position, type YamlText } from '../constructs/kubernetes/yaml-mistakes';
import { ConfigError, type LocatedProblem } from './problems';

/** A file of settings: what is in it, and where. */
export class SettingsFile {
  private constructor(
    /** As it is called in messages. */
    public readonly name: string,
    /** Where relative paths in it start. */
    public readonly folder: string,
    private readonly text: YamlText,
  ) {}

  /**
   * @param file path of the file
   * @param name as it is called in messages
   * @throws ConfigError when there is none, or it cannot be read
   */
  public static read(file: string, name: string): SettingsFile {
    let source: string;
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      const message =
        'is a folder, and must be a file; move it away, or name a file in FEDERATION_CONFIG';
      throw new ConfigError([{ path: [], message }], name);
    }
    try {
      source = readFileSync(file, 'utf8');
    } catch (error) {
      const message = environmentProblem(error)?.replace('.\n', '; ');
      if (message === undefined) throw error;
      throw new ConfigError([{ path: [], message }], name);
    }
    const text = parseYaml(source);
    const mistakes = text.mistakes.filter(({ readable }) => !readable);
    if (mistakes.length > 0) {
      throw new ConfigError(
        text.mistakes.map(({ message, ...position }) => ({ path: [], message, position })),
        name,
      );
    }
    const tagged = tagProblems(text);
    if (tagged.length > 0) throw new ConfigError(tagged, name);
    const { contents } = text.document;
    if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null)) {
      const message = 'must hold settings ("aws:" and so on), not a list or a text';
      throw new ConfigError([{ path: [], message, position: { line: 1, column: 1 } }], name);
    }
    return new SettingsFile(name, path.dirname(file), text);
  }

  /** The settings in it. */
  public get settings(): YamlMap {
    return yamlMap(this.text.document.toJS());
  }

  /** Keys that are set twice. */
  public get mistakes() {
    return this.text.mistakes.map(({ message, line, column }) => ({
      path: [],
      message,
      position: { line, column },
    }));
  }

  /**
   * Where a setting is in the file, or else the nearest one around it that is.
   *
   * @param key whether the key is meant, not the value
   */
  public positionOf(setting: readonly PropertyKey[], key = false): Position | undefined {
    const found = this.find(setting);
    if (found === undefined) return undefined;
    const { pair, node, whole } = found;
    // What is wrong is the value; where a setting within it is missing, the key says more.
    const scalar = !key && whole && isScalar(node) && node.value !== null ? node : undefined;
    const name = pair?.key;
    const range = (scalar ?? (isScalar(name) ? name : node))?.range ?? undefined;
    return range && this.text.positionOf(range[0]);
  }

  /** A number or a word like true as it is written, without quotes. */
  public writtenAt(setting: readonly PropertyKey[]): string | undefined {
    const found = this.find(setting);
    if (found?.whole !== true || !isScalar(found.node)) return undefined;
    const { type, source, value } = found.node;
    return type === 'PLAIN' && typeof value !== 'string' && value !== null ? source : undefined;
  }

  private find(setting: readonly PropertyKey[]): Found | undefined {
    let found: Found | undefined;
    let node: unknown = this.text.document.contents;
    for (const [depth, key] of setting.entries()) {
      const whole = depth === setting.length - 1;
      if (isMap(node)) {
        const pair: Pair | undefined = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(key),
        );
        if (pair === undefined) return found && { ...found, whole: false };
        node = pair.value;
        found = { pair, node: pair.value as Node | null, whole };
      } else if (isSeq(node)) {
        const item: unknown = node.items[Number(key)];
        if (item === undefined || isPair(item)) return found && { ...found, whole: false };
        node = item;
        found = { node: item as Node | null, whole };
      } else return found && { ...found, whole: false };
    }
    return found;
  }
}

/** Tags that say what a plain value is anyway. */
const PLAIN_TAGS = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(
  (type) => `tag:yaml.org,2002:${type}`,
);

/** Tags of other programs, such as CloudFormation's, which would be passed over without a word. */
function tagProblems({ document, positionOf }: YamlText): LocatedProblem[] {
  const problems: LocatedProblem[] = [];
  visit(document, {
    Node(_, node) {
      if (!('tag' in node) || node.tag === undefined || PLAIN_TAGS.includes(node.tag)) return;
      const written = node.tag.replace(/^tag:yaml\.org,2002:/, '!!');
      problems.push({
        path: [],
        message: `has the tag ${written}, which settings do not know; write the value without it`,
        position: positionOf(node.range?.[0] ?? 0),
      });
    },
  });
  return problems;
}

interface Found {
  readonly pair?: Pair;
  readonly node: Node | null;
  /** Whether it is the setting itself, not one around it. */
  readonly whole: boolean;
}

/** Settings that are paths of files, `*` for any key. Relative ones start at the file that names them. */
export const FILE_SETTINGS = [
  ['clusters', '*', 'path'],
  ['clusters', '*', 'apiServerCa'],
  ['meshes', '*', 'partner'],
  ['meshes', '*', 'charts', 'path'],
  ['meshes', '*', 'values', '*'],
  ['meshes', '*', 'values', '*', '*'],
  ['federation', 'trust', 'roots', '*'],
] as const;

/** How a path that is written is made absolute. */
type Resolve = (written: string) => string;

/** Settings whose paths of files start at the file that names them. */
export interface PlacedSettings {
  readonly settings: YamlMap;
  /** A message with these paths as they are written. */
  readonly asWritten: (message: string) => string;
}

/** The settings with absolute paths of files. */
export function withAbsolutePaths(settings: YamlMap, folder: string): PlacedSettings {
  const written = new Map<string, string>();
  const resolve: Resolve = (text) => {
    const absolute = path.resolve(folder, text);
    written.set(absolute, text);
    return absolute;
  };
  return {
    settings: FILE_SETTINGS.reduce(
      (value, pattern) => resolveIn(value, pattern, resolve),
      settings,
    ),
    asWritten: (message) =>
      [...written].reduce((text, [absolute, own]) => text.replaceAll(absolute, own), message),
  };
}

function resolveAt(value: unknown, [key, ...rest]: readonly string[], resolve: Resolve): unknown {
  if (key === undefined) {
    // A URL is no path, and says so itself.
    return typeof value === 'string' && !/^(\s*$|~|[a-z][a-z0-9+.-]*:\/\/)/i.test(value)
      ? resolve(value)
      : value;
  }
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return key === '*' ? list.map((one) => resolveAt(one, rest, resolve)) : list;
  }
  return isYamlMap(value) ? resolveIn(value, [key, ...rest], resolve) : value;
}

function resolveIn(map: YamlMap, [key, ...rest]: readonly string[], resolve: Resolve): YamlMap {
  return Object.fromEntries(
    Object.entries(map).map(([name, one]) => [
      name,
      key === '*' || key === name ? resolveAt(one, rest, resolve) : one,
    ]),
  );
}
