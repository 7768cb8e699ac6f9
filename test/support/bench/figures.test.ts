import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { historyPicture, keep, recordings } from '../../../support/bench/history';
import { type Figure, figureTable, missed, ratio } from '../../../support/bench/figures';
import { measured, median } from '../../../support/bench/measure';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();

const figures: Figure[] = [
  { name: 'synthesis', unit: 's', now: [1, 9, 1.1], before: [2, 2.2, 2.1], target: 0.55 },
  { name: 'memory', unit: 'MB', now: [150], before: [100], target: 1.1 },
  { name: 'wall time', unit: 's', now: [9], before: [1] },
];

describe('Figures', () => {
  test('are medians beside those of the build before, with their spread', () => {
    const table = figureTable(figures, 'abc1234');
    expect(table).toContain('Before (abc1234)');
    expect(table).toMatch(
      /synthesis +│ +1\.10 s \(1\.00 to 9\.00\) │ +2\.10 s \(2\.00 to 2\.20\) │ +0\.52 │ +met: 0\.55/,
    );
    expect(table).toMatch(/memory +│ +150 MB .* │ +1\.50 │ +MISSED: 1\.1/);
  });

  test('are judged by their ratio, where they have a target', () => {
    expect(missed(figures).map(({ name }) => name)).toEqual(['memory']);
    expect(figures.map(ratio).map((value) => value.toFixed(2))).toEqual(['0.52', '1.50', '9.00']);
  });

  test('have a median of an even number of runs', () => {
    expect([median([4]), median([4, 1]), median([9, 1, 2]), median([4, 1, 9, 2])]).toEqual([
      4, 2.5, 2, 3,
    ]);
  });
});

test('A run is measured with the programs that it starts, and its failure is told', () => {
  const spin =
    'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end) for (let i = 0; i < 1e6; i++);';
  const below = `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}])`;
  const run = (script: string) =>
    measured({ words: [process.execPath, '-e', script], cwd: folder, folder });
  const usage = run(below);
  expect(usage.cpuSeconds).toBeGreaterThan(0.3);
  expect(usage.megabytes).toBeGreaterThan(10);
  expect(() => run('console.log("no good"); process.exit(1)')).toThrow(/failed in .*:\nno good/);
});

test('The history has what is judged, and is a picture', () => {
  const file = path.join(folder, 'history.json');
  expect(recordings(file)).toEqual([]);
  keep(file, figures, { date: '2026-11-27', commit: 'aaaaaaa' });
  const [synthesis] = figures;
  if (synthesis === undefined) throw new Error('no figure');
  const later = [{ ...synthesis, now: [0.84] }];
  const all = keep(file, later, { date: '2026-11-28', commit: 'bbbbbbb' });
  expect(all).toEqual(recordings(file));
  expect(all.map(({ figures: kept }) => kept)).toEqual([
    { synthesis: { ratio: 0.524, target: 0.55 }, memory: { ratio: 1.5, target: 1.1 } },
    { synthesis: { ratio: 0.4, target: 0.55 } },
  ]);
  const picture = historyPicture(all);
  // A row for each figure, with a point for each run that has it.
  expect(picture.match(/<circle/g)).toHaveLength(3);
  expect(picture).toMatch(/synthesis[^]*>0\.52<[^]*>0\.40<[^]*memory[^]*>1\.50</);
  expect(picture).toContain('2026-11-28 bbbbbbb');
});
