import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Testing } from 'cdktf';
import { loadConfig } from '../../config';
import { accessPlan } from '../../config/access-plan';
import { addStacks } from '../../stacks';
import { stackOf, synthesise } from '../helpers/synth';

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

it('Of two organisations with a private connection, each makes its end by what the offer of the other says', () => {
  const made = (own: string) => {
    const file = path.join(FOLDER, 'two-organisations-privatelink', own, 'federation.yaml');
    const { config, notices } = loadConfig({ env: { FEDERATION_CONFIG: file } });
    expect(notices.filter((one) => one.includes('offer'))).toEqual([]);
    const app = Testing.app();
    addStacks(app, config);
    const crossing = stackOf(app, 'crossing');
    return Object.keys(synthesise(crossing).resource ?? {});
  };
  expect(made('bank')).toContain('aws_vpc_endpoint_service_allowed_principal');
  expect(made('shop')).toContain('aws_vpc_endpoint');
});

it('There are examples of settings', () => {
  expect(FILES).not.toEqual([]);
});
