import type { Charts, Day, Fault, KubernetesVersion, Pin, Release } from './types';

/** How many days ahead the end of support is announced. */
const NOTICE_DAYS = 60;

/** Today, in UTC. */
export function today(now: Date = new Date()): Day {
  return now.toISOString().slice(0, 10);
}

/** What follows from the catalog on a day, about one thing. */
export interface Finding {
  /** `wrong` needs a change; `soon` needs one within `NOTICE_DAYS`; `note` is only to be known. */
  readonly level: 'wrong' | 'soon' | 'note';
  /** One or more sentences: what is so, and what to do. */
  readonly text: string;
}

/** Negative, zero or positive, as `one` is before, equal to or after `other`: `1.9.0` is before `1.10.0`. */
export function compareVersions(one: string, other: string): number {
  const [[a, aTail], [b, bTail]] = [parts(one), parts(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  // A candidate comes before its release.
  if ((aTail === '') !== (bTail === '')) return aTail === '' ? 1 : -1;
  return aTail.localeCompare(bTail, 'en', { numeric: true });
}

function parts(version: string): readonly [number[], string] {
  const [, numbers = '', tail = ''] = /^v?(\d+(?:\.\d+)*)(.*)$/.exec(version) ?? [];
  return [numbers.split('.').map(Number), tail];
}

/** The line of releases that a version is of, if the catalog knows it. */
export function releaseOf(releases: readonly Release[], version: string): Release | undefined {
  return releases.find(({ line }) => version === line || version.startsWith(`${line}.`));
}

/** What the catalog says of the support of a version on a day. */
export function supportFinding(
  { name, releases }: Pick<Pin, 'name' | 'releases'>,
  version: string,
  on: Day,
): Finding | undefined {
  if (releases.length === 0) return undefined;
  const release = releaseOf(releases, version);
  if (release === undefined) {
    return isOutOfSupport({ releases }, version)
      ? { level: 'wrong', text: `${name} ${version} is out of support. ${upgrade(releases, on)}` }
      : {
          level: 'note',
          text: `${name} ${version} is not known to this release, which cannot say how long it is supported and on which Kubernetes.`,
        };
  }
  const { line, endOfSupport } = release;
  if (endOfSupport === undefined) return undefined;
  if (on >= endOfSupport) {
    return {
      level: 'wrong',
      text: `${name} ${line} left support on ${endOfSupport}. ${upgrade(releases, on)}`,
    };
  }
  return on >= daysBefore(endOfSupport, NOTICE_DAYS)
    ? {
        level: 'soon',
        text: `${name} ${line} leaves support on ${endOfSupport}. ${upgrade(releases, on)}`,
      }
    : undefined;
}

function upgrade(releases: readonly Release[], on: Day): string {
  const lasting = releases.filter(
    ({ endOfSupport }) => endOfSupport === undefined || on < daysBefore(endOfSupport, NOTICE_DAYS),
  );
  const newest = lasting.at(-1);
  return newest === undefined
    ? 'Look for a later release of this project.'
    : `Upgrade to ${newest.line}.`;
}

/** What becomes of a Kubernetes version of EKS on a day. */
export function kubernetesFinding(
  { version, endOfStandardSupport, endOfExtendedSupport }: KubernetesVersion,
  extendedSupport: boolean,
  on: Day,
): Finding | undefined {
  if (on >= endOfExtendedSupport) {
    return {
      level: 'wrong',
      text: `EKS ended its support of Kubernetes ${version} on ${endOfExtendedSupport} and makes no new clusters of it.`,
    };
  }
  const near = (day: Day) => on >= daysBefore(day, NOTICE_DAYS);
  if (extendedSupport) {
    return near(endOfExtendedSupport)
      ? {
          level: 'soon',
          text: `Extended support of Kubernetes ${version} ends on ${endOfExtendedSupport}: AWS then upgrades the cluster by itself. Set a later eks.version.`,
        }
      : undefined;
  }
  if (on >= endOfStandardSupport) {
    return {
      level: 'wrong',
      text: `Standard support of Kubernetes ${version} ended on ${endOfStandardSupport}: AWS upgrades the cluster by itself. Set a later eks.version.`,
    };
  }
  return near(endOfStandardSupport)
    ? {
        level: 'soon',
        text: `Standard support of Kubernetes ${version} ends on ${endOfStandardSupport}: AWS then upgrades the cluster by itself. Set a later eks.version.`,
      }
    : undefined;
}

/**
 * Whether the vendor supports a mesh's version on a version of Kubernetes: the range where it does not,
 * `undefined` where it does or where the catalog cannot say. Of a line whose range is not known the end is
 * open: a later line needs the Kubernetes of the line before it at least.
 */
export function unsupportedKubernetes(
  { releases }: Charts,
  version: string,
  kubernetes: string,
): readonly [first: string, last?: string] | undefined {
  const before = releases.filter(({ line }) => compareVersions(line, lineOf(version)) < 0);
  const floor = before.findLast((release) => release.kubernetes !== undefined)?.kubernetes?.[0];
  const range = releaseOf(releases, version)?.kubernetes ?? (floor === undefined ? [] : [floor]);
  const [first, last] = range;
  if (first === undefined) return undefined;
  const isLate = last !== undefined && compareVersions(kubernetes, last) > 0;
  if (compareVersions(kubernetes, first) >= 0 && !isLate) return undefined;
  return last === undefined ? [first] : [first, last];
}

/** Whether a version is older than every line that the catalog has: out of support, whatever it runs on. */
export function isOutOfSupport({ releases }: Pick<Pin, 'releases'>, version: string): boolean {
  const [oldest] = releases;
  return oldest !== undefined && compareVersions(lineOf(version), oldest.line) < 0;
}

/** `1.31` of `1.31.4` */
export function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** The fault of a version that its users run into, if the catalog knows one. */
export function faultOf({ faults = [] }: Pin, version: string): Fault | undefined {
  return faults.find(
    ({ from, fixed }) => compareVersions(version, from) >= 0 && compareVersions(version, fixed) < 0,
  );
}

function daysBefore(day: Day, days: number): Day {
  return today(new Date(Date.parse(day) - days * 24 * 60 * 60 * 1000));
}
