import type { StateSettings } from '../config/state';
import { resourcesIn, stateFile } from './local-state';

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
  const file = stateFile(settings.directory, 'crossing');
  if (resourcesIn(file).every(({ mode }) => mode !== 'managed')) return undefined;
  return (
    `federation.crossing: the private way of a former deploy is still there (${file}), and the settings no ` +
    'longer name it. Say which it was in federation.crossingFrom (peering or privatelink) and deploy, so ' +
    'that calls go by the new way; then "npx cdktf destroy crossing --ignore-missing-stack-dependencies", ' +
    'and take crossingFrom out. Nothing was changed.'
  );
}
