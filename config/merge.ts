import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';

/** Maps are merged, everything else is replaced: a list too, and a map of another kind. */
export function merge(under: YamlMap, over: YamlMap): YamlMap {
  const otherKind = over['kind'] !== undefined && over['kind'] !== under['kind'];
  if (otherKind) return over;
  const merged = Object.entries(over).map(([key, value]) => [key, mergeValue(under[key], value)]);
  return { ...under, ...(Object.fromEntries(merged) as YamlMap) };
}

export function mergeValue(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  return isYamlMap(under) && isYamlMap(over) ? merge(under, over) : over;
}
