import type { StateSettings } from '../config/state';
import { isYamlMap, type YamlMap, yamlMaps } from '../constructs/kubernetes/yaml-file';
import { resourcesIn, stateFile } from './local-state';

/*
 * A create that timed out leaves a resource of the kubernetes provider 2.38 in the state with an identity
 * whose parts are all null. Terraform from 1.12 on, and OpenTofu, then end each plan with "Unexpected Identity
 * Change", since reading the resource fills them in. Without a refresh it is replaced like any other that
 * is tainted.
 *
 * https://github.com/hashicorp/terraform-provider-kubernetes/pull/2904
 */

/**
 * What somebody who deploys again has to know before Terraform stops. State in a bucket is not read.
 *
 * @param stacks Names of the stacks.
 */
export function lostIdentityNotices(stacks: readonly string[], settings: StateSettings): string[] {
  if (settings.kind !== 'local') return [];
  return stacks.flatMap((stack) => {
    const lost = lostIdentities(resourcesIn(stateFile(settings.directory, stack)));
    return lost.length === 0
      ? []
      : [
          `${stack}: the create of ${lost.join(', ')} timed out, and Terraform 1.12 or later would stop with ` +
            '"Unexpected Identity Change". Put TF_CLI_ARGS_apply=-refresh=false before the next deploy ' +
            '(TF_CLI_ARGS_destroy=-refresh=false before a destroy): it is recreated, and all is as before.',
        ];
  });
}

/** Addresses of the resources whose identity was lost. */
function lostIdentities(resources: readonly YamlMap[]): string[] {
  return resources.flatMap(({ type, name, instances }) =>
    yamlMaps(instances).some(({ identity }) => isLost(identity))
      ? [`${String(type)}.${String(name)}`]
      : [],
  );
}

function isLost(identity: unknown): boolean {
  if (!isYamlMap(identity)) return false;
  const parts = Object.values(identity);
  return parts.length > 0 && parts.every((part) => part === null);
}
