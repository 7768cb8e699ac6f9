import { describe, expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import { WEATHER_KEY } from '../../../config/weather';
import { unsupportedFindings } from '../../../support/check/clusters';
import { weatherKeyFindings } from '../../../support/check/machine';
import { CONSUL, ISTIO } from '../../../versions';

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
