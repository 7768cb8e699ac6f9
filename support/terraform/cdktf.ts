import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as turn } from 'node:timers/promises';
import { childrenOf } from '../processes/child-processes';
import { DeployProgress } from './deploy-progress';
import { ROOT } from '../paths';

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
      ...(options.skipSynthesis === true ? ['--skip-synth'] : []),
      '--output',
      options.output,
    ],
    {
      cwd: ROOT,
      // Ctrl-C in a terminal reaches the whole group, and is not for cdktf: see below.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // With CI set cdktf prints lines and no animation.
      env: { ...options.env, CI: 'true', CHECKPOINT_DISABLE: '1' },
    },
  );
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile);
  const { pid } = child;
  if (pid !== undefined) options.onStart?.(pid);
  let stopping: NodeJS.Timeout | undefined;
  const stop = () => {
    if (pid !== undefined) stopping = stopChildren(pid);
  };
  const kill = () => {
    if (pid !== undefined) killWithChildren(pid);
  };
  options.stop?.addEventListener('abort', stop, { once: true });
  options.kill?.addEventListener('abort', kill, { once: true });

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
  clearInterval(stopping);
  options.stop?.removeEventListener('abort', stop);
  options.kill?.removeEventListener('abort', kill);
  log.end();
  await once(log, 'finish');
  return { complete: exitCode === 0 && progress.complete, progress };
}

/**
 * Interrupts each Terraform of cdktf once, also one that it is yet to start. cdktf itself must not be
 * interrupted: it ends at once and takes its Terraforms with it, in the middle of what they do.
 */
function stopChildren(cdktf: number): NodeJS.Timeout {
  const stopped = new Set<number>();
  const stop = () => {
    for (const pid of childrenOf(cdktf).filter((child) => !stopped.has(child))) {
      stopped.add(pid);
      send(pid, 'SIGINT');
    }
  };
  stop();
  return setInterval(stop, 200);
}

/** cdktf and each of its Terraforms lead a process group. */
function killWithChildren(cdktf: number): void {
  for (const pid of [...childrenOf(cdktf), cdktf]) send(-pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
