import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as turn } from 'node:timers/promises';
import { DeployProgress } from './deploy-progress';
import { GuardedCdktf } from './guarded-cdktf';

export interface CdktfOptions {
  readonly command: 'deploy' | 'destroy';
  readonly stacks: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Folder for the synthesised Terraform configuration. */
  readonly output: string;
  /** Whether the configuration is there already. @default false */
  readonly skipSynthesis?: boolean | undefined;
  /** All that cdktf and Terraform print goes here. */
  readonly logFile: string;
  readonly onProgress?: (progress: DeployProgress) => void;
  /** Called with the process id of cdktf, which is the leader of a process group of its own. */
  readonly onStart?: (pid: number) => void;
  /** On abort Terraform is asked to stop; it finishes what is under way and writes its state. */
  readonly stop?: AbortSignal;
  /** On abort all is killed at once. What was under way is missing in the state. */
  readonly kill?: AbortSignal;
}

export interface CdktfResult {
  /** Did cdktf succeed, and did Terraform say so itself for every stack? */
  readonly complete: boolean;
  readonly progress: DeployProgress;
}

/** Runs the project's own `cdktf deploy` or `cdktf destroy`, without questions. */
export async function cdktf(options: CdktfOptions): Promise<CdktfResult> {
  const progress = new DeployProgress(options.stacks);
  // What comes before may have kept Node.js from hearing of a signal.
  await turn(20);
  if (options.stop?.aborted === true) return { complete: false, progress };
  const guarded = new GuardedCdktf({
    words: [
      options.command,
      ...options.stacks,
      '--auto-approve',
      '--no-color',
      ...(options.skipSynthesis === true ? ['--skip-synth'] : []),
      '--output',
      options.output,
    ],
    // With CI set cdktf prints lines and no animation.
    env: { ...options.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile);
  const { pid, stdout, stderr } = guarded.process;
  if (pid !== undefined) options.onStart?.(pid);
  const stop = () => guarded.interrupt();
  const kill = () => guarded.kill();
  options.stop?.addEventListener('abort', stop, { once: true });
  options.kill?.addEventListener('abort', kill, { once: true });

  const follow = async (stream: NodeJS.ReadableStream | null) => {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream })) {
      log.write(`${line}\n`);
      progress.read(line);
      options.onProgress?.(progress);
    }
  };
  const [{ exitCode }] = await Promise.all([guarded.ended(), follow(stdout), follow(stderr)]);
  options.stop?.removeEventListener('abort', stop);
  options.kill?.removeEventListener('abort', kill);
  log.end();
  await once(log, 'finish');
  return { complete: exitCode === 0 && progress.complete, progress };
}
