import { describe, expect, it } from '@jest/globals';
import { layeredValues } from '../../constructs/kubernetes';
import { temporaryFolder, writeFile } from '../support/files';

const folder = temporaryFolder();

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

  it('replace a list as a whole', () => {
    const file = writeFile(folder, 'list.yaml', 'topologySpreadConstraints: [{maxSkew: 2}]\n');
    expect(
      layeredValues({ base: 'istiod', settings: {}, files: [file] }).topologySpreadConstraints,
    ).toEqual([{ maxSkew: 2 }]);
  });

  it.each([
    ['a: [1\nb: 2\n', /values file .*wrong\.yaml:2:1 is no valid YAML: /],
    ['a: 1\na: 2\n', /wrong\.yaml:2:1 is no valid YAML: Map keys must be unique/],
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
