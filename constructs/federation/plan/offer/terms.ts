import { createHash } from 'node:crypto';
import { z } from 'zod';
import { kindOf } from '../meshes';
import type { AccessPolicy } from '../model';
import { borderNamespaces, enteredBy, resolvePolicy, tellsApartByPort } from '../resolve';
import { type CrossCall, gatewayPortsOf, isCrossing, requestsOf } from '../services';

/**
 * What an access policy says about the calls between two meshes, as far as both owners must agree on it: all
 * that one mesh learns about the other's services. Calls within one mesh and calls to third meshes concern
 * nobody else and are not included.
 */
export interface Terms {
  /** SHA-256 of the lines, for people to compare. */
  readonly fingerprint: string;
  /** One entry for each thing to agree on, in alphabetical order: what it is about, and its value. */
  readonly lines: Readonly<Record<string, string>>;
}

/** As they are written in an offer. Free words, which nothing is made of: they are compared only. */
export const TERMS = z
  .strictObject({
    fingerprint: z.string().max(100),
    lines: z.record(z.string().max(500), z.string().max(4000)),
  })
  .superRefine(({ fingerprint, lines }, context) => {
    if (fingerprint !== fingerprintOf(lines)) {
      context.addIssue({
        code: 'custom',
        path: ['fingerprint'],
        message: 'is not that of its lines; the offer was changed by hand: have it written anew',
      });
    }
  });

/** What the policy says about two meshes. */
export function termsBetween(policy: AccessPolicy, one: string, other: string): Terms {
  const pair = [one, other].sort();
  const calls = resolvePolicy(policy)
    .calls.filter(isCrossing)
    .filter(({ caller, callee }) =>
      [caller.mesh, callee.mesh].sort().every((mesh, index) => mesh === pair[index]),
    );
  const lines = Object.fromEntries(
    [
      ...pair.flatMap((mesh) => meshLines(policy, mesh)),
      ...calls.flatMap((call) => callLines(policy, call)),
    ].sort(([key], [second]) => (key < second ? -1 : 1)),
  );
  return { fingerprint: fingerprintOf(lines), lines };
}

/** Border's identities depend on their namespace: where they move, both halves say so. */
function meshLines(policy: AccessPolicy, mesh: string): [string, string][] {
  const settings = policy.meshes[mesh];
  return settings === undefined
    ? []
    : [
        [`${mesh}: kind`, settings.kind],
        [`${mesh}: namespaces of borders`, borderNamespaces(policy, mesh).join(', ')],
      ];
}

function callLines(policy: AccessPolicy, call: CrossCall): [string, string][] {
  const { id, caller, callee } = call;
  const requests = requestsOf(call).map(({ methods, path }) =>
    // The order of methods and of permissions changes nothing.
    `${methods.split(' ').sort().join(' ')} ${path}`.trim(),
  );
  const lines: Record<string, string> = {
    requests: [...new Set(requests)].sort().join(', '),
    protocol: callee.protocol,
    'called as': `${callee.standIn}, port ${callee.port}`,
    'Service called': `${callee.namespace}/${callee.name}`,
    'caller is': [`${caller.namespace}/${caller.name}`, ...kindOf(caller).namesOf(caller)].join(
      ', ',
    ),
    'caller is known as': caller.standIn,
    'leaves by': [
      caller.out,
      ...(caller.formerOut === undefined ? [] : [`and until now by ${caller.formerOut}`]),
    ].join(', '),
    ...(tellsApartByPort(policy, callee.mesh, enteredBy(policy, caller.mesh, callee.mesh))
      ? { 'ports of the gateway': gatewayPortsOf(caller).join(', ') }
      : {}),
  };
  return Object.entries(lines).map(([key, value]) => [`${id}: ${key}`, value]);
}

/** Where two understand different things, a sentence for each. */
export function differences(mine: Terms, theirs: Pick<Terms, 'lines'>, partner: string): string[] {
  const keys = [...new Set([...Object.keys(mine.lines), ...Object.keys(theirs.lines)])].sort();
  const calls = (lines: Terms['lines']) =>
    new Set(Object.keys(lines).flatMap((key) => (isCall(key) ? [callOf(key)] : [])));
  const [here, there] = [calls(mine.lines), calls(theirs.lines)];
  const oneSided = [...new Set([...here, ...there])]
    .filter((call) => here.has(call) !== there.has(call))
    .sort();
  return [
    ...oneSided.map((call) =>
      here.has(call)
        ? `${call}: is allowed by your policy, and not by that of ${partner}`
        : `${call}: is allowed by the policy of ${partner}, and not by yours`,
    ),
    ...keys
      .filter((key) => !oneSided.includes(callOf(key)))
      .flatMap((key) => {
        const [yours, other] = [mine.lines[key], theirs.lines[key]];
        return yours === other
          ? []
          : [
              `${key}: ${yours ?? 'nothing'} by your policy, ${other ?? 'nothing'} by that of ${partner}`,
            ];
      }),
  ];
}

/** Whether any call is allowed between the two. */
export function hasCalls({ lines }: Pick<Terms, 'lines'>): boolean {
  return Object.keys(lines).some(isCall);
}

function isCall(key: string): boolean {
  return key.includes(' -> ');
}

function callOf(key: string): string {
  return key.split(': ')[0] ?? '';
}

function fingerprintOf(lines: Terms['lines']): string {
  const text = JSON.stringify(
    Object.entries(lines).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
