import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isYamlMap, type YamlMap, yamlMaps } from '../constructs/kubernetes/yaml-file';

/** Where the state of a stack is, in a folder of this machine. */
export function stateFile(directory: string, stack: string): string {
  return path.resolve(directory, `${stack}.tfstate`);
}

/** The resources in a state, if it is there. Terraform says what is wrong with one that is no JSON. */
export function resourcesIn(file: string): YamlMap[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  try {
    const state: unknown = JSON.parse(text);
    return isYamlMap(state) ? yamlMaps(state['resources']) : [];
  } catch {
    return [];
  }
}
