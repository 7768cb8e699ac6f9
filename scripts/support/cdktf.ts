import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DeployProgress } from './deploy-progress';
import { ROOT } from './paths';

export interface CdktfOptions {
  readonly command: 'deploy' | 'destroy';
  readonly stacks: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Folder for the synthesised Terraform configuration. */
  readonly output: string;
  /** All that cdktf and Terraform print goes here. */
  readonly logFile: string;
  readonly onProgress?: (progress: DeployProgress) => void;
  /** Called with the process id of cdktf, which is the leader of a process group of its own. */
  readonly onStart?: (pid: number) => void;
  /** On abort Terraform is asked to stop; it finishes what is under way and writes its state. */
  readonly signal?: AbortSignal;
}

export interface CdktfResult {
  /** Did cdktf succeed, and did Terraform say so itself for every stack? */
  readonly complete: boolean;
  readonly interrupted: boolean;
  readonly progress: DeployProgress;
}

/** Runs the project's own `cdktf deploy` or `cdktf destroy`, without questions. */
export async function cdktf(options: CdktfOptions): Promise<CdktfResult> {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile);
  const progress = new DeployProgress(options.stacks);
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf'),
      options.command,
      ...options.stacks,
      '--auto-approve',
      '--no-color',
      // `terraform providers lock` asks the public registry, whatever mirror is configured.
      '--skip-provider-lock',
      '--output',
      options.output,
    ],
    {
      cwd: ROOT,
      // Ctrl-C in a terminal reaches the whole group: cdktf gets it from us, once.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // With CI set cdktf prints lines and no animation.
      env: { ...options.env, CI: 'true', CHECKPOINT_DISABLE: '1' },
    },
  );
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const interrupt = () => child.kill('SIGINT');
  options.signal?.addEventListener('abort', interrupt, { once: true });

  const follow = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      log.write(`${line}\n`);
      progress.read(line);
      options.onProgress?.(progress);
    }
  };
  const [[exitCode]] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    follow(child.stdout),
    follow(child.stderr),
  ]);
  options.signal?.removeEventListener('abort', interrupt);
  log.end();
  await once(log, 'finish');
  return {
    complete: exitCode === 0 && progress.complete,
    interrupted: options.signal?.aborted ?? false,
    progress,
  };
}
