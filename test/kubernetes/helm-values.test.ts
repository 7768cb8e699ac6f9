import { describe, expect, it } from '@jest/globals';
import { type KeptValue } from '../../constructs/kubernetes';
import { layeredValues, valuesProblems } from '../../constructs/kubernetes/helm-values';
import { temporaryFolder, writeFile } from '../helpers/files';

const folder = temporaryFolder();

const keep: readonly KeptValue[] = [
  { path: ['list'], listBy: 'name' },
  { path: ['list', '*', 'inner'], listBy: 'port' },
  { path: ['list', '*', 'fixed'], reason: 'is fixed' },
  { path: ['map', 'one'], reason: 'is ours' },
  { path: ['unset'], reason: 'must stay empty' },
];
const settings = {
  list: [
    { name: 'ours', inner: [{ port: 1 }], fixed: 1, free: 1 },
    { name: 'other', inner: [] },
  ],
  map: { one: 1, two: 2 },
};

function over(...texts: string[]) {
  return {
    base: 'istio-cni',
    settings,
    keep,
    files: texts.map((text, i) => writeFile(folder, `over-${i}.yaml`, text)),
  };
}

describe('what others rely on', () => {
  it.each([
    ['list: [{name: mine}]', [...settings.list, { name: 'mine' }]],
    [
      'list: [{name: mine}, {name: ours, free: 2, inner: [{port: 2}, {port: 1, as: x}]}]',
      [
        { name: 'ours', inner: [{ port: 1, as: 'x' }, { port: 2 }], fixed: 1, free: 2 },
        { name: 'other', inner: [] },
        { name: 'mine' },
      ],
    ],
    ['list: []', settings.list],
    ['list: null', settings.list],
    ['list: [plain]', [...settings.list, 'plain']],
  ])('stays in a list: %s', (text, list) => {
    expect(layeredValues(over(text))).toMatchObject({ list, map: settings.map });
  });

  it('stays as long as a file says the same', () => {
    expect(layeredValues(over('map: {one: 1, two: 3}'))).toMatchObject({ map: { one: 1, two: 3 } });
  });

  it("lets a later file's list replace an earlier one's, as Helm does", () => {
    expect(layeredValues(over('list: [{name: a}]', 'list: [{name: b}]')).list).toEqual([
      ...settings.list,
      { name: 'b' },
    ]);
  });

  it.each([
    ['map: {one: 2}', 'map.one is ours'],
    ['map: {one: null}', 'map.one is ours'],
    ['map: null', 'map takes away map.one, which must stay'],
    ['map: off', 'map takes away map.one, which must stay'],
    ['map: []', 'map takes away map.one, which must stay'],
    ['list: 5', 'list must be a list'],
    ['list: {name: mine}', 'list must be a list'],
    ['list: [{name: ours, fixed: 2}]', 'list.*.fixed is fixed'],
    ['unset: x', 'unset must stay empty'],
  ])('is not taken away by %s', (text, message) => {
    const layers = over('other: 1', text, 'another: 1');
    expect(valuesProblems(layers)).toEqual([`values file ${layers.files[1]}: ${message}`]);
    expect(() => layeredValues(layers)).toThrow(message);
  });

  it('is defended against all mistakes at once', () => {
    expect(valuesProblems(over('map: {one: 2}', 'unset: 1'))).toHaveLength(2);
  });
});

describe('the values of a chart', () => {
  it('are the file, over it the settings, over them the user files in their order', () => {
    const first = writeFile(
      folder,
      'first.yaml',
      'replicaCount: 4\nglobal:\n  hub: first\n  logAsJson: null\n',
    );
    const second = writeFile(folder, 'second.yaml', 'global: {hub: second}\n');
    const values = layeredValues({
      base: 'istiod',
      settings: { replicaCount: 3, image: undefined, meshConfig: { trustDomain: 'x' } },
      files: [first, second],
    });
    expect(values).toMatchObject({
      autoscaleEnabled: false,
      replicaCount: 4,
      meshConfig: { trustDomain: 'x', outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
      // null takes the chart's default away, as it does for helm.
      global: { hub: 'second', logAsJson: null, variant: 'distroless' },
    });
    expect(values).not.toHaveProperty('image');
  });

  it('replace a list of mere defaults as a whole', () => {
    const file = writeFile(folder, 'list.yaml', 'topologySpreadConstraints: [{maxSkew: 2}]\n');
    expect(
      layeredValues({ base: 'istiod', settings: {}, files: [file] }).topologySpreadConstraints,
    ).toEqual([{ maxSkew: 2 }]);
  });

  it.each([
    ['a: [1\nb: 2\n', /values file .*wrong\.yaml:2:1 is no valid YAML: /],
    ['a: 1\na: 2\n', /wrong\.yaml:2:1 cannot be read: the key "a" is there twice/],
    ['- a\n', /wrong\.yaml:1:1 must hold a mapping/],
  ])('cannot come from a file with %j', (text, message) => {
    const file = writeFile(folder, 'wrong.yaml', text);
    expect(() => layeredValues({ base: 'istiod', settings: {}, files: [file] })).toThrow(message);
  });

  it('cannot come from a file that is not there', () => {
    expect(() => layeredValues({ base: 'istiod', settings: {}, files: ['/nowhere.yaml'] })).toThrow(
      'values file /nowhere.yaml does not exist',
    );
  });
});
