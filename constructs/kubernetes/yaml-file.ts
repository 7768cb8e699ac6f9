import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Document, isMap, isNode, isScalar, type Node, type YAMLMap } from 'yaml';
import { isRecord as isYamlMap } from '../is-record';
import { parseYaml, type Position, type YamlOptions } from './yaml-mistakes';

/** A YAML mapping as plain data. */
export type YamlMap = Readonly<Record<string, unknown>>;

export { isYamlMap };

/** The mapping that a value is; an empty one where it is something else. */
export function yamlMap(value: unknown): YamlMap {
  return isYamlMap(value) ? value : {};
}

/** The text under a key; undefined where there is something else or nothing. */
export function textIn(map: YamlMap, key: string): string | undefined {
  const value = map[key];
  return typeof value === 'string' ? value : undefined;
}

/** The maps of a list; none where it is no list. */
export function yamlMaps(value: unknown): YamlMap[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isYamlMap) : [];
}

/**
 * Absolute form of a path that a user wrote: `~` is the home directory, anything relative starts
 * at the directory in which the command was run.
 */
export function expandPath(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}

/**
 * Reads a YAML file whose document is one mapping, as this project reads its own: YAML 1.2.
 *
 * @param what Names the file's role in an error message: `values file`.
 * @throws When the file is missing, is no YAML (with line and column) or is no mapping.
 */
export function readYamlMap(path: string, what: string): YamlMap {
  const { contents, document } = readYaml(path, what);
  return contents === null ? {} : yamlMap(document.toJS());
}

/** A YAML file that was parsed and not yet evaluated. */
export interface YamlFile {
  readonly document: Document.Parsed;
  /** The one mapping of the document; nothing in an empty file. */
  readonly contents: YAMLMap | null;
  /** An error that names the place: that of the node, or the file as a whole where it is none. */
  readonly mistake: (node: unknown, message: string) => Error;
}

/**
 * Parses a YAML file whose document is one mapping.
 *
 * @param what Names the file's role in an error message: `values file`.
 * @param options How it is parsed.
 * @throws When the file is missing, is no YAML (with line and column) or is no mapping.
 */
export function readYaml(path: string, what: string, options: YamlOptions = {}): YamlFile {
  const file = expandPath(path);
  if (!existsSync(file)) {
    throw new Error(`${what} ${file} does not exist; name a file that does`);
  }
  if (statSync(file).isDirectory()) {
    throw new Error(`${what} ${file} is a folder; name a file`);
  }
  const { document, mistakes, positionOf } = parseYaml(readFileSync(file, 'utf8'), options);
  const place = ({ line, column }: Position) => `${what} ${file}:${line}:${column}`;
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    throw new Error(`${place(mistake)} is no valid YAML: ${mistake.message}`);
  }
  const { contents } = document;
  if (contents !== null && !isMap(contents) && !isEmpty(contents)) {
    throw new Error(`${what} ${file}:1:1 must hold a mapping ("key: value"), not a list or a text`);
  }
  return {
    document,
    contents: isMap(contents) ? contents : null,
    mistake: (node, message) => {
      const offset = isNode(node) ? node.range?.[0] : undefined;
      return new Error(
        `${offset === undefined ? `${what} ${file}` : place(positionOf(offset))} cannot be read: ${message}`,
      );
    },
  };
}

/** Comments and nothing else, or the word for nothing. */
function isEmpty(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && /^(~|null|Null|NULL)?$/.test(node.source ?? '');
}
