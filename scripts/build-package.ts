/**
 * `npm run build` compiles the constructs to `dist/`, as the package has them: JavaScript, declarations,
 * source maps, and the files that constructs read when they are used.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/paths';

const DIST = path.join(ROOT, 'dist');

/** Data of the constructs: charts' values, and programs that are shipped to the clusters as they are. */
const DATA = ['helm-values', 'constructs/federation/jobs'];

rmSync(DIST, { recursive: true, force: true });
const compiler = spawnSync(
  process.execPath,
  [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json'],
  { cwd: ROOT, stdio: 'inherit' },
);
for (const folder of DATA) {
  cpSync(path.join(ROOT, folder), path.join(DIST, folder), {
    recursive: true,
    filter: (file) => !file.endsWith('tsconfig.json'),
  });
}
process.exitCode = compiler.status ?? 1;
