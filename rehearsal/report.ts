import Table from 'cli-table3';
import colors from 'picocolors';
import { wrap } from '../support/terminal/table';
import type { Group } from './cases/case';

/** One row: a case and how it went. */
export interface Row {
  readonly group: Group | 'policy';
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  readonly seen: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  readonly measures?: Readonly<Record<string, number>>;
  /** Log lines and counters of the Envoys, for a case that failed. */
  readonly explanation: readonly string[];
}

/** The result of a rehearsal. */
export interface Report {
  readonly passed: boolean;
  readonly envoy: string;
  readonly quick: boolean;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

export function verdict(passed: boolean): string {
  return passed ? colors.green('ok') : colors.red('FAILED');
}

/** All rows, a group under its name. @param width columns of the terminal */
export function table(rows: readonly Row[], width: number): string {
  const ok = 8;
  const rest = Math.max(width, 60) - ok - 5;
  const widths = [0.3, 0.3, 0.4].map((share) => Math.floor(rest * share));
  const result = new Table({
    head: ['case', 'expected', 'seen', ''],
    colWidths: [...widths, ok],
    style: colors.isColorSupported
      ? { head: ['bold'], border: ['gray'] }
      : { head: [], border: [] },
  });
  const cell = (text: string, column: number) => wrap(text, (widths[column] ?? width) - 2);
  let group: Row['group'] | undefined;
  for (const row of rows) {
    if (row.group !== group) {
      result.push([{ colSpan: 4, content: colors.bold(row.group) }]);
      group = row.group;
    }
    result.push([
      `${cell(row.title, 0)}\n${colors.gray(cell(row.id, 0))}`,
      cell(row.expected, 1),
      // Consul's cluster id is too long for a column, and there is only one.
      cell(row.seen.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>'), 2),
      verdict(row.passed),
    ]);
  }
  return result.toString();
}
