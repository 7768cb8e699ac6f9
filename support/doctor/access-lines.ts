import { z } from 'zod';
import type { ConnectionLogEntry } from '../../constructs/federation/plan';
import { jsonIn } from '../files/json';

/*
 * Lines of access logs: those of borders, whose fields are ours, and those of the meshes' own proxies.
 */

/** What a line says of a request. */
export interface Request {
  /** ISO 8601. */
  readonly time?: string;
  readonly status?: number;
  /** Envoy's response flags; nothing where there are none. */
  readonly flags?: string;
  /** Who answered, in Envoy's words: `via_upstream` where it was the next hop. */
  readonly reason?: string;
  /** Why the next hop could not be reached, in Envoy's words. */
  readonly failure?: string;
}

const text = z.string().nullish();
const number = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish();

/** Of Istio and Consul, which name fields alike in JSON, and of Linkerd, which knows a status only. */
const json = z.object({
  start_time: text,
  time: text,
  timestamp: text,
  status: number,
  response_code: number,
  flags: text,
  response_flags: text,
  reason: text,
  response_code_details: text,
  upstream_failure: text,
  upstream_transport_failure_reason: text,
});

/** Envoy's default, and Istio's, which has the details behind the flags. */
const PLAIN =
  /^\[(?<time>[^\]]+)\] "[^"]*" (?<status>\d+) (?<flags>\S+)(?: (?<reason>[a-z_.]\S*) \S+ "(?<failure>[^"]*)")?/;

/** What a line of an access log says of a request; nothing where it is no such line. */
export function requestIn(line: string): Request | undefined {
  const plain = PLAIN.exec(line)?.groups;
  if (plain !== undefined) {
    const { time, status, flags, reason, failure } = plain;
    return known({ time, status: Number(status), flags, reason, failure });
  }
  const found = json.safeParse(jsonOf(line)).data;
  const status = found?.response_code ?? found?.status;
  if (found === undefined || status === undefined || status === null) return undefined;
  return known({
    time: found.start_time ?? found.time ?? found.timestamp,
    status,
    flags: found.response_flags ?? found.flags,
    reason: found.response_code_details ?? found.reason,
    failure: found.upstream_transport_failure_reason ?? found.upstream_failure,
  });
}

/** A connection that a border ended in the handshake. */
export interface Refusal {
  readonly time: string;
  readonly serverName: string;
  readonly reason: string;
}

const connection: z.ZodType<Pick<ConnectionLogEntry, 'event' | 'time' | 'sni' | 'refusal'>> =
  z.object({
    event: z.literal('connection'),
    time: z.string(),
    sni: z.string().nullable(),
    refusal: z.string().nullable(),
  });

/** The refusal that a line of a border's log tells of. */
export function refusalIn(line: string): Refusal | undefined {
  const found = connection.safeParse(jsonOf(line)).data;
  const reason = meaning(found?.refusal);
  return found === undefined || reason === undefined
    ? undefined
    : { time: found.time, serverName: found.sni ?? '', reason };
}

/** Most lines of other programs are none. */
function jsonOf(line: string): unknown {
  return line.startsWith('{') ? jsonIn(line) : undefined;
}

/** Envoy writes `-` for what it does not know, or `null` in JSON. */
function meaning(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === '-' || value === '' ? undefined : value;
}

function known({
  status,
  ...texts
}: Readonly<Record<keyof Omit<Request, 'status'>, string | null | undefined>> & {
  readonly status: number;
}): Request {
  const entries = Object.entries(texts).flatMap(([key, value]) => {
    const said = meaning(value);
    return said === undefined ? [] : [[key, said] as const];
  });
  return { status, ...Object.fromEntries(entries) };
}
