import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { types } from 'node:util';

/** What Node.js says of an operation that the machine refused. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  readonly dest?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/**
 * What a machine refuses to every program some day, in words and with what helps: a read-only or full
 * disk, a right that is missing, a port that is taken, a program that is not there.
 *
 * @returns nothing for an error of another sort
 * @see https://man7.org/linux/man-pages/man3/errno.3.html
 */
export function environmentProblem(error: unknown): string | undefined {
  const found = systemError(error);
  return found && describe(found);
}

/** The error itself, or the one behind it: `fetch` hides it as the cause. */
function systemError(error: unknown): SystemError | undefined {
  // Not `instanceof`: one from another context, such as a worker's, is of another class.
  if (!types.isNativeError(error)) return undefined;
  if (isSystemError(error)) return error;
  const several =
    'errors' in error && Array.isArray(error.errors) ? (error.errors as unknown[]) : [];
  return [...several, error.cause].map(systemError).find((inner) => inner !== undefined);
}

function isSystemError(error: Error): error is SystemError {
  return /^E[A-Z0-9]+$/.test(codeOf(error));
}

/** The code of whatever was thrown, of Node.js or OpenSSL; empty where it has none. */
export function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

function describe(error: SystemError): string | undefined {
  const { code, syscall = '', port } = error;
  const known = error.dest ?? error.path;
  const file = known ?? 'a file';
  if (syscall.startsWith('spawn')) return programProblem(error);
  switch (code) {
    case 'EROFS':
      return `${file} cannot be written: its file system is read-only.\nCopy the project to a folder that you may write to, and run the command there.`;
    case 'EACCES':
    case 'EPERM':
      return syscall === 'listen'
        ? `Port ${port} needs rights that you do not have: ports below 1024 are the system's.\nChoose a higher one.`
        : `${file} is closed to you (${code} at ${syscall}).\n"ls -ld ${quoted(file)} ${quoted(path.dirname(file))}" shows whose it is; take the rights that you need, or work in a copy of your own.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${file} cannot be written: ${code === 'ENOSPC' ? 'the disk is full' : 'your quota of the disk is used up'}.\nMake room ("df -h${known === undefined ? '' : ` ${quoted(path.dirname(known))}`}" shows the disk), and run the command again.`;
    case 'EMFILE':
    case 'ENFILE':
      return `Too many files are open at the same time (${code}).\nAllow more for this shell, "ulimit -n 4096", and run the command again.`;
    case 'EADDRINUSE':
      return `Port ${port} is in use by another program.\nEnd that one ("lsof -i :${port}" names it), or choose another port.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${error.address ?? ''}.\n127.0.0.1 must work: "ip address show lo" should list it.`;
    case 'ENOENT':
      if (syscall === 'mkdir') {
        const above = closedAbove(file);
        if (above !== undefined) return describe(Object.assign(above, { path: file }));
      }
      if (syscall === 'open' && !existsSync(path.dirname(path.resolve(file)))) {
        return `${path.dirname(path.resolve(file))} does not exist, so ${path.basename(file)} is not there and cannot be written there.\nMake the folder, or look at the path, which starts at ${path.resolve()} when it is relative.`;
      }
      return syscall === 'uv_cwd'
        ? 'The folder that the command was started in is gone.\nChange to the project\'s folder ("cd ...") and run it again.'
        : `${file} does not exist.\nLook at the path, which starts at ${path.resolve()} when it is relative.`;
    case 'EISDIR':
      return `${file} is a folder, and a file is needed.\nName a file.`;
    case 'ENOTDIR':
      return `${file} leads through a file, where a folder is needed.\nLook at the path.`;
    case 'ENAMETOOLONG':
      return `${file} is too long for a path.\nMove the project to a folder with a shorter path.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${error.hostname ?? 'of the server'} is not known to this machine's DNS.\nLook at the network, or name a proxy (HTTPS_PROXY) or a mirror: docs/troubleshooting.md.`;
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${error.address ?? error.hostname ?? 'The server'}${port === undefined ? '' : `:${port}`} does not answer (${code}).\nLook whether it runs and whether a firewall or a proxy is between.`;
    default:
      return undefined;
  }
}

/**
 * Why nothing can be made in the closest folder above that there is. Node.js says ENOENT of a folder that it
 * cannot make with those above it on a read-only file system.
 */
function closedAbove(file: string): SystemError | undefined {
  let folder = path.dirname(path.resolve(file));
  while (!existsSync(folder) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return systemError(error);
  }
}

/** Explains why a program could not be started: `spawn docker ENOENT`. */
function programProblem({ code, path: program = 'A program' }: SystemError): string | undefined {
  switch (code) {
    case 'ENOENT':
      return `${program} is not installed, or not on the PATH.\nInstall it: the README lists what is needed.`;
    case 'EACCES':
    case 'ENOEXEC':
      return `${program} cannot be run by you (${code}).\n"ls -l ${quoted(program)}" shows its rights; it must be a program for this machine.`;
    case 'EAGAIN':
    case 'ENOMEM':
      return `${program} cannot be started: this machine has no memory or processes left (${code}).\nEnd something, and run the command again.`;
    default:
      return undefined;
  }
}

/** A word, quoted for a shell where it has to be. */
export function quoted(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
