import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type ConfigInput, defineConfig } from '../../config';
import { ROOT } from '../../support/paths';
import { mistakesOf } from '../helpers/mistakes';

const documentation = readFileSync(join(ROOT, 'docs', 'access-policy.md'), 'utf8');

/** The rest of the settings, without mistakes. */
const rest: ConfigInput = { profile: 'emulated' };

function mistakes(input: ConfigInput): readonly string[] {
  return mistakesOf(() => defineConfig({ ...rest, ...input }));
}

describe('the access policy of the configuration', () => {
  it('is that of the weather application by default', () => {
    const { accessPolicy } = defineConfig(rest).config;
    expect(Object.keys(accessPolicy.meshes['istio']?.services ?? {})).toEqual([
      'frontend',
      'backend',
    ]);
    expect(Object.keys(accessPolicy.meshes['consul']?.services ?? {})).toEqual(['info']);
    expect(accessPolicy.rules).toEqual([
      { from: 'istio/frontend', to: 'istio/backend', policyName: 'allow-frontend' },
      { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
      {
        from: 'consul/info',
        to: 'istio/backend',
        allow: [{ methods: ['GET'], pathExact: '/weather' }],
        policyName: 'allow-info',
      },
    ]);
  });

  it('is what the documentation shows, and each of its settings is one', () => {
    const [whole, other] = [...documentation.matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, text]) => parse(text ?? '') as ConfigInput,
    );
    expect(defineConfig({ ...rest, ...whole }).config.accessPolicy).toEqual(
      defineConfig(rest).config.accessPolicy,
    );
    const { accessPolicy } = defineConfig({
      ...rest,
      ...other,
      weather: { enabled: false },
      accessPolicy: { ...other?.accessPolicy, rules: [] },
    }).config;
    expect(accessPolicy.meshes['istio']?.services).toEqual(
      other?.accessPolicy?.meshes?.['istio']?.services,
    );
  });

  it('takes the place of the whole default', () => {
    const { accessPolicy } = defineConfig({
      ...rest,
      weather: { enabled: false },
      accessPolicy: { meshes: { istio: { services: { shop: {} } } }, rules: [] },
    }).config;
    expect(accessPolicy).toEqual({
      meshes: {
        istio: { kind: 'istio', services: { shop: {} } },
      },
      rules: [],
    });
  });

  it('is refused together with all other mistakes, each at its place in the file', () => {
    expect(
      mistakes({
        network: { zones: 1 },
        meshes: { consul: { gateway: { ports: [80, 443, 8080] } } },
        weather: { enabled: false },
        accessPolicy: {
          meshes: {
            istio: { services: { Backend: {}, backend: { gatewayPort: 8080 } } },
            consul: { services: { info: { protocol: 'tcp' } } },
          },
          rules: [
            { from: 'istio/backend', to: 'consul/infos' },
            { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['get'] }] },
          ],
        },
      }),
    ).toEqual([
      expect.stringMatching(/^network\.zones: is 1; /),
      expect.stringMatching(/^accessPolicy\.meshes\.istio\.services\.Backend: is "Backend"; must/),
      'accessPolicy.rules[0].to: is "consul/infos", but consul has no service "infos"; there are: info',
      'accessPolicy.rules[1].allow[0].methods[0]: is "get"; must be in capitals: GET',
      'accessPolicy.rules[1].allow: consul/info speaks tcp, which has no methods and paths; leave ' +
        '"allow" out, or set the protocol to http, http2 or grpc',
      'accessPolicy.meshes.istio.services.backend.gatewayPort: is 8080, which the gateway of consul ' +
        'has for meshes.consul.gateway.ports[2]; set another one',
    ]);
  });

  it('is refused for words that it does not know', () => {
    expect(
      mistakes({
        weather: { enabled: false },
        accessPolicy: JSON.parse(
          '{"meshes": {"consul": {"services": {"info": {"prot": "http"}}}}, "rule": []}',
        ) as NonNullable<ConfigInput['accessPolicy']>,
      }),
    ).toEqual([
      'accessPolicy.meshes.consul.services.info.prot: there is no such setting; did you mean "port"?',
      'accessPolicy.rule: there is no such setting; did you mean "rules"?',
    ]);
  });

  it("is refused for ports of the gateway's own proxy, unless nobody enters by them", () => {
    const policy = (rules: { from: string; to: string }[]) => ({
      weather: { enabled: false },
      accessPolicy: {
        meshes: {
          istio: { services: { backend: { gatewayPort: 21000 } } },
          consul: { services: { info: {} } },
        },
        rules,
      },
    });
    expect(mistakes(policy([{ from: 'consul/info', to: 'istio/backend' }]))).toEqual([]);
    expect(mistakes(policy([{ from: 'istio/backend', to: 'consul/info' }]))).toEqual([
      'accessPolicy.meshes.istio.services.backend.gatewayPort: is 21000, which the gateway of consul ' +
        'has for health checks; set another one',
    ]);
  });

  it('is refused for the namespaces of the jobs that exchange roots', () => {
    const of = (namespace: string): ConfigInput => ({
      meshes: {
        istio: { namespaces: [{ name: 'default' }, { name: namespace }] },
        consul: { namespaces: [{ name: 'default' }] },
      },
      accessPolicy: {
        meshes: { istio: { services: { backend: { namespace } } }, consul: { services: {} } },
        rules: [],
      },
      weather: { enabled: false },
    });
    const refused = (namespace: string) => [
      `meshes.istio.namespaces[1].name: is ${namespace}, where the jobs of istio that exchange roots ` +
        'are, and nothing else may be; use another',
    ];
    const named = 'mesh-federation-depot';
    expect(mistakes({ ...of(named), federation: { name: 'depot' } })).toEqual(refused(named));
    expect(mistakes(of(named))).toEqual([]);
    const shared = of('mesh-federation-istio');
    const meshes: ConfigInput['meshes'] = {
      istio: { namespaces: [{ name: 'shop' }, { name: 'mesh-federation-istio' }], cluster: 'one' },
      consul: { namespaces: [{ name: 'default' }], cluster: 'one' },
    };
    const clusters: ConfigInput['clusters'] = {
      one: { kind: 'eks', name: 'one', cidr: '10.0.0.0/16' },
    };
    expect(mistakes({ ...shared, meshes, clusters })).toEqual(refused('mesh-federation-istio'));
    const elsewhere: ConfigInput = {
      federation: {
        name: 'depot',
        borders: { namespace: named },
        observability: { namespace: named },
      },
      weather: { namespace: named },
    };
    expect(mistakes(elsewhere).map((text) => text.split(':')[0])).toEqual(
      expect.arrayContaining([
        'federation.borders.namespace',
        'federation.observability.namespace',
        'weather.namespace',
      ]),
    );
  });

  it('is refused for namespaces whose pods are not in the mesh', () => {
    const accessPolicy: ConfigInput['accessPolicy'] = {
      meshes: {
        istio: { services: { backend: { namespace: 'shop' } } },
        consul: { services: { info: { namespace: 'data' } } },
      },
      rules: [],
    };
    const weather = { enabled: false };
    expect(mistakes({ accessPolicy, weather })).toEqual([
      'accessPolicy.meshes.istio.services.backend.namespace: is shop, whose pods do not join the ' +
        'mesh; add it to meshes.istio.namespaces, or choose from there: default',
      'accessPolicy.meshes.consul.services.info.namespace: is data, whose pods do not join the mesh; ' +
        'add it to meshes.consul.namespaces, or choose from there: default',
    ]);
    const meshes: ConfigInput['meshes'] = {
      istio: { namespaces: [{ name: 'default' }, { name: 'shop' }] },
      consul: { namespaces: [{ name: 'default' }, { name: 'data' }] },
    };
    expect(mistakes({ accessPolicy, meshes, weather })).toEqual([]);
  });
});
