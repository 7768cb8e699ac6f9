import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { terraformEnvironment } from '../support/terraform/cli-config';
import { isWithoutProviders } from '../support/terraform/without-providers';
import type { ApiServer } from './api-server';

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

/** A stack that is deployed to one server, again and again: its files, its state and its kubeconfig in a folder. */
export class Deployment {
  public constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {}

  /** Lets the stack be deployed to a server. */
  public to({ kubeconfig }: ApiServer): void {
    writeFileSync(join(this.folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
  }

  /** Writes the stack anew. */
  public synthesise(add: (stack: TerraformStack) => void): void {
    const app = new App({ outdir: join(this.folder, 'out') });
    const stack = new TerraformStack(app, 'mesh');
    new LocalBackend(stack, { path: join(this.folder, 'state') });
    const configPath = join(this.folder, 'kubeconfig');
    new KubernetesProvider(stack, 'kubernetes', { configPath });
    add(stack);
    app.synth();
  }

  /** Whether Terraform has the provider. */
  public async init(): Promise<boolean> {
    return !isWithoutProviders((await this.run('init')).text);
  }

  public apply(): Promise<Ended> {
    return this.run('apply', '-auto-approve');
  }

  /** Ends with 2 where there is something to do. */
  public plan(): Promise<Ended> {
    return this.run('plan', '-detailed-exitcode');
  }

  private async run(command: string, ...args: readonly string[]): Promise<Ended> {
    const stack = join(this.folder, 'out', 'stacks', 'mesh');
    const { code, text } = await runTerraform(this.program, stack, [
      ...[command, '-input=false'],
      ...args,
    ]);
    // Errors are in a frame, and broken into lines.
    return { code, text: text.replaceAll(/[\s│]+/g, ' ') };
  }
}

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
