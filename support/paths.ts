import { homedir } from 'node:os';
import path from 'node:path';
import { inRepository } from '../constructs/command-line';

/** Where the program's own files are: the project's root, or the package's `dist`. */
export const ROOT = path.resolve(__dirname, '..');

/** Where the user's files are: the settings, what is synthesised, `node_modules`. */
export const PROJECT = inRepository() ? ROOT : process.cwd();

/** Pages that messages name. */
export const DOCS = path.join(ROOT, inRepository() ? '' : '..', 'docs');

/** What can be fetched or built again at any time; never committed. */
export const CACHE = inRepository()
  ? path.join(ROOT, '.cache')
  : path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'mesh-federation');

/** The `package.json` of a package that is installed in the user's project, if it is. */
export function installedManifest(name: string): string | undefined {
  try {
    return require.resolve(`${name}/package.json`, { paths: [PROJECT, ROOT] });
  } catch {
    return undefined;
  }
}
