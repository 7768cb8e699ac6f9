import Table from 'cli-table3';
import { median } from './measure';

/** One thing, measured several times in this build and in the one before, in turns. Less is better. */
export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'MB' | 'runs';
  readonly now: readonly number[];
  readonly before: readonly number[];
  /** How many times of before it may be at most; without one it is said and not judged. */
  readonly target?: number;
}

/** How many times of before it is, by the medians. */
export function ratio({ now, before }: Figure): number {
  return median(now) / median(before);
}

/** Medians, with the least and the most beside them, and what the ratio should be. */
export function figureTable(figures: readonly Figure[], before: string): string {
  const table = new Table({
    head: ['What', 'Now', `Before (${before})`, 'Ratio', 'Target'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const figure of figures) {
    const { name, unit, target } = figure;
    const said = ratio(figure);
    table.push([
      name,
      spread(figure.now, unit),
      spread(figure.before, unit),
      said.toFixed(2),
      target === undefined ? '' : `${said <= target ? 'met' : 'MISSED'}: ${target}`,
    ]);
  }
  return table.toString();
}

function spread(values: readonly number[], unit: string): string {
  const text = (value: number) => value.toFixed(unit === 's' ? 2 : 0);
  const all = `${text(Math.min(...values))} to ${text(Math.max(...values))}`;
  return `${text(median(values))} ${unit} (${all})`;
}

export function missed(figures: readonly Figure[]): Figure[] {
  return figures.filter((figure) => figure.target !== undefined && ratio(figure) > figure.target);
}
