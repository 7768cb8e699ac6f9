import { Json, JsonError } from './json.ts';
import { type Call, type Caller, type Problem, readProblem } from './model.ts';

/** A call that failed. */
export class CallError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.what);
    this.problem = problem;
  }
}

/** Settings of a call. */
export interface CallSettings {
  readonly timeoutMs: number;
  /** Headers that join the log lines of one request. */
  readonly trace?: Readonly<Record<string, string>>;
  /**
   * Longest answer, in bytes.
   * @default 256 KiB
   */
  readonly most?: number;
}

/**
 * GETs JSON from another service. It follows no redirect and waits for no longer than `timeoutMs`,
 * body included.
 *
 * @throws CallError saying what to do next; without the query, which may hold a key.
 */
export async function getJson<T>(
  url: string,
  read: (json: Json) => T,
  { timeoutMs, trace = {}, most = 256 * 1024 }: CallSettings,
): Promise<T> {
  let status: number;
  let body: string;
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...trace },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    body = await limited(response, most);
  } catch (error) {
    throw new CallError(unreachable(error, new URL(url).hostname, timeoutMs));
  }
  if (status !== 200) throw new CallError(refused(status, body));
  try {
    return read(Json.parse(body));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CallError({
      what: `the answer is not as agreed: ${error.message}`,
      help: 'Do both services run the same version? Deploy both stacks.',
    });
  }
}

/** A call between two services of this application. */
export interface Ask
  extends Pick<CallSettings, 'timeoutMs' | 'trace'>, Pick<Call, 'from' | 'to' | 'url'> {}

/**
 * Asks another service, and tells the call for the page: how long it took, and whom the other one saw or what went
 * wrong. Without an answer in the latter case.
 */
export async function ask<T extends { readonly seen: Caller }>(
  { from, to, url, timeoutMs, trace }: Ask,
  read: (json: Json) => T,
): Promise<[answer: T | undefined, call: Call]> {
  const began = performance.now();
  const call = (more: Pick<Call, 'seen' | 'problem'>): Call => ({
    from,
    to,
    url,
    milliseconds: Math.round(performance.now() - began),
    ...more,
  });
  try {
    const answer = await getJson(url, read, { timeoutMs, trace });
    return [answer, call({ seen: answer.seen })];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [undefined, call({ problem: error.problem })];
  }
}

class TooLong extends Error {}

async function limited(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > most) throw new TooLong(`the answer is longer than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** There was no answer. */
function unreachable(error: unknown, host: string, timeoutMs: number): Problem {
  if (error instanceof TooLong) {
    return { what: error.message, help: 'Something else answers under this name.' };
  }
  if (field(error, 'name') === 'TimeoutError') {
    return {
      what: `no answer within ${timeoutMs / 1000} s`,
      help: 'A proxy on the way may wait for a certificate, or a load balancer may have no target: look at the access logs from the caller on and find the last proxy that has the request.',
    };
  }
  const found = field(field(error, 'cause'), 'code');
  const code = typeof found === 'string' ? found : '';
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        what: `the name ${host} is unknown (${code})`,
        help: "In the mesh the federation brings this name: is its stack deployed, and is the caller's sidecar running?",
      };
    case 'ECONNREFUSED':
      return {
        what: `nobody listens at ${host} (${code})`,
        help: "Is the service running? In a pod it is the sidecar that refuses: look at the container's log.",
      };
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return {
        what: `${host} closed the connection (${code})`,
        help: 'A proxy on the way refused it, or the service ended: look at the logs of both.',
      };
    default:
      return {
        what: `no connection to ${host}${code === '' ? '' : ` (${code})`}`,
        help: "Look at the log of the caller's sidecar.",
      };
  }
}

/** A field of whatever was thrown. */
function field(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

/** There was an answer, and it was no. */
function refused(status: number, body: string): Problem {
  const told = toldBy(body);
  if (told !== undefined) return told;
  // What Envoy says is plain text.
  const text = body.replace(/\s+/g, ' ').trim().slice(0, 300);
  const what = `HTTP status ${status}${text === '' || text.startsWith('<') ? '' : `: ${text}`}`;
  switch (status) {
    case 403:
      return { what, help: 'No rule of the access policy allows this call.' };
    case 502:
      return {
        what,
        help: 'Without a text it is the sidecar of an Istio mesh that does not know the host: is the stack with its ServiceEntry deployed?',
      };
    case 503:
      return {
        what,
        help: text.includes('TLS_error')
          ? 'The two ends do not trust each other: has each mesh the roots of the other, and the right one?'
          : 'A proxy has nowhere to send it: is the called service running and ready, and is the address of its gateway right?',
      };
    case 504:
      return { what, help: 'A proxy waited in vain: is the called service overloaded?' };
    default:
      return { what, help: "Look at the called service's log." };
  }
}

/** Services of this application say themselves what to do. */
function toldBy(body: string): Problem | undefined {
  try {
    return readProblem(Json.parse(body).get('problem'));
  } catch {
    return undefined;
  }
}
