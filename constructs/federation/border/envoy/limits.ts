import type { BorderLimits } from '../model';
import type { Http2Options } from './types';

export type Limits = Required<BorderLimits>;

const DEFAULT_LIMITS: Limits = {
  connections: 1000,
  connectionSeconds: 3600,
  idleSeconds: 300,
  heapMebibytes: 192,
  drainSeconds: 20,
};

/** Limits with every default filled in. */
export function borderLimits(limits: BorderLimits = {}): Required<BorderLimits> {
  return { ...DEFAULT_LIMITS, ...limits };
}

/**
 * Buffers and HTTP/2 windows that Envoy's maintainers advise for a proxy that strangers can reach.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/best_practices/edge
 */
export const BUFFER_BYTES = 32 * 1024;

export const HTTP2: Http2Options = {
  max_concurrent_streams: 100,
  initial_stream_window_size: 64 * 1024,
  initial_connection_window_size: 1024 * 1024,
};

/**
 * What the status listener bears. The kubelet and Prometheus send a request of less than a kibibyte with
 * the first packet and read the answer at once, so the times can be short. To keep them out takes more
 * new connections a second than `connections`, and however many come, they take less than 100 MiB.
 */
export const STATUS_LIMITS = {
  connections: 3000,
  /** Until the headers are complete. */
  silentSeconds: 1,
  /** Until the answer is read. */
  answerSeconds: 5,
  /** Until a connection that was refused is forgotten. */
  closingSeconds: 0.2,
  headerKibibytes: 4,
  headers: 50,
  bufferBytes: 4096,
  /** Pages of metrics that are made at a time. */
  scrapes: 32,
} as const;

/** Pods' preStop hooks only, one for each pod. */
export const DRAIN_CONNECTIONS = 32;

/** HTTP connections to the next hop are given up before a load balancer (AWS: 350 s) forgets them. */
export const UPSTREAM_IDLE_SECONDS = 240;
