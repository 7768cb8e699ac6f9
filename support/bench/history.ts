import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type Figure, ratio } from './figures';

/** A run of the benchmark beside peers that was kept. Seconds of another machine say nothing: the ratios do. */
const recording = z.object({
  date: z.iso.date(),
  commit: z.string(),
  /** By figure, how many times of the peer's it was, and was to be at most. */
  figures: z.record(z.string(), z.object({ ratio: z.number(), target: z.number() })),
});

export type Recording = z.infer<typeof recording>;

/** All recordings, oldest first. */
export function recordings(file: string): Recording[] {
  return existsSync(file) ? z.array(recording).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** Adds a run to the file: those of its figures that have a target. */
export function keep(
  file: string,
  figures: readonly Figure[],
  run: Pick<Recording, 'date' | 'commit'>,
): Recording[] {
  const judged = figures.flatMap((figure) =>
    figure.target === undefined
      ? []
      : [
          [
            figure.name,
            { ratio: Number(ratio(figure).toFixed(3)), target: figure.target },
          ] as const,
        ],
  );
  const all = [...recordings(file), { ...run, figures: Object.fromEntries(judged) }];
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}

const WIDTH = 940;
const ROW = 90;
const LEFT = 440;
const RIGHT = 60;
const PLOT = ROW - 34;

/** The history as a picture: a row for each figure, from nothing up to as much as the peer. */
export function historyPicture(all: readonly Recording[]): string {
  const names = [...new Set(all.flatMap(({ figures }) => Object.keys(figures)))];
  const height = names.length * ROW + 70;
  const right = WIDTH - RIGHT;
  const x = (i: number) => Math.round(LEFT + ((i + 0.5) * (right - LEFT)) / all.length);
  const rows = names.map((name, row) => {
    const top = row * ROW + 40;
    const found = all.flatMap(({ figures }, i) => {
      const figure = figures[name];
      return figure === undefined ? [] : [{ ...figure, i }];
    });
    const most = Math.max(1, ...found.map((one) => one.ratio));
    const y = (value: number) => Math.round(top + PLOT * (1 - value / most));
    const level = (value: number, more: string) =>
      `<line x1="${LEFT}" y1="${y(value)}" x2="${right}" y2="${y(value)}" ${more}/>`;
    const last = found.at(-1);
    return [
      `<text x="12" y="${top + PLOT / 2 + 5}">${name}</text>`,
      level(0, 'stroke="#999"'),
      level(1, 'stroke="#999"'),
      `<text x="${right + 8}" y="${y(1) + 4}" font-size="11">peer</text>`,
      ...(last === undefined
        ? []
        : [level(last.target, 'stroke="#c0392b" stroke-dasharray="5 4"')]),
      `<polyline points="${found.map(({ i, ratio: value }) => `${x(i)},${y(value)}`).join(' ')}" fill="none" stroke="#1668b8" stroke-width="2"/>`,
      ...found.map(
        ({ i, ratio: value }) =>
          `<circle cx="${x(i)}" cy="${y(value)}" r="4" fill="#1668b8"/><text x="${x(i) + 8}" y="${y(value) + 4}" font-size="12">${value.toFixed(2)}</text>`,
      ),
    ].join('\n');
  });
  const labels = all.map(
    ({ date, commit }, i) =>
      `<text x="${x(i)}" y="${height - 12}" text-anchor="middle" font-size="11">${date} ${commit}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    '<title>What this project takes, in proportion to its peers</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    '<text x="12" y="22">In proportion to the peer; dashed: at most</text>',
    ...rows,
    ...labels,
    '</svg>',
    '',
  ].join('\n');
}
