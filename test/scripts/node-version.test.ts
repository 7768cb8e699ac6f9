import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import cdktf from '../../cdktf.json';
import packageJson from '../../package.json';
import { ROOT } from '../../support/paths';
import { temporaryFolder, writeFile } from '../helpers/files';

const SCRIPT = 'scripts/node-version.cjs';

const project = temporaryFolder();
mkdirSync(path.join(project, 'scripts'));
copyFileSync(path.join(ROOT, SCRIPT), path.join(project, SCRIPT));
writeFile(project, 'program.cjs', "console.log('started');\n");

/** What a program prints whose project asks for this version. */
function started(node: string) {
  writeFile(project, 'package.json', JSON.stringify({ engines: { node } }));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', `./${SCRIPT}`, 'program.cjs'],
    { cwd: project, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

it('says which Node.js is needed, and starts nothing with an older one', () => {
  expect(started('>=99.9')).toEqual({
    status: 2,
    stdout: '',
    stderr:
      `Node.js is ${process.versions.node}, and must be 99.9 or later: https://nodejs.org/en/download, ` +
      'or: nvm install 22\n',
  });
});

it('lets that version and later ones be', () => {
  const [major, minor] = process.versions.node.split('.');
  for (const least of [`>=${major}.${minor}`, `>=${major}.0`, '>=18.99']) {
    expect(started(least)).toEqual({ status: 0, stdout: 'started\n', stderr: '' });
  }
});

it('is asked before all that starts from a bundle, which TypeScript makes', () => {
  const started = [...Object.values(packageJson.scripts), cdktf.app];
  const bundled = started.filter((line) => / scripts\/\w+\.mjs/.test(line));
  expect(bundled.length).toBeGreaterThan(10);
  for (const line of bundled) expect(line).toMatch(`-r ./${SCRIPT} `);
});
