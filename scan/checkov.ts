import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type App, TerraformElement, TerraformStack } from 'cdktf';
import { CACHE, ROOT } from '../support/paths';
import { checkPython, needed } from '../support/programs/prerequisites';
import { UserError } from '../support/terminal/user-error';
import { installVenv, type Venv } from '../support/programs/venv';

const VENV: Venv = {
  name: 'checkov-venv',
  requirements: path.join(ROOT, 'scan', 'requirements.txt'),
  what: 'The scanner (the Python package checkov)',
  megabytes: 120,
};

/** One check of checkov that failed. */
export interface ScanFinding {
  /** Such as `CKV_AWS_37`. */
  readonly check: string;
  /** What it asks for. */
  readonly asks: string;
  /** Path of the construct. */
  readonly path: string;
}

/** What checkov says of an app. */
export interface ScanResult {
  readonly passed: number;
  readonly findings: readonly ScanFinding[];
}

/** The part of checkov's report that is read. */
interface Report {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
      readonly file_path: string;
    }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

/**
 * Runs checkov on all stacks of a synthesised app.
 *
 * @throws UserError when it cannot be had, or could not read a stack: what was not read was not judged.
 */
export function runCheckov(app: App): ScanResult {
  const interpreter = installVenv(needed(checkPython()).program, VENV);
  const folder = copyForCheckov(app);
  const { stdout, stderr, error } = spawnSync(
    interpreter,
    [
      ...['-m', 'checkov.main'],
      ...['--directory', folder, '--framework', 'terraform_json'],
      ...['--output', 'json', '--skip-download', '--quiet', '--compact'],
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, env: { ...process.env, LOG_LEVEL: 'ERROR' } },
  );
  if (error !== undefined || !stdout.trimStart().startsWith('{')) {
    throw new UserError(
      `checkov did not answer: ${error?.message ?? (stderr || stdout).trim().slice(-2000)}`,
    );
  }
  const { results, summary } = JSON.parse(stdout) as Report;
  if (summary.parsing_errors > 0) {
    throw new UserError(
      `checkov could not read ${summary.parsing_errors} of the files in ${folder}; ` +
        'run it there with LOG_LEVEL=WARNING to see why',
    );
  }
  return {
    passed: summary.passed,
    findings: results.failed_checks.map((failed) => ({
      check: failed.check_id,
      asks: failed.check_name,
      path: pathOf(app, failed.file_path, failed.resource),
    })),
  };
}

/** What checkov judges. Its reader knows neither all of the block `terraform` nor `moved`. */
const JUDGED = ['resource', 'data', 'provider', 'locals'];

/** The stacks with the blocks that make something. */
function copyForCheckov(app: App): string {
  const folder = path.join(CACHE, 'scan', 'stacks');
  rmSync(folder, { recursive: true, force: true });
  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    const file = path.join(app.outdir, 'stacks', stack.node.id, 'cdk.tf.json');
    const written = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const rest = Object.fromEntries(
      Object.entries(written).filter(([block]) => JUDGED.includes(block)),
    );
    mkdirSync(path.join(folder, stack.node.id), { recursive: true });
    writeFileSync(path.join(folder, stack.node.id, 'cdk.tf.json'), JSON.stringify(rest, null, 2));
  }
  return folder;
}

/** The construct behind `resource.cluster_A4C38409` in `/istio-cluster/cdk.tf.json`. */
function pathOf(app: App, file: string, resource: string): string {
  const stack = app.node.findChild(path.basename(path.dirname(file)));
  const id = resource.split('.').at(-1);
  const element = stack.node
    .findAll()
    .find((node) => TerraformElement.isTerraformElement(node) && node.friendlyUniqueId === id);
  return element?.node.path ?? `${stack.node.path}/${resource}`;
}
