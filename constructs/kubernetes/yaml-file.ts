import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument } from 'yaml';

/** A YAML mapping as plain data. */
export type YamlMap = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping: neither a list nor a scalar. */
export function isYamlMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Absolute form of a path that a user wrote: `~` is the home directory, anything relative starts
 * at the directory in which the command was run.
 */
export function expandPath(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}

/**
 * Reads a YAML file whose document is one mapping.
 *
 * @param what Names the file's role in an error message: `values file`.
 * @throws When the file is missing, is no YAML (with line and column) or is no mapping.
 */
export function readYamlMap(path: string, what: string): YamlMap {
  const file = expandPath(path);
  if (!existsSync(file)) {
    throw new Error(`${what} ${file} does not exist`);
  }
  if (!statSync(file).isFile()) {
    throw new Error(`${what} ${file} is no file`);
  }
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const { line, col } = lines.linePos(mistake.pos[0]);
    throw new Error(
      `${what} ${file}:${line}:${col} is no valid YAML: ${mistake.message.split('\n')[0]}`,
    );
  }
  if (document.contents === null) {
    return {};
  }
  if (!isMap(document.contents)) {
    throw new Error(`${what} ${file}:1:1 must hold a mapping ("key: value"), not a list or a text`);
  }
  return document.toJS() as YamlMap;
}
