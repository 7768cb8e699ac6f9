import http from 'node:http';
import https from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { hindrance, UnansweredError } from './errors';

/** Time for an answer. */
export interface Limit {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

export function limit(milliseconds: number): Limit {
  return { milliseconds, signal: AbortSignal.timeout(milliseconds) };
}

export async function getText(
  url: URL,
  timeout: number,
  options: https.RequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const limited = limit(timeout);
  const answer = await getAnswer(url, options, limited);
  try {
    return { status: answer.statusCode ?? 0, text: await textOf(answer) };
  } catch (error) {
    throw unanswered(error, limited);
  }
}

export function getAnswer(
  url: URL,
  options: https.RequestOptions,
  limited: Limit,
): Promise<http.IncomingMessage> {
  const { signal } = limited;
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    const client = url.protocol === 'http:' ? http : https;
    client.get(url, { ...options, signal }, resolve).on('error', reject);
  }).catch((error: unknown) => {
    throw unanswered(error, limited);
  });
}

/** A fault of the program stays what it is. */
function unanswered(error: unknown, { milliseconds, signal }: Limit): unknown {
  return signal.aborted
    ? new UnansweredError('silence', `no answer in ${milliseconds / 1000} s`)
    : (hindrance(error) ?? error);
}
