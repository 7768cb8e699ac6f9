import Table from 'cli-table3';
import colors from 'picocolors';
import type { Attempt } from './admission';
import type { Report, Verdict } from './check';
import type { Diagnosis } from './doctor';

/** What counts in a report. */
export interface Counts {
  /** Objects that were accepted, invented fields that were refused, attempts that ended as they should. */
  readonly passed: number;
  /** Objects that were refused, invented fields that were accepted or not tried, and other attempts. */
  readonly failed: number;
  /** What was not shown to a server. */
  readonly skipped: number;
}

/** An invented field that was taken, or refused for another reason, says nothing about the others. */
function controlWorked({ refusal }: Verdict): boolean {
  return /unknown field|field not declared in schema/.test(refusal ?? '');
}

export function counts(
  { verdicts, controls, leftOut }: Report,
  attempts: readonly Attempt[] = [],
  diagnoses: readonly Diagnosis[] = [],
): Counts {
  const held = attempts.filter(({ passed }) => passed).length;
  const named = diagnoses.filter(({ wrong }) => wrong === undefined).length;
  const accepted = verdicts.filter(({ refusal }) => refusal === undefined).length;
  const worked = controls.filter(controlWorked).length;
  const failures = failuresIn({ verdicts, controls, leftOut }, attempts, diagnoses);
  return {
    passed: accepted + worked + held + named,
    failed: Object.values(failures).flat().length,
    skipped: leftOut.length,
  };
}

/** What failed, by the title under which it is told. */
export function failuresIn(
  { verdicts, controls }: Report,
  attempts: readonly Attempt[] = [],
  diagnoses: readonly Diagnosis[] = [],
): Readonly<Record<string, readonly string[]>> {
  const accepted = verdicts.some(({ refusal }) => refusal === undefined);
  return {
    'Nothing to show is nothing shown':
      accepted && controls.length > 0 ? [] : ['no object was accepted, or no invented field tried'],
    Refused: verdicts.flatMap((one) => (one.refusal === undefined ? [] : [said(one, one.refusal)])),
    'An invented field was not noticed': controls
      .filter((one) => !controlWorked(one))
      .map((one) => said(one, one.refusal ?? 'accepted')),
    'Admission policies: attempts that did not end as they should': attempts
      .filter(({ passed }) => !passed)
      .map(
        ({ cluster, what, expected, answer }) =>
          `${cluster}: ${what}: must be ${expected}, and the answer is ${answer}`,
      ),
    'The doctor: faults that it did not name, or not alone': diagnoses.flatMap(
      ({ what, mesh, wrong }) => (wrong === undefined ? [] : [`${mesh}: ${what}: ${wrong}`]),
    ),
  };
}

/** A table of the objects by kind, and below it all that the servers had to say. */
export function reportText(
  report: Report,
  attempts: readonly Attempt[] = [],
  diagnoses: readonly Diagnosis[] = [],
): string {
  const { verdicts, controls, leftOut } = report;
  const table = new Table({
    head: ['Cluster', 'Kind', 'Accepted', 'Refused', 'Invented field'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    style: colors.isColorSupported
      ? { head: ['bold'], border: ['gray'] }
      : { head: [], border: [] },
  });
  for (const key of [...new Set(verdicts.map(kindOf))].sort()) {
    const row = verdicts.filter((one) => kindOf(one) === key);
    const [first] = row;
    const control = controls.find((one) => kindOf(one) === key);
    const refused = row.filter(({ refusal }) => refusal !== undefined).length;
    table.push([
      first?.cluster ?? '',
      `${first?.kind} ${colors.gray(first?.apiVersion ?? '')}`,
      row.length - refused,
      refused === 0 ? 0 : colors.red(String(refused)),
      control === undefined
        ? 'not tried'
        : controlWorked(control)
          ? 'refused'
          : colors.red(control.refusal === undefined ? 'ACCEPTED' : 'NOT NOTICED'),
    ]);
  }
  return [
    table.toString(),
    ...section(
      'Warnings',
      verdicts.flatMap((one) => one.warnings.map((warning) => said(one, warning))),
    ),
    ...section('Left out', leftOut),
    ...Object.entries(failuresIn(report, attempts, diagnoses)).flatMap(([title, lines]) =>
      section(title, lines),
    ),
    '',
    `The doctor: ${diagnoses.filter(({ wrong }) => wrong === undefined).length} of ${diagnoses.length} states of a pair named as they are.`,
    `Admission policies: ${attempts.filter(({ passed, expected }) => passed && expected === 'refused').length} ` +
      `attempts refused, ${attempts.filter(({ passed, expected }) => passed && expected === 'allowed').length} allowed, as they should be.`,
  ].join('\n');
}

function kindOf({ cluster, apiVersion, kind }: Verdict): string {
  return `${cluster} ${kind} ${apiVersion}`;
}

function said({ cluster, kind, name, origin }: Verdict, text: string): string {
  return `${cluster}: ${kind} ${name} (${origin}): ${text}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['', colors.bold(title), ...[...new Set(lines)].map((line) => `  ${line}`)];
}
