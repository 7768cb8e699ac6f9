import type https from 'node:https';
import { Duplex, PassThrough } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { messageOf } from '../../constructs/problems';
import { getText } from './answers';
import { authenticate } from './credentials';
import { ApiError, hindrance, PodError, UnansweredError } from './errors';

/** Milliseconds for a connection to a pod, and for its answer. */
const FORWARD_TIMEOUT = 5000;

/** Opens a connection to a port of a pod. */
export type Forwarder = (namespace: string, pod: string, port: number) => Promise<Forwarded>;

/** A connection to a port of a pod. */
export interface Forwarded {
  readonly stream: Duplex;
  /** Says why, when the pod's side refuses. */
  readonly refused: Promise<Error>;
  readonly close: () => void;
}

/** Through the API server's port-forward, which ends at the pod's loopback. */
export function forwarder(config: KubeConfig, timeout = FORWARD_TIMEOUT): Forwarder {
  return (namespace, pod, port) => openForward(config, timeout, namespace, pod, port);
}

async function openForward(
  config: KubeConfig,
  timeout: number,
  namespace: string,
  pod: string,
  port: number,
): Promise<Forwarded> {
  // An ES module, and slow to load.
  const { KubeConfig: NewConfig, PortForward } = await import('@kubernetes/client-node');
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  // The package hands these options on to `ws`, and has no limit of its own.
  const limited = Object.assign(new NewConfig(), config, {
    applyToHTTPSOptions: async (options: https.RequestOptions) => {
      await authenticate(config, options);
      Object.assign(options, { handshakeTimeout: timeout });
    },
  });
  let socket;
  try {
    socket = await new PortForward(limited, true).portForward(
      namespace,
      pod,
      [port],
      output,
      errors,
      input,
    );
  } catch (error) {
    throw notForwarded(error, timeout);
  }
  return {
    stream: Duplex.from({ readable: output, writable: input }),
    refused: new Promise((resolve) => {
      errors.once('data', (part: Buffer) => resolve(new PodError(part.toString().trim())));
    }),
    close: () => {
      if (typeof socket !== 'function') socket.close();
    },
  };
}

/** What `ws` says of a connection that did not come about: an event, with an error of few words. */
function notForwarded(thrown: unknown, timeout: number): unknown {
  const error: unknown =
    typeof thrown === 'object' && thrown !== null && 'error' in thrown ? thrown.error : thrown;
  const said = messageOf(error);
  const status = /^Unexpected server response: (\d+)$/.exec(said)?.[1];
  if (status !== undefined) return new ApiError(Number(status), `status ${status}`);
  return said === 'Opening handshake has timed out'
    ? new UnansweredError('silence', `no answer to port-forward in ${timeout / 1000} s`)
    : (hindrance(error) ?? error);
}

/** @throws ClusterError when there is no answer, or another one than 200. */
export async function getOver(
  { stream, refused, close }: Forwarded,
  path: string,
): Promise<string> {
  try {
    const { status, text } = await Promise.race([
      getText(new URL(path, 'http://localhost'), FORWARD_TIMEOUT, {
        createConnection: () => stream,
      }),
      refused.then((error) => {
        throw error;
      }),
    ]);
    if (status !== 200) throw new PodError(`${path} answers with ${status}`);
    return text;
  } finally {
    close();
  }
}
