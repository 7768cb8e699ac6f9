import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StateSettings } from '../config/state';
import { isYamlMap, yamlMaps } from '../constructs/kubernetes/yaml-file';

/**
 * Why nothing may be deployed or destroyed now: the private way of a former deploy is still there, and no
 * stack knows of it any more. Gateways would lose the Services that calls come by, and no VPC could be
 * deleted. State in a bucket is not read.
 *
 * @param stacks Names of the stacks.
 */
export function leftCrossingProblem(
  stacks: readonly string[],
  settings: StateSettings,
): string | undefined {
  if (settings.kind !== 'local' || stacks.includes('crossing')) return undefined;
  const file = path.resolve(settings.directory, 'crossing.tfstate');
  if (!existsSync(file) || !holdsResources(readFileSync(file, 'utf8'))) return undefined;
  return (
    `federation.crossing: the private way of a former deploy is still there (${file}), and the settings no ` +
    'longer name it. Say which it was in federation.crossingFrom (peering or privatelink) and deploy, so ' +
    'that calls go by the new way; then "npx cdktf destroy crossing --ignore-missing-stack-dependencies", ' +
    'and take crossingFrom out. Nothing was changed.'
  );
}

function holdsResources(state: string): boolean {
  try {
    const document: unknown = JSON.parse(state);
    if (!isYamlMap(document)) return false;
    return yamlMaps(document['resources']).some(({ mode }) => mode === 'managed');
  } catch {
    // Terraform says what is wrong with it.
    return false;
  }
}
