import { type Range, rangeProblems } from '../../kubernetes/name-problems';
import type { Problem } from '../../problems';

/** Bounds on what one border process takes on. */
export interface BorderLimits {
  /**
   * Open connections, at an inbound border for each crossing. Further connections are closed immediately.
   * Health checks do not count, nor do connections to an inbound border that have not begun a handshake.
   * @default 1000
   */
  readonly connections?: number;
  /**
   * Concurrent requests for each crossing, and so the connections to a next hop that speaks HTTP/1.1. Further
   * requests are answered with 503.
   * @default ten for each of `connections`
   */
  readonly requests?: number;
  /**
   * Maximum lifetime, in seconds, of a connection between the meshes and of a stream or WebSocket in it. A
   * root or rule that is withdrawn applies to new connections immediately, and to all others after twice this
   * time. HTTP/1.1 connections are closed after a response, so no request is lost.
   * @default 3600
   */
  readonly connectionSeconds?: number;
  /**
   * Seconds without data after which a stream is closed, and seconds without a request after which a
   * connection from the foreign mesh is closed. Keep it below the load balancer's idle timeout (AWS: 350).
   * @default 300
   */
  readonly idleSeconds?: number;
  /**
   * Maximum size of Envoy's heap in mebibytes. Close to it, requests are refused with 503. The memory limit of
   * the container is 64 MiB above it.
   * @default 192
   */
  readonly heapMebibytes?: number;
  /**
   * Seconds for which a border that is being removed keeps working, so that its connections end between two
   * requests and not during one.
   * @default 20
   */
  readonly drainSeconds?: number;
}

/** The limits of a border, all of them given. */
export type Limits = Required<BorderLimits>;

const DEFAULT_LIMITS: Omit<Limits, 'requests'> = {
  connections: 1000,
  connectionSeconds: 3600,
  idleSeconds: 300,
  heapMebibytes: 192,
  drainSeconds: 20,
};

/** What each limit may be. */
export const LIMIT_RANGES: Readonly<Record<keyof Limits, Range>> = {
  connections: { min: 1, max: 100_000 },
  requests: { min: 1, max: 1_000_000 },
  // 30 days.
  connectionSeconds: { min: 1, max: 2_592_000 },
  // After 350, load balancers of AWS forget a connection.
  idleSeconds: { min: 1, max: 340 },
  // A node must hold the pod.
  heapMebibytes: { min: 64, max: 65_536 },
  drainSeconds: { min: 1, max: 600 },
};

/** What is wrong with limits. */
export function limitProblems(limits: BorderLimits = {}): Problem[] {
  const given = new Map<string, number | undefined>(Object.entries(limits));
  return Object.entries(LIMIT_RANGES).flatMap(([name, range]) =>
    rangeProblems([name], given.get(name), range),
  );
}

/** The limits given, and the defaults of those that are not. */
export function borderLimits(limits: BorderLimits = {}): Limits {
  const own = { ...DEFAULT_LIMITS, ...limits };
  return { ...own, requests: limits.requests ?? 10 * own.connections };
}
