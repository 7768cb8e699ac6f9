import type { Limits } from '../border-limits';
import type { CrossingProtocol } from '../crossing';
import type { CircuitBreakers, Http2Options } from './types';

/**
 * Connections of strangers at an inbound border beside `connections`: they have not sent the first bytes
 * of a handshake yet, for which they have `HELLO_SECONDS`, and cost some 10 KiB each. All come from the
 * border's own sidecar, so that they cannot be counted by their source.
 */
const SILENT_CONNECTIONS = 3000;
export const HELLO_SECONDS = 3;

/** For a whole handshake. The connection counts from its first bytes on. */
export const HANDSHAKE_SECONDS = 4;

/** Connections that an inbound border's own sidecar must pass on to it. */
export function acceptedConnections({ connections }: Limits): number {
  return connections + SILENT_CONNECTIONS;
}

/**
 * What a next hop is given at once: connections for tcp, requests for all else. Envoy's own defaults are
 * 1024 of each, and 3 retries.
 */
export function circuitBreakers(protocol: CrossingProtocol, limits: Limits): CircuitBreakers {
  const atOnce = protocol === 'tcp' ? limits.connections : limits.requests;
  return {
    thresholds: [
      {
        max_connections: atOnce,
        max_pending_requests: atOnce,
        max_requests: atOnce,
        max_retries: Math.max(3, Math.ceil(atOnce / 10)),
      },
    ],
  };
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
 * What the listeners without TLS bear, each for itself. The kubelet and Prometheus send a request of less
 * than a kibibyte with the first packet and read the answer at once, so the times can be short. Where a node
 * has no time to spare, probes fail by that; the borders' liveness has patience for it. To keep
 * probes out takes `connections` new ones in every `silentSeconds`; however many come to both listeners,
 * they take less than 100 MiB.
 */
export const PLAIN_LIMITS = {
  /** Until the headers are complete. With a whole second a flood kept every second probe out. */
  silentSeconds: 0.25,
  /** Until a connection that was refused is forgotten. */
  closingSeconds: 0.2,
  headerKibibytes: 4,
  headers: 50,
  bufferBytes: 4096,
} as const;

export const STATUS_LIMITS = {
  connections: 2000,
  /** Seconds until the answer has to be read. */
  answerSeconds: 1,
} as const;

/**
 * Whoever asks for pages of metrics faster than Envoy makes them keeps Prometheus waiting, and nobody
 * else, since they have a port of their own.
 */
export const METRICS_LIMITS = {
  connections: 1000,
  answerSeconds: 5,
  /** Pages that are made at a time. */
  scrapes: 32,
} as const;

/** Pods' preStop hooks only, one for each pod. */
export const DRAIN_CONNECTIONS = 32;

/**
 * For a connection between meshes, with its handshake, which between continents takes a third of it. The gateway in
 * between must have given up on a pod that does not answer before, or it never learns that it does not.
 */
export const CONNECT_SECONDS = 3;

/** The same within a cluster, to one of several pods. */
export const POD_CONNECT_SECONDS = 1;

/** HTTP connections to the next hop are given up before a load balancer (AWS: 350 s) forgets them. */
export const UPSTREAM_IDLE_SECONDS = 240;
