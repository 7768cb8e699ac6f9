import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type Figure, ratio } from './figures';

/** A run of the benchmark that was kept. Seconds of another machine say nothing: the ratios do. */
const recording = z.object({
  date: z.iso.date(),
  commit: z.string(),
  /** The commit that it was measured beside, in the same run. */
  before: z.string(),
  ratios: z.record(z.string(), z.number()),
});

export type Recording = z.infer<typeof recording>;

/** All recordings, oldest first. */
export function recordings(file: string): Recording[] {
  return existsSync(file) ? z.array(recording).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

export function keep(
  file: string,
  figures: readonly Figure[],
  run: Pick<Recording, 'date' | 'commit' | 'before'>,
): Recording[] {
  const ratios = figures.map((figure) => [figure.name, Number(ratio(figure).toFixed(3))] as const);
  const all = [...recordings(file), { ...run, ratios: Object.fromEntries(ratios) }];
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}

/** Each figure from recording to recording, in percent of what it was before the first. */
export function courses(all: readonly Recording[]): ReadonlyMap<string, readonly number[]> {
  const names = new Set(all.flatMap(({ ratios }) => Object.keys(ratios)));
  return new Map(
    [...names].map((name) => {
      let percent = 100;
      // Where it was not measured it is taken for unchanged.
      const course = all.map(({ ratios }) => (percent *= ratios[name] ?? 1));
      return [name, [100, ...course]];
    }),
  );
}

const WIDTH = 760;
const ROW = 84;
const LEFT = 220;
const RIGHT = 70;

/** The history as a picture: a row for each figure, in percent of what it was before the first recording. */
export function historyPicture(all: readonly Recording[]): string {
  const rows = [...courses(all)];
  const height = rows.length * ROW + 48;
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, all.length);
  const x = (i: number) => Math.round(LEFT + i * step);
  const drawn = rows.map(([name, course], row) => {
    const top = row * ROW + 16;
    const most = Math.max(...course);
    const y = (percent: number) => Math.round(top + (ROW - 28) * (1 - percent / most));
    const points = course.map((percent, i) => `${x(i)},${y(percent)}`).join(' ');
    const last = course.at(-1) ?? 100;
    return [
      `<text x="12" y="${top + 28}">${name}</text>`,
      `<line x1="${LEFT}" y1="${y(0)}" x2="${WIDTH - RIGHT}" y2="${y(0)}" stroke="#999"/>`,
      `<polyline points="${points}" fill="none" stroke="#1668b8" stroke-width="2"/>`,
      ...course.map(
        (percent, i) => `<circle cx="${x(i)}" cy="${y(percent)}" r="3" fill="#1668b8"/>`,
      ),
      `<text x="${WIDTH - RIGHT + 10}" y="${y(last) + 5}">${Math.round(last)} %</text>`,
    ].join('\n');
  });
  const labels = all.map(
    ({ date, commit }, i) =>
      `<text x="${x(i + 1)}" y="${height - 14}" text-anchor="end" font-size="11">${date} ${commit}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    '<title>What people wait for, in percent of what it was before the first recording</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...drawn,
    ...labels,
    '</svg>',
    '',
  ].join('\n');
}
