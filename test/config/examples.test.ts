import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { accessPlan } from '../../config/access-plan';

const FOLDER = path.join(__dirname, '../../examples');
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(^[^/]+|federation)\.yaml$/.test(file),
);

describe.each(FILES)('examples/%s', (file) => {
  it('is without mistakes, and lets services of both meshes call each other', () => {
    const { config } = loadConfig({ env: { FEDERATION_CONFIG: path.join(FOLDER, file) } });
    const { calls, borders } = accessPlan(config);
    expect(calls.length).toBeGreaterThan(0);
    expect(new Set(borders.map(({ mesh }) => mesh)).size).toBeGreaterThan(0);
  });
});

it('There are examples of settings', () => {
  expect(FILES).not.toEqual([]);
});
