import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  figureTable,
  lastRecording,
  missed,
  record,
  type Figure,
} from '../../scripts/support/figures';

const figures: Figure[] = [
  { name: 'synthesis', value: 0.9, unit: 's', target: 1 },
  { name: 'memory', value: 200, unit: 'MB', target: 150 },
  { name: 'deploy', value: 40, unit: 's' },
];

describe('Figures', () => {
  test('are recorded, and compared with the last recording', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
    const file = path.join(folder, 'results.json');
    expect(lastRecording(file)).toBeUndefined();
    record(file, [{ name: 'synthesis', value: 0.6, unit: 's' }], new Date('2026-11-24T12:00:00Z'));
    const table = figureTable(figures, lastRecording(file));
    rmSync(folder, { recursive: true });

    expect(table).toContain('Recorded 2026-11-24');
    expect(table).toMatch(/synthesis\s+│\s+0.9 s │\s+0.6 s │\s+\+50 % │\s+met: 1 s/);
    expect(table).toMatch(/memory\s+│\s+200 MB │\s+│\s+│\s+MISSED: 150 MB/);
  });

  test('that missed their target are told', () => {
    expect(missed(figures).map(({ name }) => name)).toEqual(['memory']);
  });
});
