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

/** HTTP connections to the next hop are given up before a load balancer (AWS: 350 s) forgets them. */
export const UPSTREAM_IDLE_SECONDS = 240;
