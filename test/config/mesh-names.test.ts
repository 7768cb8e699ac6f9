import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config';
import { placedMeshes } from '../../config/placed-meshes';
import { undeployed } from '../../support/settings/undeployed';
import { temporaryFolder, writeFile } from '../helpers/files';
import { refusalOf } from '../helpers/mistakes';

const folder = temporaryFolder();

function load(text: string) {
  writeFile(folder, 'federation.yaml', text);
  return loadConfig({ env: {}, folder, undeployed: undeployed(folder) }).config;
}

function mistakes(text: string): readonly string[] {
  const lines = refusalOf(() => load(text))?.message.split('\n') ?? [];
  return lines.slice(1).map((line) => line.trim().replace('federation.yaml:', ''));
}

const NAME_RULE =
  'must be at most 46 lower case letters, digits and "-", with a letter first and no "-" last';
const TWO_OR_MORE =
  ', and a federation has two or more. As soon as it names a mesh of your own, it lists them all: those ' +
  'of the default too, if they shall stay (istio: {}, consul: {})';
const ROOTS = path.join(__dirname, '../lifecycle/files/root.pem');

const kubeconfig = (name: string) => `{ kind: kubeconfig, path: a, context: ${name} }`;

const OTHERS = `meshes: { shop: { kind: istio }, bank: { kind: consul } }
clusters: { shop: ${kubeconfig('s')}, bank: ${kubeconfig('b')} }`;

describe('Meshes', () => {
  const where = (text: string) =>
    placedMeshes(load(text)).map(({ name, mesh, clusterName }) => [name, mesh.kind, clusterName]);
  const PAIR = [
    ['istio', 'istio', 'istio'],
    ['consul', 'consul', 'consul'],
  ];

  it('are the default pair where the file names no others', () => {
    expect(where('')).toEqual(PAIR);
    expect(where('meshes: { consul: { datacenter: dc2 } }')).toEqual(PAIR);
  });

  it('are those of the file as soon as one has another name', () => {
    const { meshes, clusters, weather } = load(`
meshes:
  istio: { cni: true }
  depot: { kind: istio, trustDomain: depot.example.com, cluster: berlin }
clusters: { berlin: ${kubeconfig('berlin')} }
accessPolicy: { meshes: { depot: { services: { stock: {} } } }, rules: [] }
`);
    expect(Object.keys(meshes)).toEqual(['istio', 'depot']);
    // The cluster of the mesh istio is that of the profile; nobody needs the one of consul.
    expect(Object.entries(clusters).map(([name, { kind }]) => [name, kind])).toEqual([
      ['istio', 'eks'],
      ['berlin', 'kubeconfig'],
    ]);
    // It runs in the default pair.
    expect(weather.enabled).toBe(false);
  });

  it('may be three, two of one kind', () => {
    expect(
      where(`
meshes:
  istio: {}
  consul: {}
  depot: { kind: istio, trustDomain: depot.example.com }
clusters: { depot: ${kubeconfig('depot')} }
`),
    ).toEqual([...PAIR, ['depot', 'istio', 'depot']]);
  });

  it('of the pair may be in another cluster, and then the former is not made', () => {
    const text = `meshes: { consul: { cluster: own } }\nclusters: { own: ${kubeconfig('own')} }`;
    expect(where(text)).toEqual([
      ['istio', 'istio', 'istio'],
      ['consul', 'consul', 'own'],
    ]);
    expect(Object.keys(load(text).clusters)).toEqual(['istio', 'own']);
  });

  it('may be called like what every object has', () => {
    expect(
      where(`
meshes: { constructor: { kind: istio }, valueof: { kind: consul } }
clusters: { constructor: ${kubeconfig('a')}, valueof: ${kubeconfig('b')} }
accessPolicy:
  meshes: { constructor: { services: { constructor: {} } }, valueof: { services: { a: {} } } }
  rules: [{ from: constructor/constructor, to: valueof/a }]
`),
    ).toEqual([
      ['constructor', 'istio', 'constructor'],
      ['valueof', 'consul', 'valueof'],
    ]);
  });
});

it('Meshes of other names without a policy are closed to each other', () => {
  expect(load(OTHERS).accessPolicy).toEqual({ meshes: {}, rules: [] });
});

describe('A mistake in the name or the place of a mesh', () => {
  const policy = 'accessPolicy: { meshes: {}, rules: [] }';

  it('is told with all others', () => {
    expect(
      mistakes(`${policy}
meshes:
  Shop: { kind: istio, version: 1.30 }
  bank: { kind: kuma }
  depot: { cni: true }
  tail-: { kind: consul, cluster: berlni }
  twin: { kind: istio, cluster: berlin }
clusters:
  berlin: ${kubeconfig('berlin')}
  tail-: ${kubeconfig('tail')}
  9: ${kubeconfig('nine')}
`),
    ).toEqual([
      `3:3: meshes.Shop: is "Shop"; ${NAME_RULE}`,
      '3:3: meshes.Shop.trustDomain: is cluster.local, and so is that of twin: nobody could tell their ' +
        'identities apart; give each mesh one of its own before it is made',
      '3:33: meshes.Shop.version: is 1.30; must be text: put it in quotes, "1.30"',
      '4:17: meshes.bank.kind: is "kuma"; must be istio, consul or linkerd',
      '5:3: meshes.depot.kind: is missing; must be istio, consul or linkerd; by cni it is istio: write kind: istio',
      `6:3: meshes.tail-: is "tail-"; ${NAME_RULE}`,
      '6:35: meshes.tail-.cluster: is berlni, but there is no such cluster; describe it in ' +
        'clusters.berlni, or name another: 9, berlin, tail-',
      `10:3: clusters.tail-: is "tail-"; ${NAME_RULE}`,
      `11:3: clusters.9: is "9"; ${NAME_RULE}`,
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a cluster that is not there',
      `${policy}\nmeshes: { istio: {}, bank: { kind: consul } }`,
      [
        '2:22: meshes.bank.cluster: is bank, but there is no such cluster; describe it in ' +
          'clusters.bank, or name another: istio',
      ],
    ],
    [
      'one mesh',
      `${policy}\nmeshes: { istio-2: { kind: istio, cluster: istio } }`,
      [`2:1: meshes: has one mesh${TWO_OR_MORE}`],
    ],
    [
      'a cluster without a mesh',
      `clusters: { berlin: ${kubeconfig('berlin')} }`,
      [
        '1:13: clusters.berlin: has no mesh, and would be created and paid for with nothing in it; put one there with ' +
          'meshes.<name>.cluster: berlin, or take it out',
      ],
    ],
    [
      'two of a kind in one cluster',
      `meshes: { shop: { kind: istio, trustDomain: a.example }, depot: { kind: istio, cluster: shop } }\nclusters: { shop: ${kubeconfig('s')} }`,
      [
        '1:58: meshes.depot: does not fit: meshes.depot.namespaces[0].name is default, which shop has too, ' +
          'in the same cluster, and the pods of a namespace are of one mesh; list others for one of them',
        '1:89: meshes.depot.cluster: is shop, where shop is, of the kind istio too, whose CRDs and webhooks ' +
          'are there once for the whole cluster; put it into another cluster',
      ],
    ],
    [
      'a trust domain of two meshes',
      `meshes: { istio: {}, consul: {}, depot: { kind: istio } }\nclusters: { depot: ${kubeconfig('d')} }`,
      [
        '1:34: meshes.depot.trustDomain: is cluster.local, and so is that of istio: nobody could tell ' +
          'their identities apart; give each mesh one of its own before it is made',
      ],
    ],
    [
      'a mesh of the policy or of the roots that is not there, or of another kind',
      `weather: { enabled: false }
accessPolicy:
  meshes: { istoi: { services: { a: {} } }, consul: { kind: istio } }
  rules: []
federation: { trust: { roots: { conusl: ${ROOTS} } } }`,
      [
        '3:13: accessPolicy.meshes.istoi: there is no such mesh in meshes; did you mean "istio"?',
        '3:61: accessPolicy.meshes.consul.kind: is istio, but meshes.consul is of kind consul; leave it out',
        '5:41: federation.trust.roots.conusl: there is no such mesh in meshes; did you mean "consul"?',
      ],
    ],
    [
      'the weather without its meshes',
      `weather: { enabled: true }\n${OTHERS}`,
      [
        '1:21: weather.enabled: is true, but the application runs in the meshes istio, of that kind, and ' +
          'consul, of that kind, of which one is not in meshes; leave it out',
      ],
    ],
    [
      'a mesh that is empty',
      'meshes: { istio: , shop: }',
      [
        '1:11: meshes.istio: is empty; must be a map: write {} for its defaults, or leave it out',
        '1:20: meshes.shop: is empty; must be a map: write {} for its defaults, or leave it out',
      ],
    ],
    [
      'a list of meshes',
      'meshes: [{ kind: istio }]',
      ['1:1: meshes: is a list of 1; must be a map'],
    ],
    [
      'a name that JavaScript keeps for itself',
      'meshes: { __proto__: { kind: istio } }',
      [
        `1:1: meshes: has none${TWO_OR_MORE}`,
        '1:11: meshes.__proto__: "__proto__" cannot be a name: every object of JavaScript has it already; take another',
      ],
    ],
  ])('is clear: %s', (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });
});
