import { readHelmValues } from '../constructs/kubernetes/helm-yaml';
import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import type { Config } from './schema';

/** A version or an image that one of the user's values files chooses, in place of the settings. */
export interface ValuesChoice {
  /** The setting that names the file. */
  readonly path: readonly (string | number)[];
  /** Where in the chart's values: `global.hub`. */
  readonly key: string;
  readonly value: string;
}

const ISTIO_KEYS = ['hub', 'tag', 'global.hub', 'global.tag', 'image', 'global.proxy.image'];
const CONSUL_KEYS = ['global.image', 'global.imageK8S', 'global.imageConsulDataplane'];

/** What the values files choose. */
export function valuesChoices({ meshes }: Pick<Config, 'meshes'>): readonly ValuesChoice[] {
  return [
    ...Object.entries(meshes.istio.values).flatMap(([chart, files]) =>
      choicesIn(['meshes', 'istio', 'values', chart], files, ISTIO_KEYS),
    ),
    ...choicesIn(['meshes', 'consul', 'values'], meshes.consul.values, CONSUL_KEYS),
  ];
}

function choicesIn(
  path: readonly string[],
  files: readonly string[],
  keys: readonly string[],
): ValuesChoice[] {
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
      return typeof value === 'string' && value !== '' ? [{ path: [...path, i], key, value }] : [];
    });
  });
}
