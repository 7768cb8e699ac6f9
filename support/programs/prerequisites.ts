import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devDependencies } from '../../package.json';
import { inRepository } from '../../constructs/command-line';
import { codeOf } from '../../constructs/environment-problem';
import { NODE_TOOL, OPENTOFU, PYTHON, TERRAFORM } from '../../versions';
import { installedManifest } from '../paths';
import { UserError } from '../terminal/user-error';

/** What was found of one program that must be on the machine. */
export type Prerequisite = Found | Missing;

export interface Found {
  readonly name: string;
  /** The program to call, e.g. `python3.12`. */
  readonly program: string;
  readonly version: string;
}

export interface Missing {
  readonly name: string;
  /** What follows the name in a sentence, without a full stop: `is not on the PATH`. */
  readonly problem: string;
  /** How to get it. */
  readonly remedy: string;
}

/** The candidates for Python, the plain name first, since that is the one people set up. */
const PYTHONS = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

export function isMissing(prerequisite: Prerequisite): prerequisite is Missing {
  return 'problem' in prerequisite;
}

/** What is missing, and how to get it. */
export function missingText({ name, problem, remedy }: Missing): string {
  return `${name} ${problem}. ${remedy}`;
}

/** @throws UserError when it is missing */
export function needed(prerequisite: Prerequisite): Found {
  if (isMissing(prerequisite)) throw new UserError(missingText(prerequisite));
  return prerequisite;
}

/** Is `version` at least `minimum`? Both as in `1.11.4`. */
export function atLeast(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((v) => v.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export function checkNode(version = process.versions.node): Prerequisite {
  const { minimum } = NODE_TOOL;
  return atLeast(version, minimum)
    ? { name: 'Node.js', program: process.execPath, version }
    : {
        name: 'Node.js',
        problem: `is ${version}, and must be ${minimum} or later`,
        remedy: 'https://nodejs.org/en/download, or: nvm install 22',
      };
}

/** What cdktf runs Terraform in; compiled, and so of one version of Node.js and one kind of machine. */
const TERMINAL = '@cdktf/node-pty-prebuilt-multiarch';

/** cdktf in the pinned version, as this Node.js can start it. */
export function checkCdktf(manifest = installedManifest('cdktf-cli')): Prerequisite {
  const name = 'cdktf';
  const wanted = devDependencies['cdktf-cli'];
  const found =
    manifest === undefined
      ? undefined
      : (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  if (manifest === undefined || found !== wanted) {
    return {
      name,
      problem: found === undefined ? 'is not installed' : `is ${found}, and must be ${wanted}`,
      remedy: inRepository() ? 'npm ci' : `npm install --save-exact cdktf-cli@${wanted}`,
    };
  }
  // In a process of its own, since it prints what it tries.
  const load = ['-e', 'require(process.argv[1])', createRequire(manifest).resolve(TERMINAL)];
  return output(process.execPath, load, process.env) === undefined
    ? {
        name,
        problem: `cannot start: its module ${TERMINAL} was not installed for the Node.js that runs now, ${process.versions.node} (${process.platform}-${process.arch})`,
        remedy: `npm rebuild ${TERMINAL}, which compiles it unless it brings it for this Node.js: then it needs Python, make and a C++ compiler. Or take the Node.js that was there at the installation.`,
      }
    : { name, program: 'cdktf', version: found };
}

/** Python with what `python -m venv` needs. Debian and Ubuntu ship that in a package of its own. */
export function checkPython(env: NodeJS.ProcessEnv = process.env): Prerequisite {
  const name = 'Python 3';
  let tooOld: string | undefined;
  for (const program of PYTHONS) {
    const version = output(
      program,
      ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'],
      env,
    );
    if (version === undefined) continue;
    if (!atLeast(version, PYTHON.minimum)) {
      tooOld ??= version;
      continue;
    }
    if (output(program, ['-c', 'import ensurepip, venv'], env) === undefined) {
      return {
        name,
        problem: `${version} lacks its venv module`,
        remedy: `Debian, Ubuntu: apt-get install python${version.split('.').slice(0, 2).join('.')}-venv`,
      };
    }
    return { name, program, version };
  }
  return {
    name,
    problem:
      tooOld === undefined
        ? 'is not on the PATH'
        : `is ${tooOld}, and must be ${PYTHON.minimum} or later`,
    remedy:
      'Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python; https://www.python.org/downloads/',
  };
}

/**
 * Terraform, or OpenTofu where there is no Terraform or `TERRAFORM_BINARY_NAME` names it. That
 * variable is the one which cdktf itself reads.
 */
export function checkTerraform(
  env: NodeJS.ProcessEnv = process.env,
  timeout = TIMEOUT,
): Prerequisite {
  const name = 'Terraform or OpenTofu';
  const chosen = env['TERRAFORM_BINARY_NAME'];
  let unfit: string | undefined;
  for (const program of chosen ? [chosen] : ['terraform', 'tofu']) {
    const words = ['version', '-json'];
    const ran = run(program, words, { ...env, CHECKPOINT_DISABLE: '1' }, timeout);
    if (codeOf(ran.error) === 'ETIMEDOUT') {
      unfit ??= `has not answered "${program} version" in ${timeout / 1000} s`;
    }
    const version = ran.status === 0 ? terraformVersion(ran.stdout) : undefined;
    if (version === undefined) continue;
    const { minimum } = program.includes('tofu') ? OPENTOFU : TERRAFORM;
    if (atLeast(version, minimum)) return { name, program, version };
    unfit ??= `is ${version} (${program}), and must be ${minimum} or later`;
  }
  return {
    name,
    problem:
      unfit ??
      (chosen ? `does not run: TERRAFORM_BINARY_NAME names "${chosen}"` : 'is not on the PATH'),
    remedy:
      'https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/',
  };
}

function terraformVersion(json: string): string | undefined {
  return /"terraform_version":\s*"(\d+\.\d+\.\d+)/.exec(json)?.[1];
}

/** Milliseconds for an answer. */
const TIMEOUT = 30_000;

/** What a program printed, or nothing where it is missing or failed. */
function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const { status, stdout } = run(program, args, env, TIMEOUT);
  return status === 0 ? stdout.trim() : undefined;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, timeout: number) {
  return spawnSync(program, args, { encoding: 'utf8', env, timeout });
}
