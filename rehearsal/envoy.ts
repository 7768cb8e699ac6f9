import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOOTSTRAP_FILE } from '../constructs/federation/plan/envoy';
import { get } from './clients';
import type { Processes } from './processes';

/** One real Envoy. */
export class Envoy {
  private outputSeen = 0;
  private errorsSeen = 0;
  private before = new Map<string, number>();

  constructor(
    readonly name: string,
    private readonly program: string,
    private readonly processes: Processes,
    private readonly directory: string,
    private readonly adminPort: number,
    /** Port of a border's status listener. */
    private readonly statusPort?: number,
  ) {
    mkdirSync(directory, { recursive: true });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(this.directory, name), text);
  }

  start(): void {
    this.processes.start(this.name, this.program, [
      ...['-c', join(this.directory, BOOTSTRAP_FILE)],
      ...['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
      // At once on a kill, and access logs in time for whoever reads them.
      ...['--drain-time-s', '1', '--file-flush-interval-msec', '50'],
    ]);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.processes.stop(this.name, signal);
  }

  /** Waits until it takes requests, which it does when all its certificates have come. */
  async ready(seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await this.isReady())) {
      if (!this.processes.isRunning(this.name) || Date.now() > deadline) {
        const log = this.errors()
          .split('\n')
          .filter((line) => !/trace|#\d+[: ]/.test(line));
        throw new Error(
          `Envoy ${this.name} did not become ready:\n${log.slice(0, 15).join('\n').slice(0, 3000)}`,
        );
      }
      await sleep(50);
    }
  }

  async isReady(): Promise<boolean> {
    const answer = await get(this.statusPort ?? this.adminPort, '/ready').catch(() => undefined);
    return answer?.status === 200;
  }

  /** Counters and gauges that are not zero, of those whose name matches. */
  async stats(filter: RegExp): Promise<Map<string, number>> {
    const answer = await get(this.adminPort, '/stats?usedonly').catch(() => undefined);
    return new Map(
      (answer?.body ?? '').split('\n').flatMap((line): [string, number][] => {
        const [, name, value] = /^(.*): (\d+)$/.exec(line) ?? [];
        return name !== undefined && filter.test(name) ? [[name, Number(value)]] : [];
      }),
    );
  }

  /** The sum of the counters whose name matches. */
  async count(filter: RegExp): Promise<number> {
    return [...(await this.stats(filter)).values()].reduce((sum, value) => sum + value, 0);
  }

  /** Resident memory in bytes, as the kernel counts it. */
  residentBytes(): number | undefined {
    const status = `/proc/${this.processes.pid(this.name)}/status`;
    if (!existsSync(status)) return undefined;
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }

  /** What it logged of requests and connections since {@link mark}, parsed. */
  accessLog(): Record<string, unknown>[] {
    return this.output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** From here on its logs and counters explain what happens. */
  async mark(): Promise<void> {
    this.outputSeen = size(this.processes.output(this.name));
    this.errorsSeen = size(this.processes.errors(this.name));
    this.before = await this.stats(EXPLAINING);
  }

  /** Log lines and counters since {@link mark}, for somebody who asks why a case failed. */
  async explain(): Promise<string[]> {
    const now = await this.stats(EXPLAINING);
    const counters = [...now]
      .map(([name, value]) => [name, value - (this.before.get(name) ?? 0)] as const)
      .filter(([, grown]) => grown > 0)
      .map(([name, grown]) => `${name} +${grown}`);
    const lines = [
      ...this.accessLog().filter(isTrouble).map(compact),
      ...this.errors()
        .split('\n')
        .filter((line) => line !== '' && !/There is no configured limit/.test(line)),
    ].slice(-8);
    return [...lines, ...counters.slice(0, 20)].map((line) => `${this.name}: ${line}`);
  }

  /** Whole lines only: Envoy flushes its access log by the buffer, which may end within a line. */
  private output(): string {
    const written = from(this.processes.output(this.name), this.outputSeen);
    return written.slice(0, written.lastIndexOf('\n') + 1);
  }

  private errors(): string {
    return from(this.processes.errors(this.name), this.errorsSeen);
  }
}

/** Whether an access log entry tells of something that did not work. */
function isTrouble({ status, flags, refusal, upstream_failure }: Record<string, unknown>): boolean {
  return (
    Number(status) >= 400 ||
    (flags !== undefined && flags !== '-') ||
    (refusal ?? upstream_failure ?? null) !== null
  );
}

function compact(entry: Record<string, unknown>): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(entry).filter(([name, value]) => value !== null && name !== 'client_cert'),
    ),
  );
}

const EXPLAINING =
  /^(?!listener.*\.http\.).*(ssl\.(fail|connection_error)|rbac.*denied|update_rejected|key_rotation_failed|no_filter_chain|connect_fail|external\.upstream_rq_[45]\d\d|_timeout$|cx_overflow|refused)/;

function size(path: string): number {
  return existsSync(path) ? readFileSync(path).length : 0;
}

function from(path: string, offset: number): string {
  return existsSync(path) ? readFileSync(path).subarray(offset).toString('utf8') : '';
}
