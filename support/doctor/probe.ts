import { setTimeout as sleep } from 'node:timers/promises';
import { type CrossCall, type Hop, hops, type Place } from '../../constructs/federation/plan';
import { ENVOY_CONTAINER } from '../../constructs/federation/plan/internal';
import { UNKNOWN } from '../objects/expressions';
import { type Refusal, refusalIn, type Request, requestIn } from './access-lines';
import { ApiError, ClusterError } from '../cluster/errors';
import { clusterOf, type Deployed, isOurs, meshOf } from './deployed';
import { kindOf } from './kinds';
import { podsOf } from './pods';

/*
 * One request, by its x-request-id: which hops have it in their logs, and where it ended. Logs are all that
 * is read.
 */

/** What a pod's log says of the request. */
interface Seen extends Request {
  readonly pod: string;
}

/**
 * `seen`: it is in the log. `unseen`: other requests are, and it is not. `silent`: no request is, so nothing
 * follows. `passes`: the hop passes TLS on, and knows no requests. `theirs`: a partner's.
 */
export type HopState = 'seen' | 'unseen' | 'silent' | 'unreadable' | 'passes' | 'theirs';

/** A hop, and what its log says. */
interface ProbedHop {
  readonly place: Place;
  readonly mesh: string;
  readonly name: string;
  readonly state: HopState;
  readonly seen: readonly Seen[];
  /** What to know of it beside. */
  readonly note?: string;
}

/** Where a request got to. */
export interface Probe {
  /** `istio/backend -> consul/info` */
  readonly call: string;
  readonly id: string;
  readonly hops: readonly ProbedHop[];
  /** `arrived`: the called pods' side answered. `ended`: a hop before answered. `unknown`: no log has it. */
  readonly end: 'arrived' | 'ended' | 'unknown';
  /** One or two sentences. */
  readonly what: string;
}

/** Settings of `probe`. */
export interface ProbeOptions {
  readonly id: string;
  /** Seconds of the logs that are read, until now. */
  readonly seconds: number;
  /**
   * Seconds for which it is looked for again and again: an Envoy writes its log every 10 s.
   * @default 0
   */
  readonly patience?: number;
}

/** What an id must be to be told from all else in a log. */
export const REQUEST_ID = /^[\w.:-]{8,128}$/;

/** Looks for a request in the logs of each hop of a call. */
export async function probe(
  deployed: Deployed,
  call: CrossCall,
  options: ProbeOptions,
): Promise<Probe> {
  const all = hops(deployed.plan, call, { addresses: () => UNKNOWN });
  const until = Date.now() + (options.patience ?? 0) * 1000;
  for (;;) {
    const probed = relevant(await Promise.all(all.map((hop) => probeHop(deployed, hop, options))));
    const result = { call: call.id, id: options.id, hops: probed, ...judged(probed) };
    const done = result.end === 'arrived' && probed.every(({ state }) => state !== 'unseen');
    if (done || Date.now() >= until) return result;
    await sleep(Math.min(2000, until - Date.now()));
    Object.values(deployed.clusters).forEach((cluster) => cluster.forget());
  }
}

async function probeHop(deployed: Deployed, hop: Hop, options: ProbeOptions): Promise<ProbedHop> {
  const { place, mesh, name, pods } = hop;
  const at = (state: HopState, seen: readonly Seen[] = [], note?: string): ProbedHop => ({
    place,
    mesh,
    name,
    state,
    seen,
    ...(note !== undefined && { note }),
  });
  if (!isOurs(deployed, mesh)) return at('theirs');
  if (pods === undefined) return at('passes');
  const kind = kindOf(meshOf(deployed, mesh));
  const container = pods.border === undefined ? kind.sidecar.container : ENVOY_CONTAINER;
  const seen: Seen[] = [];
  const refusals: Refusal[] = [];
  let logs = false;
  try {
    for (const { metadata } of await podsOf(deployed, mesh, pods)) {
      const { namespace, name: pod } = metadata;
      await clusterOf(deployed, mesh).log(
        { namespace, pod, container },
        options.seconds,
        (line) => {
          const request = requestIn(line);
          logs ||= request !== undefined;
          if (request !== undefined && line.includes(options.id)) seen.push({ pod, ...request });
          const refusal = refusalIn(line);
          if (refusal !== undefined) refusals.push(refusal);
        },
      );
    }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const right = error instanceof ApiError && error.status === 403;
    return at(
      'unreadable',
      seen,
      right ? `no right to "get" pods/log in ${pods.namespace}` : error.message,
    );
  }
  if (seen.length > 0) return at('seen', seen);
  if (pods.border === undefined) {
    return logs ? at('unseen') : at('silent', [], kind.sidecar.accessLog);
  }
  // A border logs every request: where there is none, none came.
  const last = refusals.findLast((one) => !looksLikeOurs(one)) ?? refusals.at(-1);
  return at(
    'unseen',
    [],
    last &&
      `its last refused connection, at ${last.time}, asked for ${last.serverName || 'no name'}: ${last.reason}` +
        (looksLikeOurs(last) ? " (the doctor's own handshakes look like that)" : ''),
  );
}

/** The doctor shakes hands with borders without a certificate (`dial.ts`), and they log that as a refusal. */
function looksLikeOurs({ reason }: Refusal): boolean {
  return reason.includes('PEER_DID_NOT_RETURN_A_CERTIFICATE');
}

/** What a border refused says nothing about a request that did not get to the border before it. */
function relevant(all: readonly ProbedHop[]): ProbedHop[] {
  return all.map((hop, index) => {
    const before = all.slice(0, index).findLast(({ state }) => state !== 'passes');
    if (hop.state !== 'unseen' || before?.state !== 'unseen') return hop;
    const { place, mesh, name, state, seen } = hop;
    return { place, mesh, name, state, seen };
  });
}

/** A border logs each request that its sidecar lets through to it. */
function unseenAt(next: ProbedHop, before: ProbedHop, status: number | undefined): string {
  const left = `It left ${before.name} and is not in the log of ${next.name}`;
  const isBorder = next.place === 'border-in' || next.place === 'border-out';
  return status === 403 && isBorder
    ? `${left}: it was answered with 403 before, as the sidecar of that border does where the mesh's policy does not allow the request.`
    : `${left}; it was answered with ${status} on the way.`;
}

/** What flags say of the next hop. @see https://www.envoyproxy.io/docs/envoy/v1.39.1/configuration/observability/access_log/usage */
const FLAGS: Readonly<Partial<Record<string, string>>> = {
  UF: 'it could not connect to the next hop',
  UH: 'the next hop has no healthy address',
  UC: 'the next hop ended the connection',
  UR: 'the next hop reset the request',
  UO: 'it had too many requests open',
  UT: 'the next hop did not answer in time',
  NR: 'it has no route for the request',
  NC: 'it has no cluster for the request',
  DC: 'the caller went away before the answer',
};

function judged(all: readonly ProbedHop[]): Pick<Probe, 'end' | 'what'> {
  const deepest = all.findLast(({ state }) => state === 'seen');
  const last = deepest?.seen.at(-1);
  if (deepest === undefined || last === undefined) {
    return {
      end: 'unknown',
      what:
        'No log has this request. Was it sent with the header x-request-id, within the time that was looked ' +
        'at? Envoy writes its log every 10 s.',
    };
  }
  const { status, reason, flags } = last;
  const passedOn = reason === undefined ? flags === undefined : reason === 'via_upstream';
  const next = all.slice(all.indexOf(deepest) + 1).find(({ state }) => state !== 'passes');
  if (next === undefined || (passedOn && deepest.place === 'border-in')) {
    return { end: 'arrived', what: `It arrived, and was answered with ${status}.` };
  }
  if (passedOn) {
    return next.state === 'unseen'
      ? { end: 'ended', what: unseenAt(next, deepest, status) }
      : { end: 'unknown', what: `It left ${deepest.name}; what became of it no log says.` };
  }
  const why = (flags ?? '').split(',').flatMap((flag) => FLAGS[flag] ?? []);
  const denied = reason?.startsWith('rbac_access_denied') === true ? ['its rules deny it'] : [];
  const words = [...denied, ...why].join(', ');
  return {
    end: 'ended',
    what: `It ended at ${deepest.name}, which answered with ${status} itself${words && `: ${words}`}.`,
  };
}
