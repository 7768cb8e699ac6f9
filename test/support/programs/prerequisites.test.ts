import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { devDependencies } from '../../../package.json';
import {
  atLeast,
  checkCdktf,
  checkNode,
  checkPython,
  checkTerraform,
} from '../../../support/programs/prerequisites';
import { NODE_TOOL, PYTHON } from '../../../versions';

let bin: string;

beforeEach(() => {
  bin = mkdtempSync(path.join(os.tmpdir(), 'bin-'));
});

afterEach(() => rmSync(bin, { recursive: true }));

/** A machine on which only these programs are installed. */
function machine(programs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  return { ...env, PATH: bin };
}

/** A Python of this version; `venv` says whether it has the module. */
const python = (version: string, venv = true) =>
  `case "$2" in *version_info*) echo ${version};; *) exit ${venv ? 0 : 1};; esac`;

const terraform = (version: string) => `echo '{"terraform_version": "${version}"}'`;

describe('Versions', () => {
  test.each([
    ['1.11.0', '1.11.0', true],
    ['1.9.8', '1.11.0', false],
    ['2.0.0', '1.11.4', true],
    ['20.19', '20.19.0', true],
  ])('%s is at least %s: %s', (version, minimum, expected) => {
    expect(atLeast(version, minimum)).toBe(expected);
  });
});

describe('Node.js', () => {
  test('is measured by what package.json asks for', () => {
    expect(checkNode('18.20.0')).toMatchObject({
      problem: `is 18.20.0, and must be ${NODE_TOOL.minimum} or later`,
    });
    expect(checkNode('22.20.0')).toMatchObject({ version: '22.20.0' });
  });
});

describe('cdktf', () => {
  const TERMINAL = '@cdktf/node-pty-prebuilt-multiarch';
  const pinned = devDependencies['cdktf-cli'];

  /** An installation with this code in place of the compiled module. */
  function installed(version: string, module: string): string {
    const terminal = path.join(bin, 'node_modules', TERMINAL);
    mkdirSync(terminal, { recursive: true });
    writeFileSync(path.join(terminal, 'index.js'), module);
    const manifest = path.join(bin, 'package.json');
    writeFileSync(manifest, JSON.stringify({ version }));
    return manifest;
  }

  test('of this project starts in the Node.js that runs the tests', () => {
    expect(checkCdktf()).toEqual({ name: 'cdktf', program: 'cdktf', version: pinned });
  });

  test('that was installed with another Node.js is told with how to rebuild its module', () => {
    expect(checkCdktf(installed(pinned, ''))).toMatchObject({ version: pinned });
    expect(checkCdktf(installed(pinned, 'require("./build/Release/pty.node")'))).toEqual({
      name: 'cdktf',
      problem: `cannot start: its module ${TERMINAL} was not installed for the Node.js that runs now, ${process.versions.node} (${process.platform}-${process.arch})`,
      remedy: expect.stringMatching(new RegExp(`^npm rebuild ${TERMINAL}, .* C\\+\\+ compiler`)),
    });
  });

  test('of another version is refused', () => {
    expect(checkCdktf(installed('0.20.0', ''))).toMatchObject({
      problem: `is 0.20.0, and must be ${pinned}`,
      remedy: 'npm ci',
    });
  });
});

describe('Python', () => {
  test('is named with how to get it when it is missing', () => {
    expect(checkPython(machine({}))).toMatchObject({
      problem: 'is not on the PATH',
      remedy: expect.stringContaining('apt-get install python3 python3-venv'),
    });
  });

  test('that is too old is passed over for a newer one', () => {
    expect(
      checkPython(machine({ python3: python('3.9.6'), 'python3.12': python('3.12.1') })),
    ).toMatchObject({ program: 'python3.12', version: '3.12.1' });
    rmSync(path.join(bin, 'python3.12'));
    expect(checkPython(machine({}))).toMatchObject({
      problem: `is 3.9.6, and must be ${PYTHON.minimum} or later`,
    });
  });

  test('without its venv module names the package of that module', () => {
    expect(checkPython(machine({ python3: python('3.11.2', false) }))).toMatchObject({
      problem: '3.11.2 lacks its venv module',
      remedy: 'Debian, Ubuntu: apt-get install python3.11-venv',
    });
  });
});

describe('Terraform or OpenTofu', () => {
  test('is Terraform where both are there', () => {
    const env = machine({ terraform: terraform('1.12.0'), tofu: terraform('1.11.0') });
    expect(checkTerraform(env)).toMatchObject({ program: 'terraform', version: '1.12.0' });
  });

  test('is OpenTofu where there is no Terraform, or a person chose it', () => {
    expect(checkTerraform(machine({ tofu: terraform('1.11.1') }))).toMatchObject({
      program: 'tofu',
    });
    const both = machine(
      { terraform: terraform('1.12.0'), tofu: terraform('1.11.1') },
      { TERRAFORM_BINARY_NAME: 'tofu' },
    );
    expect(checkTerraform(both)).toMatchObject({ program: 'tofu' });
  });

  test('is not taken for missing where it hangs', () => {
    expect(checkTerraform(machine({ terraform: 'exec /bin/sleep 600' }), 200)).toMatchObject({
      problem: 'has not answered "terraform version" in 0.2 s',
    });
  });

  test.each([
    [{}, {}, 'is not on the PATH'],
    [{ terraform: terraform('1.9.0') }, {}, 'is 1.9.0 (terraform), and must be 1.11.0 or later'],
    [{}, { TERRAFORM_BINARY_NAME: 'tf' }, 'does not run: TERRAFORM_BINARY_NAME names "tf"'],
  ])('%j with %j: %s', (programs, env, problem) => {
    expect(checkTerraform(machine(programs, env))).toMatchObject({ problem });
  });
});
