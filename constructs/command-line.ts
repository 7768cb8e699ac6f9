import { existsSync } from 'node:fs';
import { packageFile } from './package-files';

/**
 * How a command of the program `mesh-federation` is called where this code runs: by its short form in the
 * repository, by npx where the package is installed.
 *
 * @param command such as `policy` or `kind up`
 * @param options such as `--json`
 * @param quiet whether its output goes to a file or a pipe, where npm's own words must not be
 * @internal
 */
export function commandLine(command: string, options = '', quiet = false): string {
  if (!inRepository()) return `npx mesh-federation ${command}${options && ` ${options}`}`;
  const script = command.replace(' ', ':');
  return `npm run ${quiet ? '-s ' : ''}${script}${options && ` -- ${options}`}`;
}

/**
 * Whether this is the repository, and not the package that is built from it.
 *
 * @internal
 */
export function inRepository(): boolean {
  // The package has its own one folder higher.
  return existsSync(packageFile('package.json'));
}
