/**
 * `npm run build` makes `dist/`, what the package has: the constructs as JavaScript, with declarations and
 * source maps, the program `mesh-federation` as one file, and the files that either reads when it is used.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import manifest from '../package.json';
import { COMMANDS } from '../cli/mesh-federation';
import { ROOT } from '../support/paths';

const DIST = path.join(ROOT, 'dist');

/** One folder below `dist`, as constructs/package-files.ts has to be. */
const PROGRAM = path.join(DIST, 'cli', 'mesh-federation.js');

/**
 * Read when they are used: charts' values, programs that are shipped to the clusters as they are, and what
 * the rehearsal fetches and starts.
 */
const DATA = [
  'helm-values',
  'constructs/federation/jobs',
  'weather',
  'rehearsal/requirements.txt',
  'rehearsal/flood.mjs',
  'support/terraform/in-cdktf.cjs',
];

function compileConstructs(): number {
  const compiler = spawnSync(
    process.execPath,
    [path.join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--project', 'tsconfig.build.json'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  return compiler.status ?? 1;
}

/**
 * The program with the packages that only it uses, of which nobody who imports constructs has to install
 * any. What constructs use it shares with them.
 */
async function bundleProgram(): Promise<void> {
  const { metafile } = await build({
    entryPoints: ['cli/mesh-federation.ts'],
    absWorkingDir: ROOT,
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    target: `node${/[\d.]+/.exec(manifest.engines.node)?.[0]}`,
    external: [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      ...Object.entries(COMMANDS)
        .filter(([, { ofRepository }]) => ofRepository)
        .map(([name]) => `./${name}.ts`),
    ],
    // Users can do nothing about what cdktf calls that Node.js deprecates.
    banner: { js: '#!/usr/bin/env node\nprocess.noDeprecation = true;' },
    // Names stay, for what a fault of the program prints.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  chmodSync(PROGRAM, 0o755);
  writeFileSync(
    path.join(path.dirname(PROGRAM), 'LICENSES.txt'),
    licences(Object.keys(metafile.inputs)),
  );
}

/** The licences of the packages that the files are of, as each package has them. */
function licences(files: readonly string[]): string {
  const folders = files.flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'),
    ) as { readonly name: string; readonly version: string; readonly license?: string };
    if (license === undefined) throw new Error(`${folder}/package.json names no licence`);
    const own = readdirSync(path.join(ROOT, folder)).filter((file) =>
      /^(licen[cs]e|notice|copying)/i.test(file),
    );
    const said = own.map((file) => readFileSync(path.join(ROOT, folder, file), 'utf8').trim());
    return [`${name} ${version}: ${license}`, ...said].join('\n\n');
  });
  return `mesh-federation.js holds these packages.\n\n${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function main(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  process.exitCode = compileConstructs();
  for (const name of DATA) {
    cpSync(path.join(ROOT, name), path.join(DIST, name), {
      recursive: true,
      filter: (file) => !file.endsWith('tsconfig.json'),
    });
  }
  await bundleProgram();
}

void main();
