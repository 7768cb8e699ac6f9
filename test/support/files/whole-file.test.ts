import fs, { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { environmentProblem } from '../../../constructs/environment-problem';
import { writeWhole } from '../../../support/files/whole-file';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();
const file = path.join(folder, 'a.svg');

afterEach(() => {
  jest.restoreAllMocks();
});

/** The disk takes some bytes and no more. */
function fillDisk(): void {
  const write = fs.writeFileSync;
  jest.spyOn(fs, 'writeFileSync').mockImplementation((to, text) => {
    write(to, typeof text === 'string' ? text.slice(0, 2) : '');
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  });
}

describe('A file', () => {
  it('is new, or takes the place of another one with its mode', () => {
    writeWhole(file, 'one');
    expect(readFileSync(file, 'utf8')).toBe('one');
    chmodSync(file, 0o600);
    writeWhole(file, 'another');
    expect(readFileSync(file, 'utf8')).toBe('another');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.svg']);
  });

  it('is not there, or as it was, where the disk is full', () => {
    writeFile(folder, 'a.svg', 'before');
    fillDisk();
    const problem = (to: string) => {
      try {
        writeWhole(to, 'after');
      } catch (error) {
        return environmentProblem(error);
      }
      return undefined;
    };
    expect(problem(file)).toMatch(`${file} cannot be written: the disk is full.`);
    expect(problem(path.join(folder, 'new'))).toMatch('/new cannot be written: the disk is full.');
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['a.svg']);
  });

  it('is written where a link leads, and to what is no file as it is', () => {
    const link = path.join(folder, 'link');
    symlinkSync(file, link);
    writeWhole(link, 'by the link');
    expect(readFileSync(file, 'utf8')).toBe('by the link');
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(() => writeWhole('/dev/null', 'anything')).not.toThrow();
    expect(statSync('/dev/null').isFile()).toBe(false);
  });
});
