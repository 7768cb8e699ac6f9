import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE } from '../paths';
import { UserError } from '../terminal/user-error';

export interface NpmPackages {
  /** Folder below `.cache`. It names the version, so that another one is fetched anew. */
  readonly name: string;
  /** As `npm install` takes them. */
  readonly packages: readonly string[];
  /** How much is fetched, in megabytes, to say before. */
  readonly megabytes: number;
}

/**
 * npm packages in a folder of their own, fetched at the first use: `npm ci` is not for what few people need.
 *
 * @returns the folder of their programs
 * @throws UserError with the end of what npm said
 */
export function npmPrograms(
  { name, packages, megabytes }: NpmPackages,
  env = process.env,
  cache = CACHE,
): string {
  const folder = path.join(cache, name);
  const programs = path.join(folder, 'node_modules', '.bin');
  if (existsSync(programs)) return programs;
  console.log(`Fetching ${packages.join(' and ')} (${megabytes} MB) ...`);
  // Install scripts build what is only faster.
  const quiet = ['--no-audit', '--no-fund', '--no-save', '--silent', '--ignore-scripts'];
  // Put aside and moved into place, so that an installation that was cut off is never taken for a whole one.
  const aside = `${folder}.${process.pid}`;
  const words = ['install', ...quiet, '--prefix', aside, ...packages];
  try {
    const { status, stdout, stderr, error } = spawnSync('npm', words, { encoding: 'utf8', env });
    if (status !== 0) {
      const said = error?.message ?? `${stdout}${stderr}`.trim().slice(-4000);
      throw new UserError(`"npm ${words.join(' ')}" failed:\n${said}`);
    }
    // Another process may have been faster.
    if (!existsSync(programs)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(aside, folder);
    }
    return programs;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
