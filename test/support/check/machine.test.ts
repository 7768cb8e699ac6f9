import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { WEATHER_KEY } from '../../../config/weather';
import { unsupportedFindings } from '../../../support/check/clusters';
import { awsCliFinding, weatherKeyFindings } from '../../../support/check/machine';
import { CONSUL, ISTIO } from '../../../versions';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();

const settings = (more: object) =>
  defineConfig({ eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } }, ...more }).config;

describe('Before a deploy', () => {
  it('the key of OpenWeather is asked for where it is needed, and only there', () => {
    const { weather } = settings({ weather: { data: 'openweather' } });
    expect(weatherKeyFindings(weather, {})).toEqual([
      expect.objectContaining({ verdict: 'wrong', found: expect.stringContaining(WEATHER_KEY) }),
    ]);
    expect(weatherKeyFindings(weather, { [WEATHER_KEY]: '' })).toEqual([
      expect.objectContaining({ verdict: 'wrong' }),
    ]);
    expect(weatherKeyFindings(weather, { [WEATHER_KEY]: 'key' })).toEqual([
      expect.objectContaining({ verdict: 'right', found: `${WEATHER_KEY} is set` }),
    ]);
    expect(weatherKeyFindings(settings({}).weather, {})).toEqual([]);
  });

  it('an AWS CLI that hangs is not taken for one that is missing', () => {
    chmodSync(writeFile(folder, 'aws', '#!/bin/sh\nexec sleep 600\n'), 0o755);
    const env = { PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` };
    expect(awsCliFinding(env, 200)).toMatchObject({
      verdict: 'wrong',
      found: 'has not answered "aws --version" in 0.2 s',
    });
    expect(awsCliFinding({ PATH: '/nowhere' })).toMatchObject({ found: 'is not on the PATH' });
  });

  it('a cluster of yours is held to what the vendors of its meshes support', () => {
    const { meshes } = settings({});
    const found = (version: string, of = meshes) =>
      unsupportedFindings(of, version, 'Kubernetes').map(({ found: text }) => text);
    expect(found('v1.35.4')).toEqual([]);
    expect(found('v1.20.1-eks-1')).toEqual([
      `is 1.20, but Istio ${ISTIO.version} is supported on 1.32 to 1.37`,
      `is 1.20, but Consul ${CONSUL.version} is supported on 1.30 to 1.35`,
    ]);
    const consented = settings({
      meshes: { istio: { allowUnsupported: true }, consul: { allowUnsupported: true } },
    }).meshes;
    expect(found('v1.20.1', consented)).toEqual([]);
    expect(found('unknown')).toEqual([]);
  });
});
