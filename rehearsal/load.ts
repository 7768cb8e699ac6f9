import { Agent } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../constructs/problems';
import { call } from './clients';

/** A request that did not get a 200. */
export interface Failure {
  /** When it began, in milliseconds since the load did. */
  readonly at: number;
  /** When it came to nothing. */
  readonly ended: number;
  readonly reason: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  /** Milliseconds of the requests that succeeded, ascending. */
  readonly latencies: readonly number[];
}

export interface LoadSettings {
  readonly port: number;
  readonly path?: string;
  /** Requests at the same time. @default 4 */
  readonly parallel?: number;
  /** Milliseconds that each of them rests between two requests. @default 20 */
  readonly pauseMs?: number;
}

/** A constant stream of requests, until it is told to stop. */
export class Load {
  private readonly began = performance.now();
  private readonly failures: Failure[] = [];
  private readonly latencies: number[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private requests = 0;
  private stopping = false;
  private readonly loops: Promise<void>[];

  constructor(private readonly settings: LoadSettings) {
    this.loops = Array.from({ length: settings.parallel ?? 4 }, () => this.loop());
  }

  /** Milliseconds since the load began, to relate an event to the failures. */
  get now(): number {
    return performance.now() - this.began;
  }

  /** Requests begun so far. */
  get sent(): number {
    return this.requests;
  }

  get failed(): number {
    return this.failures.length;
  }

  async stop(): Promise<LoadResult> {
    this.stopping = true;
    await Promise.all(this.loops);
    this.agent.destroy();
    return {
      requests: this.requests,
      failures: this.failures,
      seconds: this.now / 1000,
      latencies: this.latencies.sort((a, b) => a - b),
    };
  }

  private async loop(): Promise<void> {
    const { port, path, pauseMs = 20 } = this.settings;
    while (!this.stopping) {
      const at = this.now;
      this.requests += 1;
      try {
        const { status, body } = await call(port, { path, agent: this.agent, timeoutMs: 5000 });
        if (status === 200) this.latencies.push(this.now - at);
        else this.fail(at, `${status} ${body.slice(0, 200)}`);
      } catch (error) {
        this.fail(at, messageOf(error));
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  private fail(at: number, reason: string): void {
    this.failures.push({ at, ended: this.now, reason });
  }
}

/** The value below which this share of the sorted values lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** `3 of 812 requests failed (503 ..., from 1.20 s to 1.31 s)` */
export function describeFailures({ requests, failures }: LoadResult): string {
  if (failures.length === 0) return `0 of ${requests} requests failed`;
  const reasons = [...new Set(failures.map(({ reason }) => reason.slice(0, 90)))];
  const times = failures.map(({ at }) => at);
  const span = [Math.min(...times), Math.max(...times)]
    .map((time) => `${(time / 1000).toFixed(2)} s`)
    .join(' to ');
  return `${failures.length} of ${requests} requests failed, ${span}: ${reasons[0]}${reasons.length > 1 ? ` (and ${reasons.length - 1} other reasons)` : ''}`;
}
