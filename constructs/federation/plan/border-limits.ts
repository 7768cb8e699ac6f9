import { type Range, rangeProblems } from '../../kubernetes/name-problems';
import type { Problem } from '../../problems';

/** Bounds on what one border process takes on. */
export interface BorderLimits {
  /**
   * Connections open at once, at an inbound border of each crossing; further ones are closed at once.
   * Health checks are not counted, nor, at an inbound border, what has not begun a handshake.
   * @default 1000
   */
  readonly connections?: number;
  /**
   * Requests under way at once for each crossing, and so connections to the next hop where that speaks
   * HTTP/1.1; further ones are answered with 503.
   * @default ten for each of `connections`
   */
  readonly requests?: number;
  /**
   * Seconds that a connection between the meshes, and a stream or WebSocket in it, may live. So a root
   * or a rule that is withdrawn binds new connections at once and everything after twice this time.
   * An HTTP/1.1 connection is closed with an answer, and no request is lost by it.
   * @default 3600
   */
  readonly connectionSeconds?: number;
  /**
   * Seconds without a byte after which a stream, and without a request after which a connection from
   * the foreign mesh is ended. Keep it below what the load balancer bears (AWS: 350).
   * @default 300
   */
  readonly idleSeconds?: number;
  /**
   * Mebibytes of heap at which requests are refused with 503. Keep the container's memory limit above.
   * @default 192
   */
  readonly heapMebibytes?: number;
  /**
   * Seconds that a border which is taken away goes on, so that its connections are ended between two
   * requests and not in one.
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
