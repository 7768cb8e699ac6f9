import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { z } from 'zod';

/** One measured thing. Less is better. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 's' | 'MB';
  /** What it should stay below. */
  readonly target?: number;
}

const recording = z.object({
  date: z.string(),
  machine: z.string(),
  figures: z.record(z.string(), z.number()),
});

export type Recording = z.infer<typeof recording>;

export function lastRecording(file: string): Recording | undefined {
  return existsSync(file) ? recording.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

export function record(file: string, figures: readonly Figure[], date = new Date()): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const [cpu] = os.cpus();
  const recorded: Recording = {
    date: date.toISOString().slice(0, 10),
    machine: `${os.cpus().length} x ${cpu?.model ?? os.arch()}, Node.js ${process.versions.node}`,
    figures: Object.fromEntries(figures.map(({ name, value }) => [name, value])),
  };
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
}

/** Each figure beside the last recorded one and its target. */
export function figureTable(figures: readonly Figure[], last?: Recording): string {
  const table = new Table({
    head: ['What', 'Now', last ? `Recorded ${last.date}` : 'Recorded', 'Change', 'Target'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const { name, value, unit, target } of figures) {
    const before = last?.figures[name];
    table.push([
      name,
      `${value} ${unit}`,
      before === undefined ? '' : `${before} ${unit}`,
      before === undefined ? '' : change(before, value),
      target === undefined ? '' : `${value <= target ? 'met' : 'MISSED'}: ${target} ${unit}`,
    ]);
  }
  return table.toString();
}

function change(before: number, now: number): string {
  const percent = Math.round(((now - before) / before) * 100);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

export function missed(figures: readonly Figure[]): Figure[] {
  return figures.filter(({ value, target }) => target !== undefined && value > target);
}
