import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import {
  type CallReport,
  exitCodeOf,
  type Finding,
  type HopReport,
} from '../../../support/doctor/finding';
import type { Probe } from '../../../support/doctor/probe';
import { conclusion, probeText, reportText } from '../../../support/doctor/text';
import { EXIT } from '../../../support/terminal/user-error';

const finding = (level: Finding['level'], code = 'some-code'): Finding => ({
  code,
  level,
  mesh: 'istio',
  what: `It is ${level}.`,
  mend: 'mend it',
});

function hop(name: string, findings: readonly Finding[], more: Partial<HopReport> = {}): HopReport {
  return { place: 'border-in', mesh: 'istio', name, looked: ['something'], findings, ...more };
}

function report(...hops: readonly HopReport[]) {
  const call: CallReport = { call: 'istio/front -> consul/info', hops };
  return { calls: [call] };
}

/** Without colours, which a terminal or FORCE_COLOR adds. */
function linesOf(text: string): string[] {
  return stripVTControlCharacters(text).split('\n');
}

const theirs = (findings: readonly Finding[], looked: readonly string[] = []) =>
  hop('theirs', findings, { mesh: 'bank', notOurs: true, looked });

test('a report says of each hop how it is, and where the call ends first', () => {
  const text = reportText(
    report(
      hop('a', []),
      hop('b', [finding('unknown')]),
      hop('c', [finding('unknown'), finding('warning')]),
      hop('d', [finding('warning'), finding('broken')]),
      hop('e', [finding('broken')]),
      theirs([]),
      theirs([], ['TLS']),
      theirs([finding('broken')]),
    ),
    Infinity,
  );
  expect(linesOf(text).slice(0, -2)).toEqual([
    'istio/front -> consul/info',
    '  right   inbound border, a in istio',
    '  unknown inbound border, b in istio',
    '      unknown some-code: It is unknown.',
    '      fix: mend it',
    '  warning inbound border, c in istio',
    '      unknown some-code: It is unknown.',
    '      fix: mend it',
    '      warning some-code: It is warning.',
    '      fix: mend it',
    '  broken  inbound border, d in istio  <- the first that is broken',
    '      warning some-code: It is warning.',
    '      fix: mend it',
    '      broken some-code: It is broken.',
    '      fix: mend it',
    '  broken  inbound border, e in istio',
    '      broken some-code: It is broken.',
    '      fix: mend it',
    '  theirs  inbound border in bank: not visible from here',
    '  theirs  inbound border in bank: not visible from here, but dialled',
    '  broken  inbound border in bank: not visible from here, but dialled',
    '      broken some-code: It is broken.',
    '      fix: mend it',
  ]);
});

test('words that somebody else has chosen move no cursor, and keep to the width', () => {
  const loud = { ...finding('broken'), what: `\u001b[2J${'talk '.repeat(30).trim()}.` };
  const text = reportText(report(hop('a', [loud])), 60);
  expect(text).not.toContain('\u001b[2J');
  const lines = text.split('\n').filter((line) => line.startsWith('      '));
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(text.match(/talk/g)).toHaveLength(30);
});

test.each([
  ['All 2 hops of 1 calls are right.', report(hop('a', []), hop('b', []))],
  [
    "All 1 hops of 1 calls are right that are ours; the other 1 are a partner's, whose doctor sees them.",
    report(hop('a', []), theirs([])),
  ],
  ['No rule leads from one mesh to the other.', { calls: [] }],
  [
    '1 broken, 1 warning, 0 not checked. docs/doctor.md explains each word.',
    // What several hops have alike counts once.
    report(hop('a', [finding('broken'), finding('warning')]), hop('b', [finding('broken')])),
  ],
  [
    '0 broken, 2 warnings, 1 not checked. docs/doctor.md explains each word.',
    report(hop('a', [finding('warning', 'one'), finding('warning', 'two'), finding('unknown')])),
  ],
])('it ends with: %s', (words, of) => {
  expect(conclusion(of)).toBe(words);
});

test.each([
  ['nothing', [], EXIT.right],
  ['what is broken', [finding('broken'), finding('unknown', 'no-rights')], EXIT.wrong],
  ['a warning', [finding('warning')], EXIT.wrong],
  ['something that was not seen', [finding('unknown')], EXIT.right],
  ...['cluster-unreachable', 'cluster-untrusted', 'no-credentials', 'no-rights'].map(
    (code) => [code, [finding('unknown'), finding('unknown', code)], EXIT.couldNotRun] as const,
  ),
])('a report with %s has its exit code', (_, findings, code) => {
  expect(exitCodeOf(report(hop('a', findings)))).toBe(code);
});

test('a request is shown in each log that has it, and why the others have it not', () => {
  const at = (state: Probe['hops'][number]['state'], more: Partial<Probe['hops'][number]> = {}) =>
    ({ place: 'caller', mesh: 'istio', name: 'front', state, seen: [], ...more }) as const;
  const text = probeText(
    {
      call: 'istio/front -> consul/info',
      id: 'request-1',
      hops: [
        at('seen', { seen: [{ pod: 'front-1', time: 'then', status: 503, flags: 'UF' }] }),
        at('passes'),
        at('silent', { note: 'it logs no requests' }),
        at('unreadable'),
        at('unseen'),
        at('theirs'),
      ],
      end: 'ended',
      what: 'It ended.',
    },
    Infinity,
  );
  expect(linesOf(text)).toEqual([
    'istio/front -> consul/info, request request-1',
    '  seen     calling pods, front in istio',
    '           then pod front-1: 503 UF',
    '  passes   calling pods, front in istio',
    '  no log   calling pods, front in istio',
    '           it logs no requests',
    '  unread   calling pods, front in istio',
    '  not seen calling pods, front in istio',
    '  theirs   calling pods, a partner in istio',
    '',
    'It ended.',
  ]);
});
