import { join } from 'node:path';
import { stringify } from 'yaml';
import type { YamlMap } from './yaml-file';
import { isYamlMap, readYamlMap } from './yaml-file';

/** The three layers that a chart's values are made of; a later one wins. */
export interface ValuesLayers {
  /** Name of a file in `helm-values/`, without `.yaml`: what does not depend on settings. */
  readonly base: string;
  /** What a construct works out from its props. */
  readonly settings: YamlMap;
  /** Paths of the user's own values files, merged last and in this order. */
  readonly files?: readonly string[];
}

/**
 * Puts the layers together as `helm --values a --values b` does: mappings are merged, everything
 * else is replaced, and `null` takes the chart's own default away.
 *
 * @throws When a file is missing, is no YAML (with line and column) or is no mapping.
 * @see https://helm.sh/docs/chart_template_guide/values_files/
 */
export function layeredValues(layers: ValuesLayers): YamlMap {
  const base = readYamlMap(
    join(__dirname, '..', '..', 'helm-values', `${layers.base}.yaml`),
    'values file',
  );
  const users = (layers.files ?? []).map((file) => readYamlMap(file, 'values file'));
  return [layers.settings, ...users].reduce(merge, base);
}

/** Values as the text of a Helm release, with Terraform's own `${` and `%{` made harmless. */
export function valuesText(values: YamlMap): string {
  return escapeTemplates(stringify(values, { lineWidth: 0, aliasDuplicateObjects: false }));
}

/**
 * Keeps `${...}` and `%{...}` in a text from being evaluated by Terraform. CDKTF's own tokens stay
 * as they are.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function escapeTemplates(text: string): string {
  return text.replace(/\$\{(?!TfToken\[)/g, () => '$${').replace(/%\{/g, () => '%%{');
}

function merge(under: YamlMap, over: YamlMap): YamlMap {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) {
      continue;
    }
    const below = merged[key];
    merged[key] = isYamlMap(below) && isYamlMap(value) ? merge(below, value) : value;
  }
  return merged;
}
