import { describe, expect, test } from '@jest/globals';
import { DEFAULT_ISTIO_VERSION, IstioMesh, type IstioMeshProps } from '../../constructs/istio';
import { newerVersion } from '../../constructs/istio/revision';
import { clusterStack } from '../helpers/cluster';
import { releaseValues, resources } from '../helpers/synth';

const NEXT = '1.32.0';

/** The steps of an upgrade, in the order of docs/upgrades.md. */
const canary = { revision: '1-32-0', version: NEXT };
const namespaces = [{ name: 'default' }, { name: 'shop' }];
const STEPS: Readonly<Record<string, IstioMeshProps>> = {
  before: {},
  beside: { canary },
  half: { canary: { ...canary, namespaces: ['shop'] } },
  all: { canary: { ...canary, namespaces: ['shop', 'default'] } },
  gateway: { canary: { ...canary, namespaces: ['shop', 'default'], gateway: true } },
  after: { version: NEXT, revision: '1-32-0' },
};

function at(step: string) {
  const stack = clusterStack();
  new IstioMesh(stack, 'mesh', { workloadNamespaces: namespaces, ...STEPS[step] });
  const releases = Object.entries(resources(stack, 'helm_release')).map(([id, release]) => ({
    id,
    name: String(release['name']),
    version: String(release['version']),
  }));
  const labels = Object.fromEntries(
    [
      ...Object.values(resources(stack, 'kubernetes_labels')).map(({ metadata, labels }) => ({
        metadata: metadata as { name: string },
        labels,
      })),
      ...Object.values(resources(stack, 'kubernetes_namespace_v1')).map(({ metadata }) => ({
        metadata: metadata as { name: string },
        labels: (metadata as { labels?: unknown }).labels,
      })),
    ].map(({ metadata, labels }) => [metadata.name, labels]),
  );
  return {
    stack,
    labels,
    versions: Object.fromEntries(releases.map(({ name, version }) => [name, version])),
    ids: new Map(releases.map(({ id, name }) => [name, id])),
  };
}

test('A canary is installed beside, and nothing moves yet', () => {
  const { versions, labels } = at('beside');
  expect(versions).toEqual({
    'istio-base': NEXT,
    istiod: DEFAULT_ISTIO_VERSION,
    'istiod-1-32-0': NEXT,
    'istio-ingressgateway': DEFAULT_ISTIO_VERSION,
  });
  expect(labels['default']).toMatchObject({ 'istio-injection': 'enabled' });
  expect(labels['shop']).toMatchObject({ 'istio-injection': 'enabled' });
});

test('Namespaces move one by one, and each has one control plane', () => {
  const { labels } = at('half');
  expect(labels['shop']).toMatchObject({ 'istio.io/rev': '1-32-0' });
  expect(labels['shop']).not.toHaveProperty('istio-injection');
  expect(labels['default']).toEqual({ 'istio-injection': 'enabled' });
});

test('The gateway moves when it is told to', () => {
  const gateway = (step: string) => ({
    version: at(step).versions['istio-ingressgateway'],
    revision: releaseValues(at(step).stack, 'istio-ingressgateway')['revision'],
  });
  expect(gateway('all')).toEqual({ version: DEFAULT_ISTIO_VERSION, revision: undefined });
  expect(gateway('gateway')).toEqual({ version: NEXT, revision: '1-32-0' });
  expect(gateway('after')).toEqual({ version: NEXT, revision: '1-32-0' });
});

test('When the canary takes over, only the old control plane goes', () => {
  const [before, after] = [at('gateway'), at('after')];
  expect([...before.ids].filter(([name]) => !after.ids.has(name)).map(([name]) => name)).toEqual([
    'istiod',
  ]);
  for (const [name, id] of after.ids) expect(before.ids.get(name)).toBe(id);
  expect(after.labels).toEqual(before.labels);
  expect(after.versions).toEqual({
    'istio-base': NEXT,
    'istiod-1-32-0': NEXT,
    'istio-ingressgateway': NEXT,
  });
  // Whom the API server asks about Istio's resources.
  expect(releaseValues(after.stack, 'istio-base')['defaultRevision']).toBe('1-32-0');
  expect(releaseValues(before.stack, 'istio-base')['defaultRevision']).toBeUndefined();
});

test('Both control planes are told the same, but for name and version', () => {
  const { stack } = at('beside');
  const [own, other] = ['istiod', 'istiod-1-32-0'].map((name) => releaseValues(stack, name));
  const global = { ...(other?.['global'] as object), tag: DEFAULT_ISTIO_VERSION };
  expect({ ...other, global, revision: undefined }).toEqual({ ...own, revision: undefined });
  expect(other?.['revision']).toBe('1-32-0');
});

test('A mesh without a canary is as it was before there were any', () => {
  expect([...at('before').ids.keys()].sort()).toEqual([
    'istio-base',
    'istio-ingressgateway',
    'istiod',
  ]);
});

describe('What cannot be', () => {
  test('is refused, all at once', () => {
    const stack = clusterStack();
    expect(
      () =>
        new IstioMesh(stack, 'mesh', {
          version: '1.31.1',
          revision: 'main',
          images: { pilot: 'registry.example.com/pilot:1.31.1' },
          canary: { revision: 'main', version: '1.34.0', namespaces: ['shop'] },
        }),
    ).toThrow(
      /canary\.revision: is main, as the mesh's own[^]*canary\.version: is 1\.34\.0, more than 2[^]*canary\.namespaces\[0\]: is shop[^]*images\.pilot/,
    );
  });
});

test.each([
  ['1.31.1', '1.32.0', '1.32.0'],
  ['1.31.10', '1.31.9', '1.31.10'],
  ['1.31.1', undefined, '1.31.1'],
])('Of %s and %s the newer is %s', (one, other, newer) => {
  expect(newerVersion(one, other)).toBe(newer);
});
