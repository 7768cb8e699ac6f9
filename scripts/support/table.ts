import Table from 'cli-table3';
import colors from 'picocolors';

/** A table to read in a terminal, with a title above. */
export function table(title: string, head: string[], rows: string[][]): string {
  const rendered = new Table({ head, style: { head: [], border: [], compact: true } });
  rendered.push(...rows);
  return `${colors.bold(title)}\n${rendered.toString()}`;
}
