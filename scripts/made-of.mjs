// @ts-check
/* What a bundle was made of, and whether that is still so. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.dirname(import.meta.dirname);
/** The first line of the bundle says what it was made of. */
export const MADE_OF = '//made-of ';

/**
 * Another one for each change: the time of a file's last change cannot be set back.
 *
 * @param {string} file
 */
export function stateOf(file) {
  const found = statSync(path.join(ROOT, file), { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.ino} ${found.size} ${found.ctimeMs}`;
}

/**
 * The state of each file and folder, by its path.
 *
 * @param {string} bundle
 * @returns {Readonly<Record<string, string>>}
 */
function madeOf(bundle) {
  if (!existsSync(bundle)) return {};
  const start = Buffer.alloc(1024 * 1024);
  const file = openSync(bundle, 'r');
  const text = start.toString('utf8', 0, readSync(file, start));
  closeSync(file);
  const end = text.indexOf('\n');
  return text.startsWith(MADE_OF) && end > 0 ? JSON.parse(text.slice(MADE_OF.length, end)) : {};
}

/** @param {string} bundle */
export function isCurrent(bundle) {
  const files = Object.entries(madeOf(bundle));
  return files.length > 0 && files.every(([file, state]) => stateOf(file) === state);
}
