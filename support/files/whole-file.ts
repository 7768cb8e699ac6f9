import {
  accessSync,
  constants,
  lstatSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { types } from 'node:util';

/**
 * Writes a file whole or not at all: on a full disk, and where the program is killed, what was there before stays,
 * and whoever reads it meanwhile reads the one or the other.
 */
export function writeWhole(file: string, text: string): void {
  const there = lstatSync(file, { throwIfNoEntry: false });
  const target = there?.isSymbolicLink() === true ? linked(file) : file;
  const before = statSync(target, { throwIfNoEntry: false });
  try {
    // A pipe or a device, and a file in a folder that is somebody else's, can be written only where they are.
    if (before !== undefined && !(before.isFile() && isOpen(path.dirname(target)))) {
      writeFileSync(target, text);
    } else {
      replace(target, text, before);
    }
  } catch (error) {
    // Of a full disk Node.js says no path, and of others that of the file beside.
    if (types.isNativeError(error)) Object.assign(error, { path: file, dest: undefined });
    throw error;
  }
}

function replace(file: string, text: string, before: Stats | undefined): void {
  const aside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(aside, text, before && { mode: before.mode });
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Where a link leads; itself where that is not there. */
function linked(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function isOpen(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
