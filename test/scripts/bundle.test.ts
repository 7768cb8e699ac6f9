import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import cdktf from '../../cdktf.json';
import { ROOT } from '../../support/paths';
import { temporaryFolder, writeFile } from '../helpers/files';

/* The build step in front of a synthesis, in a small project: what it must never do is run what was. */

const project = temporaryFolder();

const MAIN = "import { said } from './config/words';\nconsole.log(said);\n";

beforeAll(() => {
  writeFile(project, 'scripts/.keep', '');
  writeFile(project, 'package.json', JSON.stringify({ engines: { node: '>=22.0' } }));
  writeFile(project, 'tsconfig.json', '{}');
  writeFile(project, 'main.ts', MAIN);
  writeFile(project, 'config/words.ts', "export const said: string = 'one';\n");
  for (const file of [
    'scripts/node-version.cjs',
    'scripts/synth.mjs',
    'scripts/bundle.mjs',
    'scripts/made-of.mjs',
    'scripts/make-bundle.mts',
  ]) {
    copyFileSync(path.join(ROOT, file), path.join(project, file));
  }
  writeFile(project, 'constructs/.keep', '');
  copyFileSync(
    path.join(ROOT, 'constructs/environment-problem.ts'),
    path.join(project, 'constructs/environment-problem.ts'),
  );
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'));
});

function synthesised(): string {
  const [program = '', ...words] = cdktf.app.split(' ');
  const { stdout, stderr } = spawnSync(program === 'node' ? process.execPath : program, words, {
    cwd: project,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.trim();
}

const bundle = () => statSync(path.join(project, '.cache/main.js')).mtimeMs;

it('runs main.ts as it is, and bundles it once', () => {
  expect(synthesised()).toBe('one');
  // What was written in the very moment of the first run is not taken for certain.
  expect(synthesised()).toBe('one');
  const made = bundle();
  expect(synthesised()).toBe('one');
  expect(bundle()).toBe(made);
});

describe('What was compiled of the bundle', () => {
  const compiled = path.join(project, '.cache/main.js.compiled');

  it('is kept, and read the next time', () => {
    const made = statSync(compiled).mtimeMs;
    expect(synthesised()).toBe('one');
    expect(statSync(compiled).mtimeMs).toBe(made);
  });

  it.each<[string, (whole: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut short', (whole) => whole.subarray(0, -1)],
    ['damaged', (whole) => Buffer.concat([whole.subarray(0, -9), Buffer.alloc(9)])],
  ])('is made again where the file is %s', (_, spoilt) => {
    const whole = readFileSync(compiled);
    const made = spoilt(whole);
    writeFileSync(compiled, made);
    expect(synthesised()).toBe('one');
    expect(readFileSync(compiled).equals(made)).toBe(false);
  });

  it('is not kept of a run that failed', () => {
    rmSync(compiled);
    writeFile(project, 'main.ts', 'process.exitCode = 1;\n');
    expect(synthesised()).toBe('');
    expect(existsSync(compiled)).toBe(false);
    writeFile(project, 'main.ts', MAIN);
  });

  it('imports what is not in the bundle', () => {
    writeFile(
      project,
      'main.ts',
      "void import('node:path').then((it) => console.log(it.posix.sep));\n",
    );
    expect(synthesised()).toBe('/');
    expect(synthesised()).toBe('/');
    writeFile(project, 'main.ts', MAIN);
  });

  it('is done without where it cannot be written', () => {
    rmSync(compiled, { force: true });
    mkdirSync(compiled);
    expect(synthesised()).toBe('one');
    rmSync(compiled, { recursive: true });
  });
});

it('sees a change of the same length and with the time of before', () => {
  const file = path.join(project, 'config/words.ts');
  const { atime, mtime } = statSync(file);
  writeFile(project, 'config/words.ts', readFileSync(file, 'utf8').replace('one', 'two'));
  utimesSync(file, atime, mtime);
  expect(synthesised()).toBe('two');
});

it('sees a file that is found in place of another one', () => {
  writeFile(project, 'config/words.tsx', "export const said: string = 'three';\n");
  expect(synthesised()).toBe('three');
});

it('has cdktf say the same as without a bundle', () => {
  writeFile(
    project,
    'main.ts',
    `import { TerraformResource, TerraformStack, Testing } from 'cdktf';
const stack = new TerraformStack(Testing.app(), 'stack');
const of = { terraformResourceType: 'null_resource', lifecycle: { createBeforeDestroy: true } };
const scope = new TerraformResource(stack, 'scope', of);
const first = new TerraformResource(scope, 'first', of);
for (const id of ['one', 'two']) {
  new TerraformResource(scope, id, { ...of, dependsOn: [first, scope] });
}
console.log(Testing.synth(stack));
`,
  );
  const unbundled = spawnSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(unbundled.stdout).toMatch(/"null_resource\.scope_first_[0-9A-F]{8}"/);
  expect(synthesised()).toBe(unbundled.stdout.trim());
});

it('says in words what stands in the way of its bundle', () => {
  const file = path.join(project, '.cache/main.js');
  rmSync(file);
  mkdirSync(file);
  const said = synthesised();
  expect(said).toMatch(/is a folder, and a file is needed|a file is a folder/);
  expect(said).not.toMatch(/^ {4}at /m);
});

describe('A command of mesh-federation', () => {
  beforeAll(() => {
    copyFileSync(path.join(ROOT, 'scripts/cli.mjs'), path.join(project, 'scripts/cli.mjs'));
    writeFile(
      project,
      'cli/mesh-federation.ts',
      `export async function main(words: readonly string[]) {
  if (words.includes('one')) (await import('./one.ts')).command();
  else if (words.includes('two')) (await import('./two.ts')).command();
  else console.log('none');
}
`,
    );
    writeFile(project, 'cli/one.ts', "export const command = () => console.log('this is one');\n");
    writeFile(project, 'cli/two.ts', "export const command = () => console.log('this is two');\n");
  });

  const said = (...words: string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['scripts/cli.mjs', ...words], {
      cwd: project,
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`.trim();
  };

  it('runs from a bundle of its own, without what others import', () => {
    expect(said('two')).toBe('this is two');
    expect(said('--verbose', 'one')).toBe('this is one');
    expect(readFileSync(path.join(project, '.cache/cli-one.js'), 'utf8')).not.toContain('is two');
    expect(said('--help')).toBe('none');
  });

  it('is never what it was before a change', () => {
    writeFile(project, 'cli/one.ts', "export const command = () => console.log('one anew');\n");
    expect(said('one')).toBe('one anew');
  });
});
