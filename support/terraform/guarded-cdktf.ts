import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, running } from '../processes/child-processes';
import { CACHE, installedManifest, PROJECT, ROOT } from '../paths';

/** How cdktf is called. */
export interface CdktfCall {
  /** Behind `cdktf`. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** Whether it leads a process group of its own, which Ctrl-C in the terminal does not reach. @default false */
  readonly detached?: boolean;
}

/** How cdktf and its Terraforms ended. */
export interface CdktfEnd {
  /** Of cdktf, `undefined` where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Stacks whose Terraform was killed, so that what it was making may be in no state. */
  readonly killed: readonly string[];
}

/** How often it is looked what runs, in milliseconds. */
const INTERVAL = 200;

/**
 * cdktf at work, with Terraforms that end in order: they are interrupted, never cdktf, which would end at once and
 * take them with it; and they go on to their end when cdktf has ended all the same.
 */
export class GuardedCdktf {
  /** cdktf itself. */
  public readonly process: ChildProcess;
  /** Holds the program in Terraform's place, and a file for each Terraform at work, of that program's process id. */
  private readonly folder: string;
  private readonly end: Promise<number | undefined>;
  private interrupting: NodeJS.Timeout | undefined;

  public constructor({ words, env, stdio, detached = false }: CdktfCall) {
    mkdirSync(CACHE, { recursive: true });
    this.folder = mkdtempSync(path.join(CACHE, 'cdktf-'));
    const terraform = path.join(this.folder, 'terraform');
    writeFileSync(terraform, IN_PLACE_OF_TERRAFORM);
    chmodSync(terraform, 0o755);
    this.process = spawn(
      process.execPath,
      [
        // cdktf asks for as much where it finds no NODE_OPTIONS.
        '--max-old-space-size=4096',
        '--require',
        path.join(ROOT, 'support', 'terraform', 'in-cdktf.cjs'),
        cdktfProgram(),
        ...words,
      ],
      {
        cwd: PROJECT,
        detached,
        stdio,
        env: {
          ...env,
          CHECKPOINT_DISABLE: '1',
          TERRAFORM_BINARY_NAME: terraform,
          GUARDED_TERRAFORM: env['TERRAFORM_BINARY_NAME'] || 'terraform',
          GUARDED_TERRAFORM_FOLDER: this.folder,
        },
      },
    );
    this.end = once(this.process, 'close').then(([code]: (number | null)[]) => code ?? undefined);
  }

  /** Interrupts each Terraform once, and lets no further one begin. The second time Terraform ends at once. */
  public interrupt(): void {
    clearInterval(this.interrupting);
    writeFileSync(path.join(this.folder, 'stop'), '');
    const interrupted = new Set<number>();
    const interruptAll = () => {
      for (const pid of this.terraforms().filter((one) => !interrupted.has(one))) {
        interrupted.add(pid);
        send(pid, 'SIGINT');
      }
    };
    interruptAll();
    // One that is about to start is still to come.
    this.interrupting = setInterval(interruptAll, INTERVAL);
  }

  /** Kills all. What was under way is missing in the state. */
  public kill(): void {
    const terraforms = this.terraforms();
    // Most lead a process group, in which their providers are.
    for (const pid of this.atWork()) send(-pid, 'SIGKILL');
    for (const pid of [...this.atWork(), ...terraforms]) send(pid, 'SIGKILL');
    if (this.process.pid !== undefined) send(this.process.pid, 'SIGKILL');
  }

  /** Waits for the end of cdktf, and of all Terraforms. To be called once. */
  public async ended(): Promise<CdktfEnd> {
    try {
      const exitCode = await this.end;
      // Nobody shows any more what they do.
      if (this.atWork().length > 0 && this.interrupting === undefined) this.interrupt();
      while (this.atWork().length > 0) await sleep(INTERVAL);
      return { exitCode, killed: this.killed() };
    } finally {
      clearInterval(this.interrupting);
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** The programs in Terraform's place that run. */
  private atWork(): number[] {
    const names = readdirSync(this.folder).filter((name) => /^\d+$/.test(name));
    return running(names.map(Number));
  }

  private terraforms(): number[] {
    const atWork = this.atWork();
    return atWork.length === 0 ? [] : childrenOf(...atWork);
  }

  private killed(): string[] {
    const file = path.join(this.folder, 'killed');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}

/** cdktf of the project. */
function cdktfProgram(): string {
  const manifest = installedManifest('cdktf-cli');
  if (manifest === undefined) throw new Error('cdktf-cli is not installed');
  return path.join(path.dirname(manifest), 'bundle', 'bin', 'cdktf');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/*
 * What cdktf starts in Terraform's place. The real one outlives the end of cdktf and of its terminal. cdktf takes a
 * Terraform that a signal has ended for one that was through, and would go on with the next stack: it reads the exit
 * code alone, which a shell makes of the signal.
 *
 * `providers lock` asks the public registry, whatever mirror is set. cdktf runs it for stacks that Terraform Cloud or
 * another remote backend runs, on machines of another kind, and always, since it does not know:
 * https://github.com/hashicorp/terraform-cdk/blob/v0.21.0/packages/%40cdktf/cli-core/src/lib/models/terraform-cli.ts
 */
const IN_PLACE_OF_TERRAFORM = `#!/bin/sh
trap '' HUP
trap : INT TERM
begun="$GUARDED_TERRAFORM_FOLDER/$$"
: >"$begun"
case $1 in
  init | apply | destroy) [ -e "$GUARDED_TERRAFORM_FOLDER/stop" ] && { rm -f "$begun"; exit 130; } ;;
  providers) grep -Eq '"(cloud|remote)": *\\{' cdk.tf.json || { rm -f "$begun"; exit 0; } ;;
esac
"$GUARDED_TERRAFORM" "$@"
code=$?
case $1 in
  apply | destroy) [ $code -gt 130 ] && echo "\${PWD##*/}" >>"$GUARDED_TERRAFORM_FOLDER/killed" ;;
esac
rm -f "$begun"
exit $code
`;
