import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from '../config';
import { accessPlan } from '../config/access-plan';
import { drawing } from '../constructs/federation/plan';
import { svg } from '../support/diagram/svg';
import { withFaults } from '../support/doctor/page';
import { ROOT } from '../support/paths';
import { SCHEMA_FILE } from '../support/settings/file-text';
import { settingsPage } from '../support/settings/page';
import { settingsSchema } from '../support/settings/schema';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { versionsPage, withRehearsalVersions } from '../support/versions/page';

/*
 * Makes the pages that come from the source: docs/api from the doc comments, docs/settings.md and
 * docs/federation.schema.json from the schema of the settings, docs/versions.md and a paragraph of
 * docs/rehearsal.md from the catalog of versions, the table of docs/doctor.md from its test, and the picture
 * of the default pair. With `--check` it changes nothing, and fails when the pages that are there are other
 * ones.
 */

const API = path.join(ROOT, 'docs', 'api');

/** The other pages, each with its text. */
async function otherPages(): Promise<readonly (readonly [file: string, text: string])[]> {
  return [
    ['docs/settings.md', settingsPage()],
    [SCHEMA_FILE, `${JSON.stringify(settingsSchema(), null, 2)}\n`],
    ['docs/versions.md', versionsPage()],
    ['docs/rehearsal.md', withRehearsalVersions(read('docs/rehearsal.md'))],
    ['docs/doctor.md', withFaults(read('docs/doctor.md'))],
    ['docs/images/federation.svg', await defaultPair()],
  ];
}

/** What `npm run diagram` draws where there is no `federation.yaml`. */
function defaultPair(): Promise<string> {
  const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['192.0.2.0/24'] } } });
  return svg(drawing(accessPlan(config)));
}

async function main(): Promise<number> {
  const others = await otherPages();
  if (!process.argv.includes('--check')) {
    makeApi(API);
    for (const [file, text] of others) writeFileSync(path.join(ROOT, file), text);
    return EXIT.right;
  }
  const fresh = mkdtempSync(path.join(tmpdir(), 'mesh-docs-'));
  try {
    makeApi(fresh);
    const stale = [
      ...differences(pages(API), pages(fresh)).map((page) => path.join('docs', 'api', page)),
      ...others.flatMap(([file, text]) => (read(file) === text ? [] : [file])),
    ];
    if (stale.length > 0) {
      console.error(`Not as the source has it; run "npm run docs":\n  ${stale.join('\n  ')}`);
    }
    return stale.length === 0 ? EXIT.right : EXIT.wrong;
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

void runProgram(main);

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

function makeApi(folder: string): void {
  const { status, error } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'node_modules/typedoc/bin/typedoc'), '--logLevel', 'Warn', '--out', folder],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (status !== 0) throw error ?? new Error('typedoc failed: see above');
}

function pages(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => statSync(path.join(folder, file)).isFile())
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
  );
}

function differences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name)).sort();
}
