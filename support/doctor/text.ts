import colors from 'picocolors';
import { printable } from '../../constructs/federation/plan/internal';
import { terminalWidth, wrap } from '../terminal/table';
import type { HopState, Probe } from './probe';
import { brokenHop, type CallReport, findingsOf, type HopReport, type Report } from './finding';

const PLACES: Readonly<Record<HopReport['place'], string>> = {
  caller: 'calling pods',
  'border-out': 'outbound border',
  gateway: 'gateway',
  'border-in': 'inbound border',
  callee: 'called pods',
};

function textWidth(): number {
  return Math.min(terminalWidth(), 120);
}

/** For a person: each call with its hops, and what to do. */
export function reportText(report: Report, width = textWidth()): string {
  const calls = report.calls.map((call) => callText(call, width));
  return [...calls, conclusion(report)].join('\n\n');
}

function callText(call: CallReport, width: number): string {
  const broken = brokenHop(call);
  const lines = call.hops.flatMap((hop) => {
    const seen = hop.looked.length > 0 || hop.findings.length > 0;
    const title = hop.notOurs
      ? `${PLACES[hop.place]} in ${hop.mesh}: not visible from here${seen ? ', but dialled' : ''}`
      : `${PLACES[hop.place]}, ${hop.name} in ${hop.mesh}`;
    const mark = markOf(hop);
    const arrow = hop === broken ? colors.red('  <- the first that is broken') : '';
    return [
      `  ${mark} ${hop === broken ? colors.bold(title) : title}${arrow}`,
      ...hop.findings.flatMap(({ level, code, what, mend }) => [
        ...indented(`${level} ${code}: ${what}`, 6, width),
        ...indented(`fix: ${mend}`, 6, width),
      ]),
    ];
  });
  return [colors.bold(call.call), ...lines].join('\n');
}

function markOf({ findings, notOurs }: HopReport): string {
  if (notOurs && findings.length === 0) return colors.dim('theirs ');
  const levels = findings.map(({ level }) => level);
  if (levels.includes('broken')) return colors.red('broken ');
  if (levels.includes('warning')) return colors.yellow('warning');
  return levels.includes('unknown') ? colors.yellow('unknown') : colors.green('right  ');
}

/** What whoever answered or asked has said may be in it, and moves no cursor of a terminal. */
function indented(text: string, by: number, width: number): string[] {
  const safe = printable(text, Infinity);
  const lines = wrap(safe, Number.isFinite(width) ? width - by : Infinity).split('\n');
  return lines.map((line) => `${' '.repeat(by)}${line}`);
}

const STATES: Readonly<Record<HopState, string>> = {
  seen: 'seen    ',
  unseen: 'not seen',
  silent: 'no log  ',
  unreadable: 'unread  ',
  passes: 'passes  ',
  theirs: 'theirs  ',
};

/** For a person: which hops have a request in their logs, and where it ended. */
export function probeText({ call, id, hops, what }: Probe, width = textWidth()): string {
  const lines = hops.flatMap(({ place, mesh, name, state, seen, note }) => [
    `  ${STATES[state]} ${PLACES[place]}, ${state === 'theirs' ? 'a partner' : name} in ${mesh}`,
    ...seen.flatMap(({ pod, time, status, flags, reason, failure }) =>
      indented(
        [time, `pod ${pod}: ${status}`, flags, reason, failure].filter(Boolean).join(' '),
        11,
        width,
      ),
    ),
    ...(note === undefined ? [] : indented(note, 11, width)),
  ]);
  return [colors.bold(`${call}, request ${id}`), ...lines, '', what].join('\n');
}

/** In one sentence. */
export function conclusion(report: Report): string {
  const findings = findingsOf(report);
  const count = (wanted: string) => findings.filter(({ level }) => level === wanted).length;
  const [broken, warnings, unknown] = ['broken', 'warning', 'unknown'].map(count);
  if (report.calls.length === 0) return 'No rule leads from one mesh to the other.';
  if (findings.length === 0) {
    const hops = report.calls.flatMap((call) => call.hops);
    const seen = hops.filter(({ notOurs }) => !notOurs).length;
    const right = `${seen} hops of ${report.calls.length} calls are right`;
    return seen === hops.length
      ? `All ${right}.`
      : `All ${right} that are ours; the other ${hops.length - seen} are a partner's, whose doctor sees them.`;
  }
  return `${broken} broken, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${unknown} not checked. docs/doctor.md explains each word.`;
}
