import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The child processes of one rehearsal. They end with it, whatever happens: {@link Processes.end}
 * kills them, and should this process be killed, a shell that waits at the other end of a pipe does.
 */
export class Processes {
  private readonly running = new Map<string, ChildProcess>();
  private readonly reaper: ChildProcess;
  private readonly logs: string;

  /** @param folder the rehearsal's files, which go with its processes */
  constructor(private readonly folder: string) {
    this.logs = join(folder, 'logs');
    mkdirSync(this.logs);
    this.reaper = spawn('sh', ['-c', REAPER, 'reaper', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.reaper.stdin?.on('error', () => undefined);
    this.reaper.unref();
  }

  /** Starts a process. Its output is appended, so that it survives a restart under the same name. */
  start(name: string, program: string, args: readonly string[], env?: NodeJS.ProcessEnv): void {
    const [out, err] = [this.output(name), this.errors(name)].map((path) => openSync(path, 'a'));
    const child = spawn(program, args, {
      stdio: ['ignore', out, err],
      env: env && { ...process.env, ...env },
    });
    for (const file of [out, err]) if (file !== undefined) closeSync(file);
    this.running.set(name, child);
    const { pid } = child;
    if (pid !== undefined) {
      this.reaper.stdin?.write(`+${pid}\n`);
      child.once('exit', () => this.reaper.stdin?.write(`-${pid}\n`));
    }
    child.on('error', () => undefined);
  }

  output(name: string): string {
    return join(this.logs, `${name}.out`);
  }

  errors(name: string): string {
    return join(this.logs, `${name}.err`);
  }

  pid(name: string): number | undefined {
    return this.running.get(name)?.pid;
  }

  isRunning(name: string): boolean {
    const child = this.running.get(name);
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async stop(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.running.get(name);
    if (child === undefined || !this.isRunning(name)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Kills everything at once, without a goodbye, and removes the folder. */
  async end(): Promise<void> {
    await Promise.all([...this.running.keys()].map((name) => this.stop(name, 'SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
    this.reaper.stdin?.end();
  }
}

/** Reads `+pid` and `-pid`; at the end of its input, which is our end, kills and removes what is left. */
const REAPER = `
trap '' INT TERM HUP
pids=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids$pid " ;;
    -*) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
[ "$pids" = ' ' ] || kill -9 $pids 2>/dev/null
rm -rf -- "$1"
`;
