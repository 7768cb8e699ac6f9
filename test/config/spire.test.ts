import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig } from '../../config';
import { accessPlan } from '../../config/access-plan';
import { mistakesOf } from '../helpers/mistakes';

const SPIRE = { trustDomain: 'spire.example.org' };

/** Two meshes that call each other, of which Istio has a SPIRE. */
function given(istio: object | undefined, more: ConfigInput = {}, out = 'border'): ConfigInput {
  return {
    profile: 'emulated',
    weather: { enabled: false },
    meshes: istio === undefined ? {} : { istio: { spire: istio } },
    accessPolicy: {
      meshes: { istio: { out, services: { backend: {} } }, consul: { services: { info: {} } } },
      rules: [
        { from: 'istio/backend', to: 'consul/info' },
        { from: 'consul/info', to: 'istio/backend' },
      ],
    },
    ...more,
  } as ConfigInput;
}

const mistakes = (input: ConfigInput) => mistakesOf(() => defineConfig(input));

describe('the SPIRE of a mesh', () => {
  it('needs a trust domain and nothing else', () => {
    const { config } = defineConfig(given(SPIRE));
    expect(config.meshes['istio']?.spire).toEqual({
      trustDomain: 'spire.example.org',
      path: '/ns/{namespace}/sa/{serviceAccount}',
      csiDriver: 'csi.spiffe.io',
      socket: 'spire-agent.sock',
      entries: 'create',
      bundle: { namespace: 'spire', configMap: 'spire-bundle', key: 'bundle.crt' },
      foreignRoots: 'exchange',
    });
    const { borders } = accessPlan(config);
    expect(borders.map(({ crossingIdentity }) => crossingIdentity)).toContain(
      'spiffe://spire.example.org/ns/federation-borders/sa/info-outbound',
    );
  });

  it('is refused with all that is wrong in it', () => {
    expect(
      mistakes(
        given({
          trustDomain: 'Spire',
          path: '/borders',
          csiDriver: 'csi/spiffe',
          socket: '/run/agent.sock',
          bundle: { key: 'a/b' },
          foreignRoots: 'both',
        }),
      ),
    ).toEqual([
      expect.stringMatching(/^meshes\.istio\.spire\.trustDomain: is .*; must be at most 255/),
      expect.stringMatching(/^meshes\.istio\.spire\.path: is .*; must have \{serviceAccount\}/),
      expect.stringMatching(/^meshes\.istio\.spire\.csiDriver: is .*; must be a name/),
      expect.stringMatching(/^meshes\.istio\.spire\.socket: is .*; must be the name of a file/),
      expect.stringMatching(/^meshes\.istio\.spire\.bundle\.key: is .*; must be a key/),
      expect.stringMatching(
        /^meshes\.istio\.spire\.foreignRoots: is .*; must be exchange or spire/,
      ),
    ]);
  });

  it('is refused where sidecars call other meshes', () => {
    expect(mistakes(given(SPIRE, {}, 'sidecar'))).toEqual([
      expect.stringMatching(/^meshes\.istio\.spire: .*istio\/backend .*out: border/),
    ]);
  });

  it('is refused beside a root that is shared', () => {
    expect(mistakes(given(SPIRE, { federation: { trust: { authorities: 'shared' } } }))).toEqual([
      expect.stringMatching(/^meshes\.istio\.spire: .*authorities: shared/),
    ]);
  });

  it('has a trust domain that no other mesh has', () => {
    expect(
      mistakes({
        profile: 'emulated',
        meshes: { consul: { spire: { trustDomain: 'cluster.local' } } },
      }),
    ).toEqual([expect.stringMatching(/^meshes\.\w+: .*cluster\.local/)]);
    expect(
      mistakes(given(SPIRE, { meshes: { istio: { spire: SPIRE }, consul: { spire: SPIRE } } })),
    ).toEqual([expect.stringMatching(/^meshes\.consul\.spire: .*path of its own/)]);
  });
});
