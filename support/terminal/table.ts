import Table from 'cli-table3';
import colors from 'picocolors';

/** Columns of the terminal; in a pipe lines may be of any length. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
}

/** Narrower than this a column is not worth reading. */
const NARROWEST = 12;

/**
 * A table to read in a terminal, with a title above. Cells wrap where it is too wide, and where it is
 * too wide even so, each row becomes a paragraph; nothing is cut off.
 *
 * @param width columns of the terminal
 */
export function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const widths = fit(
    head.map((name, i) => Math.max(...[name, ...rows.map((row) => row[i] ?? '')].map(longest))),
    // A bar before each column and one at the end, and a space on both sides of each cell.
    width - 3 * head.length - 1,
  );
  const body = widths === undefined ? paragraphs(head, rows, width) : grid(head, rows, widths);
  return `${colors.bold(title)}\n${body}`;
}

function grid(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): string {
  const wrapped = (cells: readonly string[]) =>
    cells.map((cell, i) => wrap(cell, widths[i] ?? Infinity));
  const rendered = new Table({
    head: wrapped(head),
    style: { head: [], border: [], compact: true },
  });
  rendered.push(...rows.map(wrapped));
  return rendered.toString();
}

function paragraphs(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const paragraph = (row: readonly string[]) =>
    row
      .map((cell, i) => {
        const [first = '', ...others] = wrap(`${head[i]}: ${cell}`, width - 2).split('\n');
        return [first, ...others.map((line) => `  ${line}`)].join('\n');
      })
      .join('\n');
  return rows.map(paragraph).join('\n\n');
}

/** Widths of columns that fit, the widest made narrower first; nothing when they would get too narrow. */
function fit(natural: readonly number[], width: number): number[] | undefined {
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one, 0) - width;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return undefined;
    const next = Math.max(NARROWEST, ...widths.filter((one) => one < widest));
    const same = widths.flatMap((one, i) => (one === widest ? [i] : []));
    const each = Math.max(1, Math.min(widest - next, Math.ceil(excess / same.length)));
    for (const i of same) {
      const step = Math.min(each, excess);
      widths[i] = widest - step;
      excess -= step;
      if (excess <= 0) break;
    }
  }
  return widths;
}

/** Breaks lines between words, and long ones where a name has a part: after `/`, `.`, `:`, `,` and `-`. */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const lines: string[] = [];
  let current = '';
  const parts = line
    .split(/(?<=\s)/)
    .flatMap((word) => (word.trimEnd().length <= width ? [word] : word.split(/(?<=[/.:,-])/)));
  for (const part of parts) {
    let rest = part;
    if ((current + rest).trimEnd().length > width && current !== '') {
      lines.push(current.trimEnd());
      current = '';
    }
    for (; rest.trimEnd().length > width; rest = rest.slice(width))
      lines.push(rest.slice(0, width));
    current += rest;
  }
  return [...lines, current.trimEnd()];
}

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
