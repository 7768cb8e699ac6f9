import { readHelmValues } from '../constructs/kubernetes/helm-yaml';
import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import type { MeshSettings } from './meshes';

/** A version or an image that one of the user's values files chooses, in place of the settings. */
export interface ValuesChoice {
  /** The setting that names the file. */
  readonly path: readonly (string | number)[];
  /** Where in the chart's values: `global.hub`. */
  readonly key: string;
  readonly value: string;
}

const ISTIO_KEYS = ['hub', 'tag', 'global.hub', 'global.tag', 'image', 'global.proxy.image'];
const LINKERD_KEYS = [
  'controllerImage',
  'controllerImageVersion',
  'linkerdVersion',
  'proxy.image.name',
  'proxy.image.version',
];
const CONSUL_KEYS = ['global.image', 'global.imageK8S', 'global.imageConsulDataplane'];

/** What the values files of a mesh choose. */
export function valuesChoices(name: string, mesh: MeshSettings): readonly ValuesChoice[] {
  const path = ['meshes', name, 'values'];
  if (mesh.kind === 'consul') return choicesIn(path, mesh.values, CONSUL_KEYS);
  const keys = mesh.kind === 'istio' ? ISTIO_KEYS : LINKERD_KEYS;
  return Object.entries(mesh.values).flatMap(([chart, files]) =>
    choicesIn([...path, chart], files, keys),
  );
}

function choicesIn(
  path: readonly string[],
  files: readonly string[],
  keys: readonly string[],
): ValuesChoice[] {
  return valuesAt(files, keys).flatMap(({ file, key, value }) =>
    typeof value === 'string' && value !== '' ? [{ path: [...path, file], key, value }] : [],
  );
}

/** What values files have at some places; `file` is the position of the one that has it. */
export function valuesAt(
  files: readonly string[],
  keys: readonly string[],
): { readonly file: number; readonly key: string; readonly value: unknown }[] {
  return files.flatMap((file, i) => {
    let values: YamlMap;
    try {
      values = readHelmValues(file);
    } catch {
      // Whoever reads the file for its values says what is wrong with it.
      return [];
    }
    return keys.flatMap((key) => {
      const value = key
        .split('.')
        .reduce<unknown>((under, part) => (isYamlMap(under) ? under[part] : undefined), values);
      return value === undefined ? [] : [{ file: i, key, value }];
    });
  });
}
