import { spawn } from 'node:child_process';
import { terraformEnvironment } from '../support/terraform/cli-config';

/** How a run of Terraform ended. */
export interface Ended {
  readonly code: number | null;
  /** What it printed. */
  readonly text: string;
}

/** Why a part is left out. */
export const WITHOUT_PROVIDER = {
  skipped: 'hashicorp/kubernetes is in no mirror, and the registry cannot be reached',
} as const;

/** Runs Terraform in the folder of a stack. */
export function runTerraform(
  program: string,
  stack: string,
  args: readonly string[],
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, '-no-color'], {
      cwd: stack,
      env: { ...process.env, ...terraformEnvironment(), TF_IN_AUTOMATION: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text: Buffer.concat(chunks).toString() }));
  });
}
