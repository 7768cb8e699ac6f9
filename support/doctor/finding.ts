import type { Place } from '../../constructs/federation/plan';
import { EXIT } from '../terminal/user-error';

/** Mends what other stacks make, too. */
export const DEPLOY_ALL = "npx cdktf deploy '*'";

/** In milliseconds. */
export const DAY = 24 * 3600 * 1000;

/** Time before the end of a certificate at which a warning tells of it. */
export const NOTICE = 30 * DAY;

/** Something that is not as it should be. */
export interface Finding {
  /** One word for the kind of fault, such as `roots-missing`: it stays the same from release to release. */
  readonly code: string;
  /**
   * `broken`: calls cannot get through, or only by chance. `warning`: they do, and will not for ever.
   * `unknown`: it could not be looked at.
   */
  readonly level: 'broken' | 'warning' | 'unknown';
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** One or two sentences: what is so, and why that is wrong. */
  readonly what: string;
  /** What mends it: a command, or what to do. */
  readonly mend: string;
}

/** Tells of faults in one mesh: the code, what is so, and what mends it. */
export function findingIn(mesh: string, usual: Finding['level'] = 'broken') {
  return (code: string, what: string, mend: string, level = usual): Finding => ({
    code,
    level,
    mesh,
    what,
    mend,
  });
}

/** A hop, and what was found there. */
export interface HopReport {
  readonly place: Place;
  readonly mesh: string;
  readonly name: string;
  /** What passed, for somebody who wonders what was looked at. */
  readonly looked: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether it is in the cluster of a partner, where nothing was looked at. */
  readonly notOurs?: true;
}

/** A call, hop by hop. */
export interface CallReport {
  /** `istio/backend -> consul/info` */
  readonly call: string;
  readonly hops: readonly HopReport[];
}

/** All that was looked at. */
export interface Report {
  readonly calls: readonly CallReport[];
}

/** Whether calls end there. */
export function isBroken(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'broken');
}

const BLIND: readonly string[] = [
  'cluster-unreachable',
  'cluster-untrusted',
  'no-credentials',
  'no-rights',
];

/** Whether it means that nothing can be said of a cluster. */
export function isBlind({ code }: Finding): boolean {
  return BLIND.includes(code);
}

/** The first hop at which a call ends, if one does. */
export function brokenHop({ hops }: CallReport): HopReport | undefined {
  return hops.find(({ findings }) => isBroken(findings));
}

/** With what a program ends that looked. */
export function exitCodeOf(report: Report): number {
  const findings = findingsOf(report);
  if (findings.some(({ level }) => level !== 'unknown')) return EXIT.wrong;
  return findings.some(isBlind) ? EXIT.couldNotRun : EXIT.right;
}

/** Each finding once, whatever calls it is about. */
export function findingsOf({ calls }: Report): Finding[] {
  const all = calls.flatMap(({ hops }) => hops.flatMap(({ findings }) => findings));
  return [...new Map(all.map((one) => [`${one.mesh} ${one.code} ${one.what}`, one])).values()];
}
