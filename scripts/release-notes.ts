/**
 * `npm run release-notes -- 1.2.3` prints what the changelog says of a version, for its release. It
 * refuses a version that is not package.json's, or of which the changelog says nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { version as packageVersion } from '../package.json';
import { ROOT } from '../support/paths';

/**
 * The section of a changelog, without its title.
 *
 * @throws Error when there is none, or nothing in it.
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((one) => /^\[?([^\]\s]+)/.exec(one)?.[1] === version);
  const notes = section?.split('\n').slice(1).join('\n').trim() ?? '';
  if (notes === '') {
    throw new Error(`CHANGELOG.md says nothing of ${version}; give it a section "## ${version}"`);
  }
  return notes;
}

function main([version = '']: readonly string[]): void {
  if (version !== packageVersion) {
    throw new Error(
      `"${version}" is not the version of package.json, ${packageVersion}; tag that one`,
    );
  }
  console.log(releaseNotes(readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8'), version));
}

if (require.main === module) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
