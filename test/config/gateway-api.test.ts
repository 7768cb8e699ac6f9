import { describe, expect, it } from '@jest/globals';
import { ConfigError, defineConfig, type ConfigInput } from '../../config';

function mistakes(settings: ConfigInput): readonly string[] {
  try {
    defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } }, ...settings });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const gateway = (settings: object, more: object = {}): ConfigInput => ({
  meshes: { consul: { gateway: settings, ...more } },
});

describe("Consul's API gateway in the settings", () => {
  it.each<[string, ConfigInput]>([
    ['alone', gateway({ kind: 'api' })],
    ['beside an ingress gateway', gateway({ beside: 'api' })],
    ['by CRDs of somebody else', gateway({ kind: 'api' }, { gatewayApiCrds: 'existing' })],
    [
      'with ports for a Gateway of the user',
      {
        ...gateway({ kind: 'api', ports: [8081] }),
        weather: { enabled: false },
        accessPolicy: {
          meshes: {
            istio: { services: {} },
            consul: { services: {}, gatewayListeners: 'existing' },
          },
          rules: [],
        },
      },
    ],
  ])('may be %s', (_, settings) => {
    expect(mistakes(settings)).toEqual([]);
  });

  it.each<[string, ConfigInput, string]>([
    [
      'beside itself',
      gateway({ kind: 'api', beside: 'api' }),
      'meshes.consul.gateway.beside: is api, as kind is: name the other kind, or leave it out',
    ],
    [
      'of a chart that is too old',
      gateway({ kind: 'api' }, { version: '1.9.7' }),
      'meshes.consul.gateway.kind: is api, which needs version 2.0.0 of the chart or later, and version is 1.9.7',
    ],
    [
      'with ports that lead nowhere',
      gateway({ kind: 'api', ports: [8081] }),
      'meshes.consul.gateway.ports: are of an API gateway, whose Gateway is made here',
    ],
    [
      "with the port that Consul's controller keeps",
      gateway({ beside: 'api', ports: [20_000] }),
      'meshes.consul.gateway: port 20000 (ports[0])',
    ],
    [
      'beside another where a private connection leads to the pods of one',
      { ...gateway({ beside: 'api' }), federation: { crossing: 'peering' } },
      'meshes.consul.gateway.beside: is set, but federation.crossing peering leads to the pods of one gateway',
    ],
  ])('may not be %s', (_, settings, message) => {
    expect(mistakes(settings)).toContainEqual(expect.stringContaining(message));
  });
});

describe("Istio's gateway by the Gateway API", () => {
  const istio = (settings: object): ConfigInput => ({
    meshes: { istio: { gateway: { kind: 'gateway-api' }, ...settings } },
  });

  it('is of versions that were read for it', () => {
    expect(mistakes(istio({}))).toEqual([]);
    expect(mistakes(istio({ version: '1.30.4' }))).toContainEqual(
      expect.stringMatching(/^meshes\.istio\.gateway\.kind: is gateway-api, .*version is 1\.30\.4/),
    );
  });
});

describe('CRDs of the Gateway API', () => {
  const shared = (consul: object, linkerd: object): ConfigInput => ({
    meshes: {
      depot: { kind: 'consul', cluster: 'one', ...consul },
      shop: { kind: 'linkerd', cluster: 'one', namespaces: [{ name: 'shop' }], ...linkerd },
    },
    clusters: { one: { kind: 'eks', name: 'one', cidr: '10.30.0.0/16' } },
    accessPolicy: { meshes: { depot: { services: {} }, shop: { services: {} } }, rules: [] },
  });
  const existing = { gatewayApiCrds: 'existing' };
  const brought = (settings: ConfigInput) =>
    mistakes(settings).filter((mistake) => mistake.includes('gatewayApiCrds'));

  it('are of one release for Consul and Linkerd in one cluster, which neither chart has', () => {
    const remedy = /gatewayApiCrds is install, but .* set gatewayApiCrds: existing for both$/;
    expect(brought(shared({}, {}))).toEqual([
      expect.stringMatching(remedy),
      expect.stringMatching(remedy),
    ]);
    expect(brought(shared(existing, {}))).toEqual([
      expect.stringContaining('meshes.shop.gatewayApiCrds is install'),
    ]);
    expect(brought(shared({}, existing))).toEqual([
      expect.stringContaining('meshes.depot.gatewayApiCrds is install'),
    ]);
    expect(brought(shared(existing, existing))).toEqual([]);
  });
});
