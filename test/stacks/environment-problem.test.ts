import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { environmentProblem } from '../../constructs/environment-problem';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Every problem has a second line: what to do. */
function expectProblem(error: unknown, problem: RegExp): void {
  const text = environmentProblem(error) ?? '';
  expect(text).toMatch(problem);
  expect(text.split('\n')[1]).toMatch(/\w/);
}

describe('What a machine refuses', () => {
  it('is said of files', () => {
    const file = writeFile(folder, 'file', '');
    mkdirSync(path.join(folder, 'folder'));
    const missing = path.join(folder, 'missing');
    expectProblem(
      thrown(() => readFileSync(missing)),
      new RegExp(`^${missing} does not exist\\.`),
    );
    expectProblem(
      thrown(() => readFileSync(path.join(folder, 'folder'))),
      /is a folder, and a file is needed|a file is a folder/,
    );
    expectProblem(
      thrown(() => writeFileSync(path.join(file, 'below'), '')),
      /leads through a file/,
    );
    expectProblem(
      thrown(() => writeFileSync(path.join(folder, 'x'.repeat(300)), '')),
      /is too long/,
    );
  });

  it('is said of a file whose folder is missing', () => {
    const missing = path.join(folder, 'missing');
    expectProblem(
      thrown(() => writeFileSync(path.join(missing, 'a.svg'), '')),
      new RegExp(`^${missing} does not exist, so a\\.svg .* cannot be written`),
    );
  });

  it('is said of a folder whose parent is missing', () => {
    const missing = path.join(folder, 'missing', 'below');
    const error = thrown(() => mkdirSync(missing));
    expectProblem(error, new RegExp(`^${missing} does not exist\\.`));
  });

  it('is said of a full disk, by its folder where that is known', () => {
    const full = (file?: string) =>
      Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write', path: file });
    expect(environmentProblem(full('/a b/x.svg'))).toMatch(
      /^\/a b\/x\.svg cannot be written: the disk is full\.\nMake room \("df -h '\/a b'" shows/,
    );
    expect(environmentProblem(full())).toMatch(/\nMake room \("df -h" shows/);
  });

  it('is said of a folder on a read-only file system, of which Node.js says that it is missing', () => {
    const wanted = path.join(folder, 'missing', 'below');
    const error = thrown(() => mkdirSync(wanted));
    // A double: not every machine may mount a file system.
    const readOnly = Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'access' });
    const access = jest.spyOn(fs, 'accessSync').mockImplementationOnce(() => {
      throw readOnly;
    });
    expectProblem(
      error,
      new RegExp(`^${wanted} cannot be written: its file system is read-only\\.`),
    );
    expect(access).toHaveBeenCalledWith(folder, fs.constants.W_OK);
  });

  it('is said of ports', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const [error] = (await once(createServer().listen(port, '127.0.0.1'), 'error')) as [Error];
    expectProblem(error, new RegExp(`^Port ${port} is in use by another program\\.`));
    taken.close();
    await once(taken, 'close');
    const refused = await fetch(`http://127.0.0.1:${port}`).catch((cause: unknown) => cause);
    expectProblem(refused, new RegExp(`^127.0.0.1:${port} does not answer`));
  });

  it('is said of programs', async () => {
    const [missing] = (await once(spawn('no-such-program'), 'error')) as [Error];
    expectProblem(missing, /^no-such-program is not installed, or not on the PATH\./);
    const file = writeFile(folder, 'no-program', '');
    const [closed] = (await once(spawn(file), 'error')) as [Error];
    expectProblem(closed, /no-program cannot be run by you/);
  });

  it.each([
    ['EROFS', 'open', /read-only/],
    ['ENOSPC', 'write', /disk is full/],
    ['EDQUOT', 'write', /quota/],
    ['EACCES', 'open', /is closed to you/],
    ['EPERM', 'unlink', /is closed to you/],
    ['EMFILE', 'open', /Too many files/],
    ['EACCES', 'listen', /below 1024/],
    ['EAGAIN', 'spawn node', /no memory or processes left/],
    ['ENOENT', 'uv_cwd', /folder that the command was started in is gone/],
  ])('is said of %s at %s, which is not made here', (code, syscall, problem) => {
    const error = Object.assign(new Error(code), { code, syscall, path: '/a/b', port: 80 });
    expectProblem(error, problem);
  });

  it('is no word on faults of the program', () => {
    expect(environmentProblem(new TypeError('x is undefined'))).toBeUndefined();
    expect(environmentProblem('text')).toBeUndefined();
  });
});
